// The cgroup hierarchies: which there are, what they can limit, whether they can be written to.
import type {CgroupLayout} from '../cgroups/layout.js';
import {CtnError} from '../errors.js';
import type {MachineFacts} from './look.js';
import {bareMessage} from './message.js';
import type {Finding} from './report.js';

const describe = ({mode, v1, unified, v2Controllers}: CgroupLayout): string => {
	const old = `v1 ${Object.keys(v1).sort().join(', ')}`;
	const own = `cgroup2 ${v2Controllers.join(', ') || 'without controllers'}`;
	return `${mode}: ${[...(mode === 'v2' ? [] : [old]), ...(unified === undefined ? [] : [own])].join('; ')}`;
};

const layout = ({cgroups, mounts}: MachineFacts): Finding => {
	const common = {name: 'cgroups', level: 'required'} as const;
	if (cgroups instanceof CtnError) {
		return {...common, ok: false, value: bareMessage(cgroups), missing: 'every container has a cgroup, by which it is counted, frozen and ended', cure: cgroups.cure};
	}

	// Beside cgroup2 alone there may be v1 hierarchies for something else, which are none of our business
	const ours = new Set([...(cgroups.mode === 'v2' ? [] : Object.values(cgroups.v1)), ...(cgroups.unified === undefined ? [] : [cgroups.unified])]);
	const fixed = mounts.filter(({type, mountPoint, options}) => type.startsWith('cgroup') && ours.has(mountPoint) && options.includes('ro'));
	return {
		...common,
		ok: fixed.length === 0,
		value: fixed.length === 0 ? describe(cgroups) : `${describe(cgroups)}; read-only at ${fixed.map(({mountPoint}) => mountPoint).join(', ')}`,
		missing: 'no cgroup can be made there, and every container needs one',
		cure: 'mount them writable; a container that this process itself is in needs a cgroup namespace and a writable cgroup mount',
	};
};

/** What is lost without each controller. cgroup2 controls devices and freezes by itself, and counts CPU time with cpu. */
const controllerUses: ReadonlyArray<readonly [controller: string, use: string, onV2: boolean]> = [
	['memory', 'memory limits and figures', true],
	['cpu', 'CPU limits', true],
	['pids', 'limits of processes', true],
	['cpuset', 'binding to CPUs', true],
	['cpuacct', 'CPU figures', false],
	['devices', 'rules for devices, so that a container may use any', false],
];

const controllers = ({cgroups}: MachineFacts): Finding => {
	const known = cgroups instanceof CtnError ? [] : cgroups.mode === 'v2' ? cgroups.v2Controllers : Object.keys(cgroups.v1);
	const isV2 = !(cgroups instanceof CtnError) && cgroups.mode === 'v2';
	const needsFreezer = !(cgroups instanceof CtnError) && cgroups.unified === undefined;
	const wanted = [
		...controllerUses.filter(([, , onV2]) => onV2 || !isV2),
		...(needsFreezer ? [['freezer', 'pause, and checkpoints', false] as const] : []),
	];
	const absent = wanted.filter(([controller]) => !known.includes(controller));
	return {
		name: 'cgroup controllers',
		level: 'recommended',
		ok: absent.length === 0,
		value: absent.length === 0 ? wanted.map(([controller]) => controller).join(', ') : `without ${absent.map(([controller]) => controller).join(', ')}`,
		missing: `there are no ${absent.map(([, use]) => use).join('; no ')}`,
		cure: isV2
			? 'have the parent of this cgroup namespace enable them in its cgroup.subtree_control'
			: 'mount them: mount -t cgroup -o NAME cgroup /sys/fs/cgroup/NAME, in a kernel that has them and does not use them in cgroup2',
	};
};

export const cgroupFindings = (facts: MachineFacts): Finding[] => [layout(facts), controllers(facts)];
