// What it takes to make the cgroup of a container: a value, so that it can be saved before it is done.
import {CtnError} from '../errors.js';
import {controllersByDirectory} from '../linux/cgroup-v1.js';
import type {HostOp} from '../native/native.js';
import type {Cpu, Resources} from '../oci/config.js';
import {deviceProgram} from './devices-bpf.js';
import {deviceRules} from './devices.js';
import type {CgroupLayout} from './layout.js';
import {ignoredV2, limitsV1, limitsV2, type LimitWrite} from './limits.js';
import type {RdtPlan} from './rdt.js';
import type {UnitPlan} from './systemd.js';

/** Where the cgroup of a container is; saved in its state. */
export interface CgroupRecord {
	readonly mode: CgroupLayout['mode'];
	/** Below each hierarchy's root. */
	readonly path: string;
	/** Directory by v1 controller. */
	readonly v1: Readonly<Record<string, string>>;
	/** Directory in cgroup2. */
	readonly unified: string | undefined;
	/** The scope that systemd keeps for it; absent: the directories are ours alone. */
	readonly unit?: string;
	/** The scope is of a user's own systemd: it moves processes there, which the user may not from everywhere. */
	readonly attach?: true;
}

export interface CgroupPlan {
	readonly record: CgroupRecord;
	/** Makes the directories, parents first. */
	readonly create: readonly HostOp[];
	/** Sets the limits. */
	readonly limits: readonly HostOp[];
	/** Files into which init writes "0" to join. */
	readonly tasks: readonly string[];
	/** What asks for the limit that is in the file of this path, as `linux.resources.memory.limit`. */
	readonly settingAt: (path: string) => string | undefined;
	/** What config.json asks for in vain. */
	readonly warnings: readonly string[];
	/** To be started first, where systemd manages cgroups. */
	readonly unit?: UnitPlan;
	/** Where Intel RDT is asked for. */
	readonly rdt?: RdtPlan;
}

/** A container is counted, limited and found by these; further ones only if config.json asks. */
const basic = ['memory', 'cpu', 'cpuacct', 'pids', 'devices'];

/** `/a/b` of `cgroupsPath`, or `/<id>`. */
export const cgroupPath = (cgroupsPath: string | undefined, id: string): string => {
	const parts = (cgroupsPath || id).split('/').filter(part => part !== '' && part !== '.');
	if (parts.length === 0 || parts.includes('..')) {
		throw new CtnError('ERR_CONFIG_INVALID', `config.json: linux.cgroupsPath must name a cgroup below the root, not ${JSON.stringify(cgroupsPath)}`, {subject: 'linux.cgroupsPath'});
	}

	return `/${parts.join('/')}`;
};

/** mkdir of `root`/a, `root`/a/b …; those above the last may be there already, the last may not. */
const makeAll = (root: string, path: string, each: (directory: string, above: string, isLast: boolean) => readonly HostOp[] = () => []): HostOp[] => {
	const parts = path.slice(1).split('/');
	return parts.flatMap((part, index): HostOp[] => {
		const above = [root, ...parts.slice(0, index)].join('/');
		const directory = `${above}/${part}`;
		const isLast = index === parts.length - 1;
		return [{op: 'mkdir', path: directory, mode: 0o755, ...(!isLast && {okErrno: 'EEXIST'})}, ...each(directory, above, isLast)];
	});
};

/** The directories of one controller; the last must be new. */
export const makeDirectories = (root: string, path: string, controller: string): HostOp[] =>
	makeAll(root, path, (directory, above) => prepare(controller, directory, above));

const writeFile = (path: string, line: string, okErrno?: HostOp['okErrno']): HostOp =>
	({op: 'write_lines', path, lines: [line], ...(okErrno !== undefined && {okErrno})});

/** A file outside of the directory would be a limit of somebody else's (GHSA-5g49-rx9x-qfc6). */
export const limitPath = ({controller, file, setting}: LimitWrite, directory: string | undefined): string => {
	if (!/^[\w-]+\.[\w.-]+$/.test(file)) {
		throw new CtnError('ERR_CONFIG_INVALID', `config.json: linux.resources.${setting} must name a cgroup file, not ${JSON.stringify(file)}`, {subject: `linux.resources.${setting}`});
	}

	if (directory === undefined) {
		throw new CtnError('ERR_CGROUP_LAYOUT', `the limit linux.resources.${setting} needs the cgroup controller ${controller}, which is not available here`, {subject: `linux.resources.${setting}`});
	}

	return `${directory}/${file}`;
};

/** The host op for a limit. */
export const limitOp = (limit: LimitWrite, directory: string | undefined): HostOp => {
	const path = limitPath(limit, directory);
	return limit.or === undefined
		? writeFile(path, limit.value, limit.okErrno)
		: {op: 'write_first', paths: [path, limitPath({...limit, file: limit.or.file}, directory)], values: [limit.value, limit.or.value]};
};

/** The host ops for limits, in order; those of one file in a row open it once. */
const limitOps = (limits: readonly LimitWrite[], directoryOf: (limit: LimitWrite) => string | undefined): HostOp[] => {
	const ops: HostOp[] = [];
	let last: LimitWrite | undefined;
	let lines: string[] = [];
	for (const limit of limits) {
		const {controller, file, value, okErrno, or} = limit;
		if (or === undefined && last?.or === undefined && controller === last?.controller && file === last.file && okErrno === last.okErrno) {
			lines.push(value);
			continue;
		}

		const op = limitOp(limit, directoryOf(limit));
		lines = [value];
		ops.push(op.op === 'write_lines' ? {...op, lines} : op);
		last = limit;
	}

	return ops;
};

