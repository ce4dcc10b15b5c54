import {readFileSync, rmSync, statSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {CtnError} from '../../ts/errors.js';
import {linuxNative} from '../../ts/native/linux.js';
import type {ValidConfig} from '../../ts/oci/config.js';
import {validateConfig} from '../../ts/oci/validate/index.js';
import {recordVersion, type StateRecord} from '../../ts/state/record.js';
import {existsError, StateStore} from '../../ts/state/store.js';
import {runcSpec} from '../support/runc-spec.js';
import {tempDir, type Owner} from '../support/temp-dir.js';

const native = linuxNative();

const record: StateRecord = {
	version: recordVersion,
	id: 'web',
	bundle: '/bundles/"größe"\n',
	created: '2026-01-02T03:04:05.678Z',
	pid: 4711,
	startTime: 123_456,
	cgroup: {mode: 'hybrid', path: '/web', v1: {memory: '/cg/memory/web'}, unified: '/cg/unified/web'},
	stdio: ['/dev/null', 'pipe:[77]', 'pipe:[78]'],
	restored: false,
};

const config: ValidConfig = validateConfig(runcSpec(), {bundle: '/bundle'});

const storeIn = (owner: Owner): StateStore => new StateStore(native, join(tempDir(owner), 'root'));

const create = async (store: StateStore, saved: ValidConfig = config): Promise<void> => {
	await native.batch(store.createOps(record, saved));
};

test('what is saved is loaded as it was', async t => {
	const store = storeIn(t);
	await create(store);

	t.deepEqual(await store.load('web'), {record, config: JSON.parse(JSON.stringify(config)) as ValidConfig});
});

test('integers beyond those of a number are saved and loaded without loss', async t => {
	const store = storeIn(t);
	const spec = runcSpec();
	spec.process.rlimits = [{type: 'RLIMIT_CORE', soft: 2n ** 53n + 1n, hard: 2n ** 64n - 1n}];
	spec.linux.resources = {memory: {limit: 2n ** 63n - 1n}, cpu: {quota: -1, shares: 5n}};
	spec.annotations = {'looks like one': '18446744073709551615', marks: '\\u00000 "\\u00001"', '9007199254740993': '1'};
	const given = validateConfig(spec, {bundle: '/bundle'});
	await create(store, given);

	const loaded = (await store.load('web')).config;
	t.deepEqual(loaded.process.rlimits, given.process.rlimits);
	t.deepEqual(loaded.linux.resources?.memory, {limit: 2n ** 63n - 1n});
	t.deepEqual(loaded.annotations, given.annotations);
	t.is(Number(loaded.linux.resources?.cpu?.shares), 5, 'a small one may come back as a number');
});

test('nobody but its owner reads the state', async t => {
	const store = storeIn(t);
	await create(store);

	t.is(statSync(store.root).mode & 0o777, 0o700);
	t.is(statSync(store.directory('web')).mode & 0o777, 0o700);
	t.is(statSync(`${store.directory('web')}/state.json`).mode & 0o777, 0o600);
	t.is(statSync(`${store.directory('web')}/config.json`).mode & 0o777, 0o600);
});

test('an id that has a directory cannot be taken', async t => {
	const store = storeIn(t);
	await create(store);
	const error = await t.throwsAsync(create(store), {code: 'ERR_NATIVE'});

	t.like(existsError(error, 'web', store.directory('web')), {code: 'ERR_CONTAINER_EXISTS', message: 'container web exists already', subject: 'web'});
	t.deepEqual((await store.load('web')).record, record);
});

test('only the directory of the container itself means that it exists', t => {
	const elsewhere = new CtnError('ERR_NATIVE', 'mkdir /cg/web: EEXIST', {errno: 'EEXIST', syscall: 'mkdir', subject: '/cg/web'});
	const otherwise = new CtnError('ERR_NATIVE', 'mkdir /state/web: EROFS', {errno: 'EROFS', syscall: 'mkdir', subject: '/state/web'});

	t.is(existsError(elsewhere, 'web', '/state/web'), elsewhere);
	t.is(existsError(otherwise, 'web', '/state/web'), otherwise);
});

test('a record is replaced as a whole', async t => {
	const store = storeIn(t);
	await create(store);
	const later = {...record, pid: 5, stdio: []};
	await native.batch(store.saveOps(later));

	t.deepEqual((await store.load('web')).record, later);
	t.deepEqual(store.saveOps(later).map(({op}) => op).slice(-1), ['rename']);
});

test('a save that was cut off leaves nothing in the next one', async t => {
	const store = storeIn(t);
	await create(store);
	writeFileSync(`${store.directory('web')}/state.json.new`, JSON.stringify({...record, bundle: 'x'.repeat(10_000)}));
	await native.batch(store.saveOps(record));

	t.deepEqual((await store.load('web')).record, record);
});

test('an id without a directory is ERR_CONTAINER_NOT_FOUND', async t => {
	const store = storeIn(t);

	await t.throwsAsync(store.load('web'), {code: 'ERR_CONTAINER_NOT_FOUND', message: 'container web does not exist'});
	await create(store);
	await t.throwsAsync(store.load('other'), {code: 'ERR_CONTAINER_NOT_FOUND', message: 'container other does not exist'});
});

test('a state that is not whole is ERR_STATE_CORRUPT, with the cure', async t => {
	const store = storeIn(t);
	await create(store);
	const directory = store.directory('web');
	const whole = readFileSync(`${directory}/state.json`, 'utf8');
	const corrupt = async (about: string): Promise<void> => {
		await t.throwsAsync(store.load('web'), {code: 'ERR_STATE_CORRUPT', message: 'the state of container web cannot be read (delete it with force)'}, about);
	};

	for (const text of ['', '{', whole.slice(0, -1), `${whole}}`, 'null', '[]', '{}', 'nonsense', '\0'.repeat(100)]) {
		writeFileSync(`${directory}/state.json`, text);
		await corrupt(JSON.stringify(text));
	}

	for (const version of ['1', null]) {
		writeFileSync(`${directory}/state.json`, JSON.stringify({...record, version}));
		await corrupt(`version ${version}`);
	}

	writeFileSync(`${directory}/state.json`, whole);
	writeFileSync(`${directory}/config.json`, whole.slice(1));
	await corrupt('a config that is none');
	rmSync(`${directory}/config.json`);
	await corrupt('no config');
	rmSync(`${directory}/state.json`);
	await corrupt('nothing at all');
});

test('what another runtime or another version made is ERR_STATE_FOREIGN, and not taken for a create that was cut off', async t => {
	const store = storeIn(t);
	await create(store);
	const directory = store.directory('web');
	for (const [text, maker] of [
		[JSON.stringify({...record, version: 2}), 'ctnative\'s version 2, where this has 1'],
		['{"id":"web","init_process_pid":1,"config":{}}', 'another runtime, such as runc'],
	] as const) {
		writeFileSync(`${directory}/state.json`, text);
		await t.throwsAsync(store.load('web'), {code: 'ERR_STATE_FOREIGN', message: `the state of container web is of ${maker} (use the program that made it)`});
	}

	rmSync(`${directory}/state.json`);
	writeFileSync(`${directory}/status`, '{"pid":1}');
	await t.throwsAsync(store.load('web'), {code: 'ERR_STATE_FOREIGN', message: /another runtime, such as crun/});
});

test('ids are those that have a directory, sorted; without a root there are none', async t => {
	const store = storeIn(t);
	t.deepEqual(await store.ids(), []);

	for (const id of ['web', 'a', 'größe', 'web-2']) {
		await native.batch(store.createOps({...record, id}, config));
	}

	writeFileSync(`${store.root}/file`, '');
	symlinkSync(store.directory('web'), `${store.root}/link`);
	t.deepEqual((await store.ids()).filter(id => id !== 'link'), ['a', 'größe', 'web', 'web-2']);
});

test('remove takes away all that a container can leave, and finishes what was begun', async t => {
	const store = storeIn(t);
	await create(store);
	for (const name of ['start.sock', 'state.json.new', 'tracked']) {
		writeFileSync(`${store.directory('web')}/${name}`, '');
	}

	await native.batch(store.removeOps('web'));
	t.deepEqual(await store.ids(), []);
	await t.notThrowsAsync(native.batch(store.removeOps('web')), 'twice is no error');

	await native.batch(store.createOps(record, config).slice(0, 2));
	await native.batch(store.removeOps('web'));
	t.deepEqual(await store.ids(), [], 'a directory alone');
});
