import {execFileSync} from 'node:child_process';
import {chmodSync, mkdtempSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

/** What is made for it goes away with it: ava's `t`, or a benchmark. */
export interface Owner {
	teardown(cleanup: () => void | Promise<void>): void;
}

/**
 * Removes a directory and what is in it, but nothing that is mounted there: should a test leave a
 * mount of the host's behind, it is a failed removal and not a lost file system.
 */
export const removeDir = (path: string): void => {
	execFileSync('rm', ['-rf', '--one-file-system', '--', path]);
};

const prefix = join(tmpdir(), 'ctnative-');
const made = new Set<string>();

/** True for a path in a directory that another process made here: another test file, at the same time. */
export const isForeignTemp = (path: string): boolean => {
	const [directory] = path.slice(prefix.length).split('/');
	return path.startsWith(prefix) && !made.has(prefix + directory!);
};

/** A new directory that every user can enter, as a container with its own user namespace has to. */
export const makeTempDir = (): string => {
	const path = mkdtempSync(prefix);
	made.add(path);
	chmodSync(path, 0o755);
	return path;
};

/** A directory that lives as long as the test. */
export const tempDir = (owner: Owner): string => {
	const path = makeTempDir();
	owner.teardown(() => removeDir(path));
	return path;
};
