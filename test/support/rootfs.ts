// The root filesystem of every bundle of the tests: busybox and what a program may look up.
import {execFileSync} from 'node:child_process';
import {constants, copyFileSync, mkdirSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {makeTempDir, removeDir} from './temp-dir.js';

const busybox = '/bin/busybox';
const directories = ['bin', 'dev', 'etc', 'proc', 'root', 'sys', 'tmp', 'usr/bin', 'var'];

let shared: string | undefined;

/** Makes a root filesystem in a directory that does not exist yet. */
export const makeRootfs = (path: string): void => {
	for (const name of directories) {
		mkdirSync(join(path, name), {recursive: true});
	}

	writeFileSync(join(path, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000:user:/tmp:/bin/sh\n');
	writeFileSync(join(path, 'etc/group'), 'root:x:0:\ntty:x:5:\nuser:x:1000:\nextra:x:1001:user\n');
	copyFileSync(busybox, join(path, 'bin/busybox'), constants.COPYFILE_FICLONE);
	for (const applet of execFileSync(busybox, ['--list'], {encoding: 'utf8'}).split('\n')) {
		if (applet !== '' && applet !== 'busybox') {
			symlinkSync('busybox', join(path, 'bin', applet));
		}
	}
};

/** The one of this process that nobody writes to; made at first use, removed when the process exits. */
export const sharedRootfs = (): string => {
	if (shared === undefined) {
		const directory = makeTempDir();
		process.once('exit', () => removeDir(directory));
		shared = join(directory, 'rootfs');
		makeRootfs(shared);
	}

	return shared;
};
