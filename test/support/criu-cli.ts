// The real CRIU on the command line, and a process to try it on: what the tests of images are made from.
import {execFileSync, spawn, type ChildProcess} from 'node:child_process';
import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {setTimeout as sleep} from 'node:timers/promises';
import {join} from 'node:path';
import {privateCriu} from '../../ts/criu/find.js';
import {tempDir, type Owner} from './temp-dir.js';

/** Why there can be no dump here; undefined if there can. */
export const noCriu: string | undefined = process.getuid?.() !== 0 ? 'needs root' : existsSync(privateCriu) ? undefined : `needs ${privateCriu}`;

/** A process with a program in Perl, in a session of its own, that goes on for ever after it. It is ready when this resolves. */
export const startPerl = async (owner: Owner, program: string): Promise<ChildProcess & {pid: number}> => {
	const child = spawn('perl', ['-MSocket', '-e', `${program};close STDOUT; open STDOUT, '>', '/dev/null'; sleep 1 while 1`], {detached: true, stdio: ['ignore', 'pipe', 'ignore']});
	owner.teardown(() => {
		child.kill('SIGKILL');
	});
	for await (const chunk of child.stdout) {
		void chunk; // Its stdout ends when it has come to the loop
	}

	await sleep(50);
	return child as ChildProcess & {pid: number};
};

/** Dumps a process by the command line, and gives the directory of the images. It runs on. */
export const dumpByCli = (owner: Owner, pid: number, ...options: string[]): string => {
	const directory = tempDir(owner);
	execFileSync(privateCriu, ['dump', '--tree', String(pid), '--images-dir', directory, '--leave-running', '--log-file', 'dump.log', ...options], {stdio: 'ignore'});
	return directory;
};

/** The images of a directory by name. */
export const imagesIn = (directory: string): Map<string, Uint8Array> =>
	new Map(readdirSync(directory).filter(name => /\.img$|^stats-/.test(name)).map(name => [name, readFileSync(join(directory, name))]));
