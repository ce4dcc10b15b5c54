// Archives that wish the host ill: each is refused by name, and nothing of it stays.
import {execFileSync} from 'node:child_process';
import {existsSync, mkdirSync, readFileSync, readdirSync, symlinkSync, truncateSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {applyRootfs, unpackTar} from '../../ts/archive/unpack.js';
import {Checkpoint, CtnError, exportCheckpoint, importCheckpoint} from '../../ts/index.js';
import {linuxNative} from '../../ts/native/linux.js';
import {testUnless} from '../support/skip.js';
import {tempDir} from '../support/temp-dir.js';
import {after, before, honest, makeArchive, type Item} from './archives.js';

const test = testUnless(process.getuid!() === 0 ? undefined : 'needs root');

const refusedCheckpoints: Readonly<Record<string, readonly [readonly Item[], RegExp]>> = {
	'a path that leads upwards': [[[{name: 'checkpoint/../../../etc/evil'}, 'x']], /leads out/],
	'an absolute path': [[[{name: '/etc/evil'}, 'x']], /absolute/],
	'a symlink': [[[{name: 'checkpoint/pages-2.img', type: 'symlink', linkname: '/etc/shadow'}]], /is a symlink/],
	'a hard link': [[[{name: 'checkpoint/pages-2.img', type: 'link', linkname: '../../etc/shadow'}]], /is a link/],
	'a device': [[[{name: 'checkpoint/pages-2.img', type: 'block-device', devmajor: 8, devminor: 0}]], /is a block-device/],
	'a fifo, which would hang who reads it': [[[{name: 'checkpoint/pages-2.img', type: 'fifo'}]], /is a fifo/],
	'a directory of its own': [[[{name: 'etc/cron.d'}, 'x']], /in no archive of a checkpoint/],
	'a file that hides': [[[{name: 'checkpoint/.hidden'}, 'x']], /in no archive of a checkpoint/],
	'a file below the images': [[[{name: 'checkpoint/a/b'}, 'x']], /in no archive of a checkpoint/],
	'an image in the place of what is beside it': [[[{name: 'checkpoint/spec.dump'}, '{}']], /take the place/],
	'a file that is there twice': [[[{name: 'checkpoint/pages-1.img'}, 'other']], /twice/],
	'a file in the place of the link to another one': [[[{name: 'checkpoint/parent'}, 'x']], /take the place/],
	'a file in the place of the images before': [[[{name: 'checkpoint/pre-checkpoint'}, 'x']], /take the place/],
	'a document that nobody could read': [[[{name: 'checkpoint/ctnative.json'}, new Uint8Array((1 << 26) + 1)]], /has 67108865 bytes/],
	'a list of deletions that is none': [[[{name: 'deleted.files'}, '{"a": 1}']], /no list of paths/],
};

for (const [what, [items, message]] of Object.entries(refusedCheckpoints)) {
	test(`an archive with ${what} is refused`, async t => {
		const directory = join(tempDir(t), 'images');
		const archive = await makeArchive(t, ...honest, ...items);
		await t.throwsAsync(importCheckpoint(archive, directory), {code: 'ERR_ARCHIVE', message});
		if (!what.includes('deletions')) { // Which nobody makes who only looks
			await t.throwsAsync(Checkpoint.open(archive), {code: 'ERR_ARCHIVE', message});
		}

		t.false(existsSync(directory));
		t.false(existsSync(`${directory}.partial`));
	});
}

const refusedPrevious: Readonly<Record<string, readonly [readonly Item[], RegExp]>> = {
	'a path that leads upwards': [[[{name: 'pre-checkpoint/../../../etc/evil'}, 'x']], /leads out/],
	'a symlink': [[[{name: 'pre-checkpoint/pages-2.img', type: 'symlink', linkname: '/etc/shadow'}]], /is a symlink/],
	'another one before it': [[[{name: 'pre-checkpoint/parent', type: 'symlink', linkname: '/etc'}]], /is a symlink/],
	'a device': [[[{name: 'pre-checkpoint/pages-2.img', type: 'block-device', devmajor: 8, devminor: 0}]], /is a block-device/],
	'a file that is there twice': [[[{name: 'pre-checkpoint/pages-1.img'}, 'other']], /twice/],
	'a file in the place of the link': [[[{name: 'pre-checkpoint/parent'}, 'x']], /take the place/],
};

for (const [what, [items, message]] of Object.entries(refusedPrevious)) {
	test(`an archive that another one builds upon, with ${what}, is refused`, async t => {
		const directory = join(tempDir(t), 'images');
		const previous = await makeArchive(t, ...before, ...items);
		await t.throwsAsync(importCheckpoint(await makeArchive(t, ...after), directory, {previous}), {code: 'ERR_ARCHIVE', message});
		t.deepEqual(readdirSync(join(directory, '..')), []);
	});
}

test('the limits hold for each archive of a pair', async t => {
	const directory = join(tempDir(t), 'images');
	const [archive, previous] = [await makeArchive(t, ...after), await makeArchive(t, ...before, [{name: 'pre-checkpoint/pages-2.img'}, new Uint8Array(1 << 20)])];
	await t.throwsAsync(importCheckpoint(archive, directory, {previous, maxBytes: 1 << 19}), {code: 'ERR_ARCHIVE', message: /more than 524288 bytes/});
	t.deepEqual(readdirSync(join(directory, '..')), []);
});

test('an archive that holds too much is refused before it is on the disk', async t => {
	const directory = join(tempDir(t), 'images');
	const bomb = await makeArchive(t, ...honest, [{name: 'checkpoint/pages-2.img'}, new Uint8Array(1 << 20)]);
	for (const program of ['gzip', 'zstd']) {
		execFileSync(program, ['--keep', '--quiet', bomb]);
	}

	for (const suffix of ['', '.gz', '.zst']) {
		await t.throwsAsync(importCheckpoint(bomb + suffix, directory, {maxBytes: 1 << 19}), {code: 'ERR_ARCHIVE', message: /more than 524288 bytes/});
		await t.throwsAsync(importCheckpoint(bomb + suffix, directory, {maxEntries: 3}), {code: 'ERR_ARCHIVE', message: /more than 3 entries/});
		await t.throwsAsync(Checkpoint.open(bomb + suffix, {maxBytes: 1 << 19}), {code: 'ERR_ARCHIVE', message: /more than 524288 bytes/});
		t.false(existsSync(directory));
		t.is((await importCheckpoint(bomb + suffix, `${directory}${suffix}-good`)).name, 'one', 'it is only too large');
	}
});

test('limits that are none are refused, and one that is not given is the usual one', async t => {
	const archive = await makeArchive(t, ...honest);
	for (const limits of [{maxBytes: '1'}, {maxBytes: Number.NaN}, {maxEntries: -1}]) {
		await t.throwsAsync(importCheckpoint(archive, join(tempDir(t), 'images'), limits as never), {code: 'ERR_ARGUMENT', message: /must be a number of/});
	}

	t.is((await importCheckpoint(archive, join(tempDir(t), 'images'), {maxBytes: undefined} as never)).name, 'one');
});

test('files and directories that are not to be had are told with errno and path', async t => {
	const archive = await makeArchive(t, ...honest);
	const directory = tempDir(t);
	mkdirSync(join(directory, 'cut.partial'));
	await t.throwsAsync(importCheckpoint(join(directory, 'none.tar'), join(directory, 'images')), {instanceOf: CtnError, code: 'ERR_ARCHIVE', message: /ENOENT.*none\.tar/});
	await t.throwsAsync(importCheckpoint(directory, join(directory, 'images')), {instanceOf: CtnError, code: 'ERR_ARCHIVE', message: /EISDIR/});
	await t.throwsAsync(importCheckpoint(archive, join(directory, 'none/images')), {instanceOf: CtnError, code: 'ERR_CHECKPOINT_IMAGES', message: /images\.partial cannot be made: ENOENT/});
	await t.throwsAsync(importCheckpoint(archive, join(directory, 'cut')), {code: 'ERR_CHECKPOINT_IMAGES', message: /cannot be made: EEXIST \(.*remove it/});
	await t.throwsAsync(importCheckpoint(archive, join(directory, 'images'), {volumes: {none: directory}}), {instanceOf: CtnError, code: 'ERR_ARCHIVE', message: /ENOENT.*volume-none\.tar/});
	const {imagesDir} = await importCheckpoint(archive, join(directory, 'images'));
	await t.throwsAsync(exportCheckpoint(imagesDir, join(directory, 'none/archive')), {instanceOf: CtnError, code: 'ERR_ARCHIVE', message: /ENOENT/});
	const error = await t.throwsAsync(applyRootfs(linuxNative(), imagesDir, join(directory, 'none')), {instanceOf: CtnError, code: 'ERR_ARCHIVE'});
	t.like(error, {errno: 'ENOENT', syscall: 'open', subject: join(directory, 'none')});
	t.deepEqual(readdirSync(directory).sort(), ['cut.partial', 'images']);
});

test('an archive that is cut off, broken or none is refused', async t => {
	const directory = join(tempDir(t), 'images');
	const file = await makeArchive(t, ...honest, [{name: 'checkpoint/pages-2.img'}, new Uint8Array(100_000)]);
	execFileSync('gzip', ['--keep', '--quiet', file]);
	execFileSync('zstd', ['--keep', '--quiet', file]);
	for (const suffix of ['', '.gz', '.zst']) {
		truncateSync(file + suffix, suffix === '' ? 50_000 : 200);
		await t.throwsAsync(importCheckpoint(file + suffix, directory), {code: 'ERR_ARCHIVE'}, suffix);
		await t.throwsAsync(Checkpoint.open(file + suffix), {code: 'ERR_ARCHIVE'}, suffix);
	}

	writeFileSync(file, 'no archive at all, but some bytes '.repeat(100));
	await t.throwsAsync(importCheckpoint(file, directory), {code: 'ERR_ARCHIVE'});
	t.false(existsSync(directory));
	t.false(existsSync(`${directory}.partial`));
});

interface Ground {
	readonly rootfs: string;
	readonly outside: string;
}

const ground = (t: ExecutionContext): Ground => {
	const directory = tempDir(t);
	mkdirSync(join(directory, 'rootfs/etc'), {recursive: true});
	mkdirSync(join(directory, 'outside'));
	writeFileSync(join(directory, 'outside/secret'), 'secret');
	symlinkSync(join(directory, 'outside'), join(directory, 'rootfs/way-out'));
	return {rootfs: join(directory, 'rootfs'), outside: join(directory, 'outside')};
};

const refusedFiles: Readonly<Record<string, readonly [readonly Item[], RegExp]>> = {
	'a path that leads upwards': [[[{name: 'etc/../../outside/evil'}, 'x']], /leads out/],
	'an absolute path': [[[{name: '/outside/evil'}, 'x']], /absolute/],
	'a file through a symlink that is there': [[[{name: 'way-out/evil'}, 'x']], /no directory there/],
	'a file through a symlink of its own': [[[{name: 'link', type: 'symlink', linkname: '../outside'}], [{name: 'link/evil'}, 'x']], /no directory there/],
	'a directory through a symlink': [[[{name: 'way-out/evil/', type: 'directory'}]], /no directory there/],
	'a hard link to the outside': [[[{name: 'evil', type: 'link', linkname: '../outside/secret'}]], /leads out/],
	'a hard link through a symlink': [[[{name: 'evil', type: 'link', linkname: 'way-out/secret'}]], /no directory there/],
	'a hard link to a symlink': [[[{name: 'evil', type: 'link', linkname: 'way-out'}]], /no file in there/],
	'a hard link to nothing': [[[{name: 'evil', type: 'link', linkname: 'etc/none'}]], /no file in there/],
	'a device': [[[{name: 'disk', type: 'block-device', devmajor: 8, devminor: 0}]], /is a device/],
	'a whiteout of the host\'s overlay': [[[{name: 'etc/passwd', type: 'character-device', devmajor: 0, devminor: 0}]], /is a device/],
	'an attribute of the host': [[[{name: 'etc/x', pax: {'SCHILY.xattr.trusted.overlay.redirect': '/../../outside'}}, 'x']], /must not set/],
	'a whiteout through a symlink': [[[{name: 'way-out/.wh.secret'}]], /no directory there/],
	'a whiteout of what is above it': [[[{name: '.wh...'}]], /nothing in its directory/],
	'a whiteout of what is above a directory': [[[{name: 'etc/.wh...'}]], /nothing in its directory/],
	'a whiteout of a directory that is there': [[[{name: 'etc/.wh..'}]], /nothing in its directory/],
	'a whiteout without a name': [[[{name: 'etc/.wh.'}]], /nothing in its directory/],
};

for (const [what, [items, message]] of Object.entries(refusedFiles)) {
	test(`a root filesystem with ${what} is refused, and nothing outside is touched`, async t => {
		const {rootfs, outside} = ground(t);
		await t.throwsAsync(unpackTar(linuxNative(), await makeArchive(t, ...items), rootfs), {code: 'ERR_ARCHIVE', message});
		t.deepEqual(readdirSync(outside), ['secret']);
		t.is(readFileSync(join(outside, 'secret'), 'utf8'), 'secret');
	});
}

test('a file in the place of a symlink takes its place, and is not written through it', async t => {
	const {rootfs, outside} = ground(t);
	symlinkSync(join(outside, 'secret'), join(rootfs, 'etc/motd'));
	await unpackTar(linuxNative(), await makeArchive(t, [{name: 'etc/motd', mode: 0o600}, 'mine']), rootfs);
	t.is(readFileSync(join(rootfs, 'etc/motd'), 'utf8'), 'mine');
	t.is(readFileSync(join(outside, 'secret'), 'utf8'), 'secret');
});

test('nothing outside is deleted', async t => {
	for (const path of ['/way-out/secret', '/../outside/secret', '/etc/../../outside']) {
		const {rootfs, outside} = ground(t);
		const directory = tempDir(t);
		writeFileSync(join(directory, 'deleted.files'), JSON.stringify([path]));
		execFileSync('cp', [await makeArchive(t), join(directory, 'rootfs-diff.tar')]);
		await t.throwsAsync(applyRootfs(linuxNative(), directory, rootfs), {code: 'ERR_ARCHIVE'}, path);
		t.deepEqual(readdirSync(outside), ['secret']);
	}

	const {rootfs, outside} = ground(t);
	const directory = tempDir(t);
	writeFileSync(join(directory, 'deleted.files'), JSON.stringify(['/way-out', '/not/there']));
	execFileSync('cp', [await makeArchive(t), join(directory, 'rootfs-diff.tar')]);
	await applyRootfs(linuxNative(), directory, rootfs);
	t.deepEqual([readdirSync(rootfs), readdirSync(outside)], [['etc'], ['secret']], 'the link goes, and not what it leads to');
});
