// The cgroup of a container as a transient scope of systemd: its name, its place, what systemd is asked for.
import {CtnError} from '../errors.js';
import type {HostOp} from '../native/native.js';
import type {ValidConfig} from '../oci/config.js';
import {deviceRules} from './devices.js';
import type {CgroupLayout} from './layout.js';
import {planCgroup, type CgroupPlan} from './plan.js';
import {deviceProperties} from './unit-devices.js';
import {annotationProperties, resourceProperties, type UnitProperty} from './unit-properties.js';

export type {UnitProperty} from './unit-properties.js';

/** systemd over D-Bus, as far as scopes need it; a host brings it. */
export interface Systemd {
	/** The cgroup that a user's own systemd was given, below which its units are; undefined for the system's. */
	readonly delegated: string | undefined;
	/** Starts a transient unit; resolves when it is there. */
	start(unit: string, properties: readonly UnitProperty[]): Promise<void>;
	/** Sets properties of a unit until it is gone. */
	set(unit: string, properties: readonly UnitProperty[]): Promise<void>;
	/** Stops a unit, and forgets that it failed; one that is not there is no error. */
	stop(unit: string): Promise<void>;
	/** Moves processes into the cgroup of a unit, or to a path below it. */
	attach(unit: string, path: string, pids: readonly number[]): Promise<void>;
}

export interface UnitPlan {
	readonly name: string;
	readonly properties: readonly UnitProperty[];
}

const invalid = (path: string | undefined): never => {
	throw new CtnError('ERR_CONFIG_INVALID', `config.json: linux.cgroupsPath must be "slice:prefix:name" for systemd, not ${JSON.stringify(path)}`, {subject: 'linux.cgroupsPath'});
};

const word = /^[A-Za-z0-9:_.@\\-]+$/;

/** `a-b.slice` is below `a.slice`; `-.slice` is the root. */
export const slicePath = (slice: string): string => {
	const name = slice.slice(0, -'.slice'.length);
	if (name === '-') {
		return '';
	}

	const parts = name.split('-');
	if (!slice.endsWith('.slice') || parts.includes('') || !word.test(slice)) {
		return invalid(slice);
	}

	return parts.map((_, index) => `/${parts.slice(0, index + 1).join('-')}.slice`).join('');
};

/** Slice and unit of `slice:prefix:name`; by default `ctnative-<id>.scope` in `system.slice`, or `user.slice`. */
export const unitOf = (cgroupsPath: string | undefined, id: string, defaultSlice = 'system.slice'): {readonly slice: string; readonly unit: string} => {
	const [slice, prefix, name, ...rest] = cgroupsPath ? cgroupsPath.split(':') : ['', 'ctnative', id];
	if (slice === undefined || prefix === undefined || !name || rest.length > 0 || !word.test(name) || (prefix !== '' && !word.test(prefix))) {
		return invalid(cgroupsPath);
	}

	return {slice: slice || defaultSlice, unit: `${prefix === '' ? '' : `${prefix}-`}${name}.scope`};
};

const standard = (mode: CgroupLayout['mode'], slice: string, id: string): UnitProperty[] => [
	['Description', 's', `ctnative container ${id}`],
	['Slice', 's', slice],
	['Delegate', 'b', true],
	['CPUAccounting', 'b', true],
	['MemoryAccounting', 'b', true],
	[mode === 'v2' ? 'IOAccounting' : 'BlockIOAccounting', 'b', true],
	['TasksAccounting', 'b', true],
	['DefaultDependencies', 'b', false],
];

/** systemd has made some of the directories, and looks after what is in its own hierarchy. */
const afterSystemd = (op: HostOp): HostOp => op.op === 'mkdir' ? {...op, okErrno: 'EEXIST'} : op;

/**
 * The plan for a container in a scope.
 *
 * A user's systemd has no say in devices: nobody without privileges may load the program for them.
 *
 * @param devices Text of /proc/devices.
 * @param delegated As Systemd has it.
 * @throws CtnError `ERR_CONFIG_INVALID`, `ERR_CGROUP_LAYOUT` for a user's systemd on cgroup v1, and what planCgroup() throws.
 */
export const planUnit = (layout: CgroupLayout, id: string, {linux, annotations}: ValidConfig, devices = '', delegated?: string): CgroupPlan => {
	const isUsers = delegated !== undefined;
	if (isUsers && layout.mode !== 'v2') {
		throw new CtnError('ERR_CGROUP_LAYOUT', `the systemd of a user has no cgroups to give on cgroup ${layout.mode}`, {subject: 'cgroupDriver', cure: 'use cgroup v2 alone, or the driver cgroupfs'});
	}

	const {slice, unit} = unitOf(linux.cgroupsPath, id, isUsers ? 'user.slice' : 'system.slice');
	const resources = linux.resources ?? {};
	const path = `${delegated ?? ''}${slicePath(slice)}/${unit}`;
	const plan = planCgroup(layout, id, path, resources, layout.mode === 'v2' ? [] : ['name=systemd']);
	return {
		...plan,
		record: {...plan.record, unit, ...(isUsers && {attach: true})},
		limits: isUsers ? plan.limits.filter(({op}) => op !== 'devices') : plan.limits,
		create: layout.mode === 'v2' ? [] : plan.create.map(afterSystemd),
		unit: {
			name: unit,
			properties: [
				...standard(layout.mode, slice, id),
				...(isUsers ? [] : deviceProperties(layout.mode, deviceRules(resources.devices), devices)),
				...resourceProperties(layout.mode, resources),
				...annotationProperties(annotations),
			],
		},
	};
};
