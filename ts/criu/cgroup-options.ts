// Options of cgroup2, which are one set for the whole machine: nsdelegate and the like.
import {LOCK_EX, LOCK_NB, LOCK_SH, O_CREAT, O_TRUNC} from '../linux/constants.js';
import {errnos} from '../linux/errno.js';
import {parseMountInfo} from '../linux/mountinfo.js';
import {encodeUtf8} from '../linux/utf8.js';
import type {Fd, Native} from '../native/native.js';
import {textOf} from '../native/results.js';
import type {CriuOpts} from './opts.js';

/** Where they are written down while CRIUs that may take them away are running, of whatever process. Each of those holds it. */
const fileName = 'ctnative.cgroup2';

const readOptions = async (native: Native): Promise<readonly string[]> => {
	const [text] = await native.batch([{op: 'read', path: '/proc/self/mountinfo', max: 1 << 24}]);
	const [mount] = parseMountInfo(textOf(text), ['cgroup2']);
	return mount?.superOptions.filter(option => option !== 'rw' && option !== 'ro') ?? [];
};

const lock = async (native: Native, path: string, operation: number): Promise<number> => {
	const [fd] = await native.batch([{op: 'lock', path, operation, okErrno: 'any'}]) as [number];
	return fd;
};

const mostTries = 1000;

/** Does it while no other process is at it. Undefined where there is nothing that could be locked. */
const alone = async <Result>(native: Native, directory: string, use: () => Promise<Result>): Promise<Result | undefined> => {
	for (let tries = 0; tries < mostTries; tries++) {
		const held = await lock(native, `${directory}/`, LOCK_EX | LOCK_NB);
		if (held >= 0) {
			try {
				return await use();
			} finally {
				native.close(held as Fd);
			}
		}

		if (held !== -errnos.EAGAIN) {
			return undefined;
		}

		await native.sleep(5); // In a host with one thread nobody else would go on meanwhile
	}

	return undefined;
};

const isHeld = async (native: Native, path: string): Promise<boolean> => {
	const fd = await lock(native, path, LOCK_EX | LOCK_NB);
	if (fd >= 0) {
		native.close(fd as Fd);
	}

	return fd === -errnos.EAGAIN;
};

/** What counts for all that run at once: those there were before the first of them. If nobody holds the file, whoever did was killed before it gave them back. */
const optionsBefore = async (native: Native, path: string): Promise<readonly string[]> => {
	const [written] = await native.batch([{op: 'read', path, max: 4096, okErrno: 'any'}]);
	if (written instanceof Uint8Array) {
		return textOf(written).split(',').filter(Boolean);
	}

	const options = await readOptions(native);
	await native.batch([{op: 'write', path, data: encodeUtf8(options.join()), flags: O_CREAT | O_TRUNC, mode: 0o600}]);
	return options;
};

/**
 * Runs a CRIU, and gives cgroup2 its options back after it. One that manages cgroups mounts cgroup2 for itself, without
 * options, and the kernel takes that for the wish of the machine's administrator: containers would be held less.
 *
 * @param directory Where processes find each other. Without the right to write there each takes what it finds.
 */
export const keepCgroupOptions = async <Result>(native: Native, mode: CriuOpts['manageCgroupsMode'], run: () => Promise<Result>, directory = '/run'): Promise<Result> => {
	if (mode === undefined || mode === 'ignore') {
		return run();
	}

	const path = `${directory}/${fileName}`;
	const shared = await alone(native, directory, async () => ({options: await optionsBefore(native, path), held: await lock(native, path, LOCK_SH | LOCK_NB)})).catch(() => undefined);
	const options = shared?.options ?? await readOptions(native);
	try {
		return await run();
	} finally {
		if (options.length > 0) {
			const [tree] = await native.batch([{op: 'new_tree', attributes: 0n, fstype: 'cgroup2', path: 'cgroup2', options, okErrno: 'any'}]) as [number];
			if (tree >= 0) {
				native.close(tree as Fd);
			}
		}

		if (shared && shared.held >= 0) {
			native.close(shared.held as Fd);
		}

		await (shared && alone(native, directory, async () => await isHeld(native, path) || native.batch([{op: 'unlink', path, okErrno: 'any'}])));
	}
};
