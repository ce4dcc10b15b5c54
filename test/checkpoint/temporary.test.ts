import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {chownSync, existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {Readable} from 'node:stream';
import test from 'ava';
import {TemporaryImages} from '../../ts/checkpoint/temporary.js';
import {linuxNative} from '../../ts/native/linux.js';
import {projectPath} from '../support/paths.js';
import {tempDir} from '../support/temp-dir.js';

const keeper = `
	const {TemporaryImages} = require(${JSON.stringify(projectPath('dist/ts/checkpoint/temporary.js'))});
	const {linuxNative} = require(${JSON.stringify(projectPath('dist/ts/native/linux.js'))});
	TemporaryImages.make(linuxNative()).then(({path}) => {
		require('node:fs').writeFileSync(path + '/pages-1.img', 'memory');
		console.log(path);
		setInterval(() => {}, 1000);
	});
`;

test.serial('what a program that was killed has left, the next one removes, and nothing else', async t => {
	const before = process.env['TMPDIR'];
	const temporary = tempDir(t);
	process.env['TMPDIR'] = temporary;
	t.teardown(() => {
		process.env['TMPDIR'] = before;
	});
	const child = spawn(process.execPath, ['-e', keeper], {stdio: ['ignore', 'pipe', 'inherit']});
	t.teardown(() => {
		child.kill('SIGKILL');
	});
	const [line] = await once(child.stdout as Readable, 'data') as [Buffer];
	const theirs = line.toString().trim();
	t.true(theirs.startsWith(join(temporary, 'ctnative-images-')));

	// Not ours to remove: those that look alike
	const elsewhere = tempDir(t);
	writeFileSync(join(elsewhere, 'precious'), '');
	symlinkSync(elsewhere, join(temporary, 'ctnative-images-link'));
	writeFileSync(join(temporary, 'ctnative-images-file'), '');
	mkdirSync(join(temporary, 'ctnative-images-stranger'));
	mkdirSync(join(temporary, 'other'));
	if (process.geteuid!() === 0) {
		chownSync(join(temporary, 'ctnative-images-stranger'), 1000, 1000);
	}

	const first = await TemporaryImages.make(linuxNative());
	const second = await TemporaryImages.make(linuxNative());
	t.true([theirs, first.path, second.path].every(path => existsSync(path)), 'all three are in use');
	child.kill('SIGKILL');
	await once(child, 'exit');
	await first.remove();
	const third = await TemporaryImages.make(linuxNative());
	t.false(existsSync(theirs) || existsSync(first.path));
	t.true(existsSync(second.path));
	await second.remove();
	await third.remove();
	t.deepEqual(readdirSync(temporary).sort(), ['ctnative-images-file', 'ctnative-images-link', ...(process.geteuid!() === 0 ? ['ctnative-images-stranger'] : []), 'other']);
	t.true(existsSync(join(elsewhere, 'precious')));
});