/** What a new cgroup of this controller has to have before a process can join it: what the one above has. */
export const prepare = (controller: string, directory: string, above: string): HostOp[] => controller !== 'cpuset' ? [] : ['cpuset.cpus', 'cpuset.mems']
	.map(file => ({op: 'inherit', from: `${above}/${file}`, path: `${directory}/${file}`}));

/** A new cgroup has no real-time at all, and none below it can have more: those above get what is needed. */
const realtimeAbove = ({realtimePeriod, realtimeRuntime}: Cpu, directory: string): HostOp[] => {
	const period = Number(realtimePeriod ?? 0) || 1_000_000;
	const runtime = Math.ceil(Number(realtimeRuntime) * 1_000_000 / period);
	return [{op: 'raise', path: `${directory}/cpu.rt_runtime_us`, value: BigInt(runtime), okErrno: 'any'}];
};

/** Looked up when a limit was refused, by the path of its file. A file may be written for several settings. */
export const settingAt = (limits: readonly LimitWrite[], directoryOf: (limit: LimitWrite) => string | undefined) => (path: string): string | undefined => {
	const names = new Set(limits.filter(limit => `${directoryOf(limit)}/${limit.file}` === path).map(({setting}) => `linux.resources.${setting}`));
	return names.size === 0 ? undefined : [...names].join(' or ');
};

const planV1 = (layout: CgroupLayout, path: string, resources: Resources, more: readonly string[]): CgroupPlan => {
	const limits = limitsV1(resources);
	const wanted = new Set([...basic, ...more, ...limits.map(limit => limit.controller)]);
	if (layout.unified === undefined) {
		wanted.add('freezer'); // Otherwise cgroup2 freezes, and kills
	}

	const directories: Record<string, string> = {};
	const create: HostOp[] = [];
	for (const [root, controllers] of controllersByDirectory(layout.v1)) {
		if (!controllers.some(controller => wanted.has(controller))) {
			continue;
		}

		create.push(...makeAll(root, path, (directory, above, isLast) => [
			...controllers.flatMap(controller => prepare(controller, directory, above)),
			...(controllers.includes('cpu') && !isLast && Number(resources.cpu?.realtimeRuntime ?? 0) > 0 ? realtimeAbove(resources.cpu!, directory) : []),
		]));
		for (const controller of controllers) {
			directories[controller] = root + path;
		}
	}

	if (layout.unified !== undefined) {
		create.push(...makeAll(layout.unified, path));
	}

	return {
		record: {mode: layout.mode, path, v1: directories, unified: layout.unified === undefined ? undefined : layout.unified + path},
		create,
		limits: limitOps(limits, limit => directories[limit.controller]),
		tasks: [...new Set(Object.values(directories))].map(directory => `${directory}/tasks`),
		settingAt: settingAt(limits, ({controller}) => directories[controller]),
		warnings: [],
	};
};

/** cgroup.*, cpu.pressure and the like are there without a controller. */
export const needsNoController = ({controller, file}: LimitWrite): boolean => controller === 'cgroup' || file.endsWith('.pressure');

const planV2 = (layout: CgroupLayout, path: string, resources: Resources): CgroupPlan => {
	const root = layout.unified!;
	const limits = limitsV2(resources);
	const wanted = [...new Set([...basic, ...limits.map(limit => limit.controller)])].filter(controller => layout.v2Controllers.includes(controller));
	const enable = (directory: string): HostOp[] =>
		// One at a time: a controller that cannot be had (threaded, in use) must not cost the others
		wanted.map(controller => writeFile(`${directory}/cgroup.subtree_control`, `+${controller}`, 'any'));
	const above = path.slice(0, path.lastIndexOf('/'));
	return {
		record: {mode: 'v2', path, v1: {}, unified: root + path},
		create: [
			...enable(root),
			...(above === '' ? [] : makeAll(root, above, enable).map(op => op.op === 'mkdir' ? {...op, okErrno: 'EEXIST'} as const : op)),
			{op: 'mkdir', path: root + path, mode: 0o755},
		],
		limits: [
			...limitOps(limits, limit => needsNoController(limit) || layout.v2Controllers.includes(limit.controller) ? root + path : undefined),
			{op: 'devices', path: root + path, program: deviceProgram(deviceRules(resources.devices))},
		],
		tasks: [],
		settingAt: settingAt(limits, () => root + path),
		warnings: ignoredV2(resources),
	};
};

/**
 * The plan for a container's cgroup.
 *
 * @param cgroupsPath From config.json; below the root of each hierarchy, with or without a leading
 * slash. Default: `/<id>`.
 * @param more Further v1 hierarchies to be in.
 * @throws CtnError `ERR_CONFIG_INVALID` if it leads upwards; `ERR_CGROUP_LAYOUT` if a limit needs a
 * controller that this machine does not have.
 */
export const planCgroup = (layout: CgroupLayout, id: string, cgroupsPath: string | undefined, resources: Resources = {}, more: readonly string[] = []): CgroupPlan => {
	const path = cgroupPath(cgroupsPath, id);
	return layout.mode === 'v2' ? planV2(layout, path, resources) : planV1(layout, path, resources, more);
};
