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
	/** Starts a transient unit; resolves when it is there. */
	start(unit: string, properties: readonly UnitProperty[]): Promise<void>;
	/** Sets properties of a unit until it is gone. */
	set(unit: string, properties: readonly UnitProperty[]): Promise<void>;
	/** Stops a unit, and forgets that it failed; one that is not there is no error. */
	stop(unit: string): Promise<void>;
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

/** Slice and unit of `slice:prefix:name`; by default `ctnative-<id>.scope` in `system.slice`. */
export const unitOf = (cgroupsPath: string | undefined, id: string): {readonly slice: string; readonly unit: string} => {
	const [slice, prefix, name, ...rest] = cgroupsPath ? cgroupsPath.split(':') : ['', 'ctnative', id];
	if (slice === undefined || prefix === undefined || !name || rest.length > 0 || !word.test(name) || (prefix !== '' && !word.test(prefix))) {
		return invalid(cgroupsPath);
	}

	return {slice: slice || 'system.slice', unit: `${prefix === '' ? '' : `${prefix}-`}${name}.scope`};
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
 * @param devices Text of /proc/devices.
 * @throws CtnError `ERR_CONFIG_INVALID`, and what planCgroup() throws.
 */
export const planUnit = (layout: CgroupLayout, id: string, {linux, annotations}: ValidConfig, devices = ''): CgroupPlan => {
	const {slice, unit} = unitOf(linux.cgroupsPath, id);
	const resources = linux.resources ?? {};
	const path = `${slicePath(slice)}/${unit}`;
	const plan = planCgroup(layout, id, path, resources, layout.mode === 'v2' ? [] : ['name=systemd']);
	return {
		...plan,
		record: {...plan.record, unit},
		create: layout.mode === 'v2' ? [] : plan.create.map(afterSystemd),
		unit: {
			name: unit,
			properties: [
				...standard(layout.mode, slice, id),
				...deviceProperties(layout.mode, deviceRules(resources.devices), devices),
				...resourceProperties(layout.mode, resources),
				...annotationProperties(annotations),
			],
		},
	};
};
