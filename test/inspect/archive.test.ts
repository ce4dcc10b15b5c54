// Archives without an import: what the real CRIU wrote and an export packed is read as from its directory.
import {execFile} from 'node:child_process';
import {readdirSync, readFileSync, readlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {Checkpoint, exportCheckpoint, listCheckpoints, type Config} from '../../ts/index.js';
import {projectPath} from '../support/paths.js';
import {tempDir} from '../support/temp-dir.js';
import {checkpointTest as test, CheckpointWorld} from '../system/checkpoint-world.js';

interface Outcome {
	readonly code: number;
	readonly out: string;
	readonly err: string;
}

const needle = 'so-long-a-needle';

const ctnative = (temporary: string, ...args: string[]): Promise<Outcome> => new Promise(resolve => {
	execFile(process.execPath, [projectPath('dist/ts/cli/main.js'), 'checkpoint', ...args], {encoding: 'utf8', maxBuffer: 1 << 28, env: {...process.env, TMPDIR: temporary}}, (error, out, err) =>
		resolve({code: error === null ? 0 : Number(error.code), out, err}));
});

/** Files of a directory that this process has open though they have no name. */
const nameless = (directory: string): string[] => readdirSync('/proc/self/fd').flatMap(fd => {
	try {
		const link = readlinkSync(`/proc/self/fd/${fd}`);
		return link.startsWith(directory) && link.endsWith(' (deleted)') ? [link] : [];
	} catch {
		return []; // It was the one of readdir
	}
});

test('an archive of each compression is inspected, searched, compared and verified as its directory is', async t => {
	const world = new CheckpointWorld(t);
	const scene = await world.shellScene();
	await scene.ask(`exec 7</etc/passwd; sleep 1000 & needle=${needle}; echo ok`);
	const {imagesDir} = await scene.container.checkpoint({imagesDir: world.imagesDir(), leaveRunning: true});
	await scene.ask('exec 8</etc/group; echo ok');
	const {imagesDir: later} = await scene.container.checkpoint({imagesDir: world.imagesDir(), leaveRunning: true});
	const {config} = scene.container as unknown as {config: Config};
	const [directory, temporary] = [tempDir(t), tempDir(t)];
	const before = process.env['TMPDIR'];
	process.env['TMPDIR'] = temporary;
	t.teardown(() => {
		if (before === undefined) {
			delete process.env['TMPDIR'];
		} else {
			process.env['TMPDIR'] = before;
		}
	});

	const plain = await Checkpoint.open(imagesDir);
	const expected = await plain.inspect();
	for (const compression of ['none', 'gzip', 'zstd'] as const) {
		const archive = join(directory, `${compression}.tar`);
		await exportCheckpoint(imagesDir, archive, {compression, config, id: '1'.repeat(64), name: 'one', image: {name: 'image:1', id: '2'.repeat(64)}});
		const checkpoint = await Checkpoint.open(archive);
		t.deepEqual(readdirSync(temporary), [], 'nothing that could stay');
		t.is(nameless(temporary).length, compression === 'none' ? 0 : 1);
		const {root, mounts, stats, origin, parents, path, size} = await checkpoint.inspect();
		t.deepEqual({root, mounts, stats, parents}, {root: expected.root, mounts: expected.mounts, stats: expected.stats, parents: []});
		t.is(path, archive);
		t.is(size.pages, expected.size.pages);
		t.like(origin, {engine: 'ctnative', id: '1'.repeat(64), name: 'one', image: 'image:1'});
		t.like(await listCheckpoints([archive]), [{engine: 'ctnative', name: 'one', path: archive}]);
		t.deepEqual((await plain.diff(checkpoint)).changed, [], 'every page is the same');
		t.deepEqual((await checkpoint.diff(await Checkpoint.open(later), {memory: false})).changed.map(({files}) => files.added.map(({path: file}) => file)), [['/etc/group']]);
		const found: bigint[] = [];
		for await (const {address} of checkpoint.memory(1).search(needle)) {
			found.push(address);
		}

		t.true(found.length > 0);
		const {files, checksums} = await checkpoint.verify();
		t.true(files > 10 && checksums === files);
		await checkpoint.close();
		t.is(nameless(temporary).length, 0);
	}

	const archive = join(directory, 'zstd.tar');
	t.regex((await ctnative(temporary, 'inspect', '--ps-tree-cmd', archive)).out, /^one\n[^]*Image: image:1\n[^]*Engine: ctnative\n[^]*\[2\] {2}sleep 1000$/m);
	t.regex((await ctnative(temporary, 'memparse', '--pid', '1', '--search', needle, archive)).out, /so-long-a-needle/);
	t.is((await ctnative(temporary, 'diff', archive, later)).code, 1);
	t.is((await ctnative(temporary, 'diff', archive, imagesDir)).code, 0);
	const shown = await ctnative(temporary, 'show', ...['none', 'gzip'].map(name => join(directory, `${name}.tar`)), imagesDir);
	t.is(shown.out.trim().split('\n').length, 4);
	const [node] = JSON.parse((await ctnative(temporary, 'inspect', '--format', 'json', join(directory, 'gzip.tar'))).out) as [Record<string, unknown>];
	t.like(node, {container_name: 'one', image: 'image:1', id: '1'.repeat(64), engine: 'ctnative', runtime: 'ctnative'});
	t.deepEqual(readdirSync(temporary), []);

	const spoiled = readFileSync(join(directory, 'none.tar'));
	const at = spoiled.indexOf(needle);
	spoiled[at]! ^= 1;
	writeFileSync(join(directory, 'spoiled.tar'), spoiled);
	const refused = await ctnative(temporary, 'verify', join(directory, 'spoiled.tar'));
	t.is(refused.code, 1);
	t.regex(refused.err, /pages-\d\.img has another checksum/);
});
