// The synchronous calls of node:fs that tests make, by QuickJS's `os`; what that lacks by programs of the machine.
import {Buffer} from 'buffer';
import {check, os, type EngineStat} from '../engine.js';
import {endOf, run, start} from './run-program.js';

type Encoding = BufferEncoding | {readonly encoding?: BufferEncoding; readonly flag?: string; readonly mode?: number} | null | undefined;
const optionsOf = (options: Encoding) => typeof options === 'string' ? {encoding: options} : options ?? {};

const O = {creat: 0o100, excl: 0o200, trunc: 0o1000, append: 0o2000, cloexec: 0o2000000} as const;
const flagsOf: Readonly<Record<string, number>> = {
	r: 0, 'r+': 2, w: 1 | O.creat | O.trunc, wx: 1 | O.creat | O.excl, 'w+': 2 | O.creat | O.trunc, a: 1 | O.creat | O.append, 'a+': 2 | O.creat | O.append,
};

export const constants = {COPYFILE_FICLONE: 2, O_RDONLY: 0, O_WRONLY: 1, O_RDWR: 2, O_DIRECTORY: 0o200000, O_NOFOLLOW: 0o400000, O_PATH: 0o10000000, S_IFMT: 0o170000, S_IFCHR: 0o020000, S_IFBLK: 0o060000};

class Stats {
	constructor(stat: EngineStat) {
		Object.assign(this, stat, {atimeMs: stat.atime, mtimeMs: stat.mtime, ctimeMs: stat.ctime});
	}

	readonly mode!: number;
	readonly is = (type: number): boolean => (this.mode & constants.S_IFMT) === type;
	readonly isDirectory = (): boolean => this.is(0o040000);
	readonly isFile = (): boolean => this.is(0o100000);
	readonly isSymbolicLink = (): boolean => this.is(0o120000);
	readonly isFIFO = (): boolean => this.is(0o010000);
	readonly isSocket = (): boolean => this.is(0o140000);
	readonly isCharacterDevice = (): boolean => this.is(constants.S_IFCHR);
	readonly isBlockDevice = (): boolean => this.is(constants.S_IFBLK);
}

export const openSync = (path: string, flags: string | number = 'r', mode = 0o666): number =>
	check('open', os.open(path, (typeof flags === 'number' ? flags : flagsOf[flags]!) | O.cloexec, mode), path);
export const closeSync = (fd: number): number => check('close', os.close(fd));
export const readSync = (fd: number, bytes: Uint8Array, offset = 0, length = bytes.length): number =>
	check('read', os.read(fd, bytes.buffer as ArrayBuffer, bytes.byteOffset + offset, length));

export const writeSync = (fd: number, data: string | Uint8Array): number => {
	const bytes = typeof data === 'string' ? Buffer.from(data) : data;
	return check('write', os.write(fd, bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.length));
};

/** All that comes from a descriptor. */
export const readAll = (fd: number): Buffer => {
	const chunks: Buffer[] = [];
	for (;;) {
		const chunk = Buffer.alloc(65_536);
		const size = readSync(fd, chunk);
		if (size === 0) {
			return Buffer.concat(chunks);
		}

		chunks.push(chunk.subarray(0, size));
	}
};

export function readFileSync(path: string | number, options: BufferEncoding): string;
export function readFileSync(path: string | number, options?: Encoding): Buffer | string;
export function readFileSync(path: string | number, options?: Encoding): Buffer | string {
	const fd = typeof path === 'number' ? path : openSync(path);
	try {
		const bytes = readAll(fd);
		const {encoding} = optionsOf(options);
		return encoding ? bytes.toString(encoding) : bytes;
	} finally {
		if (fd !== path) {
			closeSync(fd);
		}
	}
}

export const writeFileSync = (path: string, data: string | Uint8Array, options?: Encoding): void => {
	const {flag = 'w', mode} = {flag: undefined, mode: undefined, ...optionsOf(options)};
	const fd = openSync(path, flag, mode);
	try {
		const bytes = typeof data === 'string' ? Buffer.from(data) : data;
		let at = 0;
		do {
			at += writeSync(fd, bytes.subarray(at)); // Also of nothing: a file of the kernel may ask for it
		} while (at < bytes.length);
	} finally {
		closeSync(fd);
	}
};

export const appendFileSync = (path: string, data: string | Uint8Array): void => writeFileSync(path, data, {flag: 'a'});
export const existsSync = (path: string): boolean => os.stat(path)[1] === 0;

