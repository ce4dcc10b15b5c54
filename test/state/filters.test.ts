import {chmodSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {linuxNative} from '../../ts/native/linux.js';
import {FilterStore, type KeptFilter} from '../../ts/state/filters.js';
import {tempDir} from '../support/temp-dir.js';

const uid = process.geteuid!();
const key = 'x64{"defaultAction":"SCMP_ACT_ALLOW"}'.padEnd(1000, ' ');
const filterOf = (...bytes: number[]): KeptFilter => ({filter: new Uint8Array(bytes), flags: 4, notify: true});

/** A root, and how to ask a new program for a filter: what it got, and whether it had to compile. */
const openRoot = (t: ExecutionContext) => {
	const root = tempDir(t);
	chmodSync(root, 0o700);
	const ask = async ({of = key, version = '1', as = uid, compiled = filterOf(6, 0, 0, 0)} = {}): Promise<{got: KeptFilter; isCompiled: boolean}> => {
		let isCompiled = false;
		const got = await new FilterStore(linuxNative(), root, version).find(of, as, () => {
			isCompiled = true;
			return compiled;
		});
		return {got, isCompiled};
	};

	return {root, ask};
};

test('a filter that was compiled once is there for the next program', async t => {
	const {root, ask} = openRoot(t);
	t.true((await ask()).isCompiled);
	const {got, isCompiled} = await ask();
	t.false(isCompiled);
	t.deepEqual({...got, filter: [...got.filter]}, {filter: [6, 0, 0, 0], flags: 4, notify: true});
	const [name, ...rest] = readdirSync(root);
	t.deepEqual(rest, [], 'nothing else stays');
	t.is(statSync(join(root, name!)).mode & 0o777, 0o600);
	t.regex(name!, /:/, 'no container can be called so');
});

test('what another version compiled is not taken', async t => {
	const {ask} = openRoot(t);
	await ask({version: '1'});
	t.true((await ask({version: '2', compiled: filterOf(7)})).isCompiled);
	t.deepEqual([...(await ask({version: '2'})).got.filter], [7]);
});

test('keys that share a place do not share a filter', async t => {
	const {root, ask} = openRoot(t);
	const other = `${key.slice(0, 1)}X${key.slice(2)}`; // Differs where no sample is taken
	await ask();
	t.deepEqual([...(await ask({of: other, compiled: filterOf(7)})).got.filter], [7]);
	t.is(readdirSync(root).length, 1, 'they do share a place');
	t.deepEqual([...(await ask()).got.filter], [6, 0, 0, 0]);
});

test('a file that is not whole is no filter', async t => {
	const {root, ask} = openRoot(t);
	await ask();
	const path = join(root, readdirSync(root)[0]!);
	const whole = readFileSync(path);
	for (const size of [whole.length - 1, whole.indexOf(0) + 1, whole.indexOf(0), 5, 0]) {
		truncateSync(path, size);
		t.true((await ask()).isCompiled, `${size} bytes`);
		t.false((await ask()).isCompiled, 'it was kept anew');
	}

	writeFileSync(path, `${whole.toString('latin1')}more`, 'latin1');
	t.true((await ask()).isCompiled);
});

test('where others may write nothing is looked for, and nothing kept', async t => {
	const {root, ask} = openRoot(t);
	await ask();
	for (const mode of [0o720, 0o702, 0o777]) {
		chmodSync(root, mode);
		t.true((await ask()).isCompiled, mode.toString(8));
	}

	chmodSync(root, 0o755);
	t.true((await ask({as: uid + 1})).isCompiled, 'the root of somebody else');
	t.false((await ask()).isCompiled);
});

test('a root that is not there yet keeps nobody from compiling', async t => {
	const got = await new FilterStore(linuxNative(), join(tempDir(t), 'none'), '1').find(key, uid, () => filterOf(6));
	t.deepEqual(got, filterOf(6));
});
