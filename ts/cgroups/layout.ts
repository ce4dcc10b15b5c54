// How cgroups are mounted on this machine: v1, v2 alone, or both (hybrid). Decided by looking.
import {CtnError} from '../errors.js';
import {parseMountInfo} from '../linux/mountinfo.js';
import type {HostOp, HostResult, Native} from '../native/native.js';
import {textOf} from '../native/results.js';

export interface CgroupLayout {
	readonly mode: 'v1' | 'hybrid' | 'v2';
	/** Mount point of each v1 hierarchy, by controller (`memory`, `cpu`, `name=systemd` …). */
	readonly v1: Readonly<Record<string, string>>;
	/** Mount point of cgroup2; undefined in v1 mode. */
	readonly unified: string | undefined;
	/** Where resctrl is mounted, for Intel RDT; absent: it is not. */
	readonly resctrl?: string;
	/** Controllers that cgroup2 has at its root. */
	readonly v2Controllers: readonly string[];
}

/** What a v1 mount shows besides its controllers: options of the kernel, and of its security module. */
const otherOptions = new Set(['rw', 'ro', 'xattr', 'noprefix', 'clone_children', 'cpuset_v2_mode', 'favordynmods', 'all', 'none', 'seclabel']);

const namesIn = (options: readonly string[]): string[] =>
	options.filter(option => !otherOptions.has(option) && (option.startsWith('name=') || !option.includes('=')));

/**
 * A machine is v1 if containers are managed by it. One of cgroup2 may have a v1 hierarchy for
 * something else beside it, such as the net_cls of some VPN clients.
 */
const managing = ['memory', 'cpu', 'cpuacct', 'pids', 'devices'];

/** What a cgroup.controllers that was read has. */
export const controllersIn = (file: HostResult | undefined): string[] => textOf(file).split(/\s+/).filter(Boolean);

const controllersOp = (unified: string): HostOp => ({op: 'read', path: `${unified}/cgroup.controllers`, max: 4096, okErrno: 'any'});

/** Where cgroup2 is, nearly always; so its controllers can be read before it is known. */
const usualUnified = ['/sys/fs/cgroup', '/sys/fs/cgroup/unified'];

/** What the layout is read from. */
export const layoutOps: readonly HostOp[] = [{op: 'read', path: '/proc/self/mountinfo', max: 1 << 24}, ...usualUnified.map(controllersOp)];

/**
 * Reads the layout from /proc/self/mountinfo.
 *
 * @throws CtnError `ERR_CGROUP_LAYOUT` if no cgroup hierarchy is mounted.
 */
export const detectLayout = async (native: Native): Promise<CgroupLayout> => {
	return layoutIn(native, await native.batch(layoutOps));
};

/** The same, from what `layoutOps` gave. */
export const layoutIn = async (native: Native, [mountinfo, ...usual]: readonly HostResult[]): Promise<CgroupLayout> => {
	const v1: Record<string, string> = {};
	let unified: string | undefined;
	let resctrl: string | undefined;
	for (const mount of parseMountInfo(textOf(mountinfo), ['cgroup', 'cgroup2', 'resctrl'])) {
		if (mount.type === 'cgroup2') {
			unified ??= mount.mountPoint;
		} else if (mount.type === 'resctrl') {
			resctrl ??= mount.mountPoint;
		} else if (mount.type === 'cgroup') {
			for (const name of namesIn(mount.superOptions)) {
				v1[name] ??= mount.mountPoint;
			}
		}
	}

	const hasV1 = managing.some(controller => v1[controller] !== undefined);
	if (!hasV1 && unified === undefined) {
		throw new CtnError('ERR_CGROUP_LAYOUT', 'no cgroup hierarchy is mounted on this machine', {cure: 'mount -t cgroup2 cgroup2 /sys/fs/cgroup'});
	}

	const known = usualUnified.indexOf(unified ?? '');
	const controllers = unified === undefined ? undefined : usual[known] ?? (await native.batch([controllersOp(unified)]))[0];
	return {
		mode: hasV1 ? (unified === undefined ? 'v1' : 'hybrid') : 'v2',
		v1,
		unified,
		...(resctrl !== undefined && {resctrl}),
		v2Controllers: controllersIn(controllers),
	};
};