const statBy = (call: 'stat' | 'lstat') => (path: string, {throwIfNoEntry = true} = {}): Stats | undefined => {
	const [stat, errno] = os[call](path);
	if (errno === 2 && !throwIfNoEntry) {
		return undefined;
	}

	check(call, -errno, path);
	return new Stats(stat);
};

export const statSync = statBy('stat');
export const lstatSync = statBy('lstat');

export const readlinkSync = (path: string): string => {
	const [target, errno] = os.readlink(path);
	check('readlink', -errno, path);
	return target;
};

interface ListOptions {
	readonly withFileTypes?: boolean;
	readonly recursive?: boolean;
}

export const readdirSync = (path: string, {withFileTypes = false, recursive = false}: ListOptions = {}): unknown[] => {
	const [names, errno] = os.readdir(path);
	check('scandir', -errno, path);
	return names.filter(name => name !== '.' && name !== '..').sort().flatMap(name => {
		const below = `${path}/${name}`;
		const entry = withFileTypes ? Object.assign(lstatSync(below)!, {name, parentPath: path}) : name;
		const inside = recursive && lstatSync(below)!.isDirectory() ? readdirSync(below, {withFileTypes, recursive}) : [];
		return [entry, ...inside.map(more => typeof more === 'string' ? `${name}/${more}` : more)];
	});
};

export const mkdirSync = (path: string, options: number | {readonly recursive?: boolean; readonly mode?: number} = {}): void => {
	const {recursive = false, mode = 0o777} = typeof options === 'number' ? {mode: options} : options;
	if (recursive && !existsSync(path.replace(/\/[^/]+\/*$/, '') || '/')) {
		mkdirSync(path.replace(/\/[^/]+\/*$/, ''), {recursive, mode});
	}

	if (!recursive || !existsSync(path)) {
		check('mkdir', os.mkdir(path, mode), path);
	}
};

export const mkdtempSync = (prefix: string): string => {
	const path = prefix + Math.random().toString(36).slice(2, 10);
	mkdirSync(path, 0o700);
	return path;
};

export const symlinkSync = (target: string, path: string): number => check('symlink', os.symlink(target, path), path);
export const renameSync = (from: string, to: string): number => check('rename', os.rename(from, to), from);
export const unlinkSync = (path: string): number => check('unlink', os.remove(path), path);
export const rmdirSync = (path: string): number => check('rmdir', os.remove(path), path);

export const copyFileSync = (from: string, to: string): void => run('cp', '--reflink=auto', '--', from, to);
/** With the directories above it, as that of Node. */
export const cpSync = (from: string, to: string): void => {
	mkdirSync(to.slice(0, to.lastIndexOf('/')), {recursive: true});
	run('cp', '-dRT', '--', from, to);
};

export const chmodSync = (path: string, mode: number): void => run('chmod', mode.toString(8), '--', path);
export const chownSync = (path: string, uid: number, gid: number): void => run('chown', `${uid}:${gid}`, '--', path);
export const lchownSync = (path: string, uid: number, gid: number): void => run('chown', '-h', `${uid}:${gid}`, '--', path);
export const linkSync = (from: string, to: string): void => run('ln', '-T', '--', from, to);
export const truncateSync = (path: string, size = 0): void => run('truncate', '-s', String(size), '--', path);
export const rmSync = (path: string, {recursive = false, force = false} = {}): void => run('rm', ...recursive ? ['-r'] : [], ...force ? ['-f'] : [], '--', path);

const O_TMPFILE = 0o20200000;

/** A file without a name. */
export const fileWith = (content: string | Uint8Array): number => {
	const fd = openSync('/tmp', O_TMPFILE | os.O_RDWR, 0o600);
	writeFileSync(`/proc/self/fd/${fd}`, content);
	return fd;
};

/** All that is in a file, wherever its descriptor is. */
export const readFromStart = (fd: number): Buffer => readFileSync(`/proc/self/fd/${fd}`) as Buffer;

const output = (...words: string[]): string => {
	const fd = fileWith('');
	try {
		endOf(start(words, [0, fd, 2]), true);
		return readFromStart(fd).toString();
	} finally {
		closeSync(fd);
	}
};

/** Of what it tells, the type. */
export const statfsSync = (path: string): {readonly type: number} => ({type: Number.parseInt(output('stat', '-f', '-c', '%t', '--', path), 16)});
