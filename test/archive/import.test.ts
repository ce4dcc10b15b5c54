// What each engine writes, by its layout, is a checkpoint directory after an import; an export is what podman reads.
import {execFileSync} from 'node:child_process';
import {mkdirSync, readFileSync, readdirSync, readlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {gzipSync} from 'node:zlib';
import {applyRootfs} from '../../ts/archive/unpack.js';
import {exportCheckpoint, importCheckpoint} from '../../ts/index.js';
import {linuxNative} from '../../ts/native/linux.js';
import {testUnless} from '../support/skip.js';
import {tempDir} from '../support/temp-dir.js';
import {after, before, honest, makeArchive, type Item} from './archives.js';

const test = testUnless(process.getuid!() === 0 ? undefined : 'needs root');

test('an archive of CRI-O is taken', async t => {
	const directory = join(tempDir(t), 'images');
	const told = await importCheckpoint(await makeArchive(t,
		[{name: 'stats-dump'}, 'stats'], [{name: 'dump.log'}, 'log'], [{name: 'checkpoint', type: 'directory'}], [{name: 'checkpoint/inventory.img'}, 'inventory'],
		[{name: 'config.dump'}, JSON.stringify({id: 'abc', name: 'k8s_one', rootfsImageName: 'image:1', rootfsImageRef: 'sha'})],
		[{name: 'spec.dump'}, JSON.stringify({ociVersion: '1.0.2', annotations: {'io.container.manager': 'cri-o', 'org.criu.config': '/tmp/theirs', 'org.systemd.property.Slice': "'system.slice'"}, process: {rlimits: [{type: 'RLIMIT_NOFILE', hard: 1, soft: 1}]}})],
		[{name: 'bind.mounts'}, '[{"source":"/a","destination":"/b","file_type":"file","permissions":420}]'],
		[{name: 'rootfs-diff.tar'}, 'tar'], [{name: 'deleted.files'}, '["/bin/vi"]'], [{name: 'io.kubernetes.cri-o.LogPath'}, 'log'],
	), directory);
	t.deepEqual([told.engine, told.id, told.name, told.image, told.rootfs, told.shm, told.volumes], ['CRI-O', 'abc', 'k8s_one', 'image:1', true, false, []]);
	t.deepEqual(told.config.annotations, {'io.container.manager': 'cri-o'}, 'none of those that have a say on this host');
	t.deepEqual(readdirSync(directory).sort(), ['bind.mounts', 'config.dump', 'deleted.files', 'dump.log', 'inventory.img', 'io.kubernetes.cri-o.LogPath', 'rootfs-diff.tar', 'spec.dump', 'stats-dump']);
});

test('a manifest in an archive tells of networks and mounts, and chooses none of this host', async t => {
	const directory = join(tempDir(t), 'images');
	const manifest = {
		version: 1, id: 'one', created: '', criu: '4.2.1', network: 'own', stdio: [null, null, null], terminal: false, parent: '../../etc',
		mounts: [{mountPoint: '/host', source: '/'}, {mountPoint: '/proc/kcore', name: '/dev/null', source: '/dev/null'}],
		networks: [{name: 'eth0', bridge: 'secret0', addresses: ['10.0.0.2/24']}], routes: [{gateway: '10.0.0.1'}],
	};
	const told = await importCheckpoint(await makeArchive(t, ...honest, [{name: 'checkpoint/ctnative.json'}, JSON.stringify(manifest)]), directory);
	t.deepEqual([told.networks, told.routes], [manifest.networks, manifest.routes]);
	const {parent: _, networks: __, routes: ___, ...rest} = manifest;
	t.deepEqual(JSON.parse(readFileSync(join(directory, 'ctnative.json'), 'utf8')), {...rest, mounts: [{mountPoint: '/host'}, manifest.mounts[1]]});
	for (const wrong of ['[]', 'null', '{', '{"mounts":{}}', '{"mounts":[1]}', '{"networks":"all"}']) {
		const other = join(tempDir(t), 'images');
		await t.throwsAsync(importCheckpoint(await makeArchive(t, ...honest, [{name: 'checkpoint/ctnative.json'}, wrong]), other), {code: 'ERR_ARCHIVE'}, wrong);
		t.deepEqual(readdirSync(join(other, '..')), []);
	}
});

test('an archive that builds upon another one is taken with that, whose memory alone comes along', async t => {
	const directory = join(tempDir(t), 'images');
	const manifest = {version: 1, id: 'one', created: '', criu: '4.2.1', network: 'own', stdio: [null, null, null], terminal: false, parent: '../../etc'};
	const previous = await makeArchive(t, ...before, [{name: 'pre-checkpoint/core-1.img'}, 'core'], [{name: 'rootfs-diff.tar'}, 'tar']);
	const archive = await makeArchive(t, ...after, [{name: 'checkpoint/ctnative.json'}, JSON.stringify(manifest)]);
	const told = await importCheckpoint(archive, directory, {previous});
	t.deepEqual([told.id, told.rootfs], ['abc', false]);
	t.is(readlinkSync(join(directory, 'parent')), 'pre-checkpoint');
	t.deepEqual(readdirSync(join(directory, 'parent')).sort(), ['inventory.img', 'pages-1.img']);
	t.deepEqual([readFileSync(join(directory, 'parent/pages-1.img'), 'utf8'), readFileSync(join(directory, 'pages-1.img'), 'utf8')], ['earlier pages', 'pages']);
	t.is((JSON.parse(readFileSync(join(directory, 'ctnative.json'), 'utf8')) as {parent: unknown}).parent, 'pre-checkpoint', 'and not what the archive says');
});

test('of a pair none goes without the other, nor with one of another container', async t => {
	const directory = join(tempDir(t), 'images');
	const [earlier, later, alone] = [await makeArchive(t, ...before), await makeArchive(t, ...after), await makeArchive(t, ...honest)];
	const others = await makeArchive(t, [{name: 'config.dump'}, '{"id":"xyz"}'], ...before.slice(1));
	for (const [archive, previous, message] of [
		[later, undefined, /builds upon another one \(name that one as previous\)/],
		[alone, earlier, /builds upon no other one/],
		[earlier, undefined, /is of a pre-checkpoint.*name this one as previous/],
		[later, alone, /is of a checkpoint: others build upon a pre-checkpoint/],
		[later, others, /is of container "xyz", and not of "abc"/],
		[later, await makeArchive(t, ...before.slice(0, 4)), /"pre-checkpoint\/inventory.img" is not in it/],
	] as const) {
		await t.throwsAsync(importCheckpoint(archive, directory, previous === undefined ? {} : {previous}), {code: 'ERR_ARCHIVE', message});
		t.deepEqual(readdirSync(join(directory, '..')), []);
	}
});

test('an archive of containerd is taken, and its layer deletes as layers do', async t => {
	const layer = readFileSync(await makeArchive(t,
		[{name: 'etc/', type: 'directory', mode: 0o750}], [{name: 'etc/new', mode: 0o640, uid: 3, gid: 4}, 'new'], [{name: 'etc/.wh.old'}],
		[{name: 'var/', type: 'directory'}], [{name: 'var/.wh..wh..opq'}], [{name: 'var/again'}, 'again'],
	));
	const directory = join(tempDir(t), 'images');
	const told = await importCheckpoint(await makeArchive(t,
		[{name: 'status'}, 'blob'], [{name: 'status.dump'}, '{}'], ...honest.slice(0, 2), ...honest.slice(3), [{name: 'container.log'}, 'log'], [{name: 'dump.log'}, 'log'], [{name: 'stats-dump'}, 'stats'],
		[{name: 'rootfs-diff.tar'}, gzipSync(layer)],
	), directory);
	t.deepEqual([told.engine, told.rootfs], ['containerd', true]);
	const rootfs = tempDir(t);
	for (const name of ['etc', 'var']) {
		mkdirSync(join(rootfs, name));
		writeFileSync(join(rootfs, name, 'old'), 'old');
	}

	await applyRootfs(linuxNative(), directory, rootfs);
	t.is(execFileSync('find', ['.', '-mindepth', '1', '-printf', '%p %m %U:%G\n'], {cwd: rootfs, encoding: 'utf8'}).trim().split('\n').sort().join(', '),
		'./etc 750 0:0, ./etc/new 640 3:4, ./var 755 0:0, ./var/again 644 0:0');
});

test('what is exported is what was imported, compressed as asked for, and integers of 64 bits stay', async t => {
	const directory = join(tempDir(t), 'images');
	const [volume, shm] = [tempDir(t), tempDir(t)];
	writeFileSync(join(volume, 'in'), 'volume');
	const limits = '{"process":{"rlimits":[{"type":"RLIMIT_NOFILE","hard":18446744073709551615,"soft":1024}]}}';
	const items: readonly Item[] = [...honest.filter(([{name}]) => name !== 'spec.dump'), [{name: 'spec.dump'}, limits], [{name: 'artifacts/', type: 'directory'}], [{name: 'artifacts/secret'}, 'x']];
	await importCheckpoint(await makeArchive(t, ...items), directory);
	for (const [compression, magic] of [['zstd', '28b52ffd'], ['gzip', '1f8b'], ['none', '']] as const) {
		const file = join(tempDir(t), compression);
		await exportCheckpoint(directory, file, {compression, name: 'other', shm, volumes: {data: volume}});
		t.true(readFileSync(file).toString('hex').startsWith(magic));
		const names = execFileSync('tar', ['--list', '--file', file], {encoding: 'utf8'}).trim().split('\n');
		t.deepEqual(names.sort(), ['checkpoint/', 'checkpoint/inventory.img', 'checkpoint/pages-1.img', 'config.dump', 'devshm-checkpoint.tar', 'network.status', 'spec.dump', 'volumes/data.tar']);
		t.is(execFileSync('tar', ['--extract', '--to-stdout', '--file', file, 'spec.dump'], {encoding: 'utf8'}), limits);
		const into = tempDir(t);
		const again = await importCheckpoint(file, join(tempDir(t), 'again'), {volumes: {data: into}});
		t.deepEqual([again.name, again.volumes], ['other', ['data']]);
		t.is(readFileSync(join(into, 'in'), 'utf8'), 'volume');
		t.is((again.config.process!.rlimits![0] as unknown as {hard: unknown}).hard, 18_446_744_073_709_551_615n);
	}
});

test('a directory that has something in it is not taken, and an archive that is there is not replaced', async t => {
	const directory = tempDir(t);
	writeFileSync(join(directory, 'mine'), '');
	await t.throwsAsync(importCheckpoint(await makeArchive(t, ...honest), directory), {code: 'ERR_CHECKPOINT_IMAGES', message: /is not empty/});
	const images = join(tempDir(t), 'images');
	await importCheckpoint(await makeArchive(t, ...honest), images);
	await t.throwsAsync(exportCheckpoint(images, join(directory, 'mine')), {message: /EEXIST/});
	t.deepEqual([readdirSync(directory), readFileSync(join(directory, 'mine'), 'utf8')], [['mine'], '']);
	await t.throwsAsync(importCheckpoint(await makeArchive(t, ...honest.filter(([{name}]) => !name.includes('inventory'))), join(directory, 'x')), {code: 'ERR_ARCHIVE', message: /no complete checkpoint/});
});
