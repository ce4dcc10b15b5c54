// What is done to images when nobody waits for their container any more: they are counted, given checksums and
// written through to the disk; and what a restore later makes of that.
import {CtnError} from '../errors.js';
import {sha256Of} from '../images/digest.js';
import {parentLink} from '../images/parent-link.js';
import {O_CREAT, O_TRUNC} from '../linux/constants.js';
import {encodeUtf8} from '../linux/utf8.js';
import type {HostOp, Native} from '../native/native.js';
import {namesOf, statOf} from '../native/results.js';
import {manifestFile, parseManifest, type Manifest, type SealedFile} from './manifest.js';

/** Logs and statistics may come and go; the manifest cannot hold its own checksum; the one before it is a link, which it has as such. */
const isSealed = (name: string): boolean => name !== '' && name !== manifestFile && name !== parentLink && !name.endsWith('.log') && !name.startsWith('stats-restore');

/** One after the other would wait for the disk each time; so many the disk writes as one. */
const syncsAtOnce = 4;

const syncAll = async (native: Native, paths: readonly string[]): Promise<void> => {
	await Promise.all(Array.from({length: syncsAtOnce}, async (_, lane) =>
		native.batch(paths.filter((__, index) => index % syncsAtOnce === lane).map((path): HostOp => ({op: 'fsync', path})))));
};

const sealedFiles = async (native: Native, directory: string): Promise<Array<[name: string, size: number]>> => {
	const [listed] = await native.batch([{op: 'list', path: directory, directories: 0}]);
	const names = namesOf(listed).filter(isSealed).sort();
	const sizes = await fileSizes(native, directory, names);
	return names.map((name, index) => [name, sizes[index]!]);
};

/**
 * Completes the manifest with the files and their sizes, and with `through` their checksums; then every file is
 * on the disk when this resolves, and the directory that lists them.
 */
export const sealImages = async (native: Native, directory: string, through: boolean): Promise<void> => {
	const [bytes] = await native.batch([{op: 'read', path: `${directory}/${manifestFile}`, max: 1 << 24}]);
	const files: Record<string, SealedFile> = {};
	for (const [name, size] of await sealedFiles(native, directory)) {
		files[name] = {size, ...(through && {sha256: await sha256Of(`${directory}/${name}`)})};
	}

	const manifest = {...parseManifest(directory, bytes as Uint8Array), files};
	const next = `${directory}/${manifestFile}.new`;
	await native.batch([
		{op: 'write', path: next, data: encodeUtf8(`${JSON.stringify(manifest, undefined, '\t')}\n`), flags: O_CREAT | O_TRUNC, mode: 0o600},
		{op: 'rename', from: next, to: `${directory}/${manifestFile}`},
	]);
	if (through) {
		await syncAll(native, [...Object.keys(files), manifestFile].map(name => `${directory}/${name}`));
		await native.batch([{op: 'fsync', path: directory}]);
	}
};

const spoiled = (path: string, why: string): CtnError =>
	new CtnError('ERR_CHECKPOINT_IMAGES', `${path} ${why}`, {subject: path, cure: 'the images are not what was written: fetch them anew, or restore an earlier checkpoint'});

/**
 * Compares images with what their manifest says of them.
 *
 * @param sizesOf Gives the size of each file, or undefined where there is none.
 * @param digestOf Gives the SHA-256 of a file, to be compared, too, where it is known. Default: none is.
 * @throws CtnError `ERR_CHECKPOINT_IMAGES` with the first file that is missing, cut off or changed as `subject`.
 */
export const verifyImages = async (directory: string, {files = {}}: Manifest, sizesOf: (names: readonly string[]) => Promise<ReadonlyArray<number | undefined>>, digestOf?: (name: string) => Promise<string>): Promise<void> => {
	const entries = Object.entries(files);
	const stray = entries.find(([name]) => name.includes('/'));
	if (stray) {
		throw spoiled(`${directory}/${manifestFile}`, `names a file that is not beside it: ${stray[0]}`);
	}

	const sizes = await sizesOf(Object.keys(files));
	for (const [index, [name, {size}]] of entries.entries()) {
		if (sizes[index] !== size) {
			throw spoiled(`${directory}/${name}`, sizes[index] === undefined ? 'is missing' : `has ${sizes[index]} bytes instead of ${size}`);
		}
	}

	for (const [name, {sha256}] of digestOf ? entries : []) {
		if (sha256 !== undefined && await digestOf!(name) !== sha256) {
			throw spoiled(`${directory}/${name}`, 'has another checksum than when it was written');
		}
	}
};

/** For verifyImages(). */
export const fileSizes = async (native: Native, directory: string, names: readonly string[]): Promise<Array<number | undefined>> => {
	const stats = await native.batch(names.map((name): HostOp => ({op: 'stat', path: `${directory}/${name}`, nofollow: 1, okErrno: 'any'})));
	return stats.map(stat => statOf(stat)).map(stat => stat && Number(stat.size));
};
