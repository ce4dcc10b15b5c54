// The directory in which CRIU puts together the mounts of what it restores, in /tmp. It removes it at the end, but
// not if it is killed. So it gets a /tmp of its own, which goes away with its mount namespace.
import type {Fd, HostOp, Native} from '../native/native.js';
import type {OwnRun} from './kerndat.js';

const yards = /\/tmp\/\.criu\.mntns\.\w{6}(?!\w)/g;

const hostTmp: OwnRun = {fds: [], steps: () => [], close() {}};

/**
 * A /tmp for a CRIU in a mount namespace of its own; that of the host, if CRIU needs something that is there. The
 * caller closes it.
 *
 * @param options Everything that CRIU is told: it opens paths in it by their name.
 */
export const ownTmp = async (native: Native, options: unknown): Promise<OwnRun> => {
	if (/(?<![\w-])\/tmp(?:["/]|$)/.test(JSON.stringify(options) ?? '')) { // Not /var/tmp
		return hostTmp;
	}

	const [tree] = await native.batch([{op: 'new_tree', attributes: 0n, fstype: 'tmpfs', path: 'tmpfs', options: ['mode=1777'], okErrno: 'any'}]) as [number];
	return tree < 0 ? hostTmp : {
		fds: [tree as Fd],
		steps: first => [{op: 'root', tree: first as Fd, at: '/tmp'}],
		close: () => native.close(tree as Fd),
	};
};

/**
 * For a CRIU that had to use the /tmp of the host: removes the directories that its log names, as far as they are empty. Only the
 * log tells which is its own, and one of another CRIU must stay, as its mounts would go with it.
 *
 * @param log Of a CRIU that has ended.
 */
export const removeYards = async (native: Native, log: string): Promise<void> => {
	const paths = new Set([...log.matchAll(yards)].map(([path]) => path));
	await native.batch([...paths].map((path): HostOp => ({op: 'rmdir', path, okErrno: 'any'})));
};
