// update: new limits for a container that is there, saved with it.
import {enableControllers, joinControllers, withControllers} from '../cgroups/join.js';
import {Cgroup} from '../cgroups/cgroup.js';
import {mergeResources} from '../cgroups/merge.js';
import {updateRdt, type RdtChange, type RdtUpdate} from '../cgroups/rdt-update.js';
import {updateCgroup, updateLimits} from '../cgroups/update.js';
import type {Resources} from '../oci/config.js';
import {validateRdtUpdate, validateResources} from '../oci/validate/index.js';
import type {SavedContainer} from '../state/record.js';
import type {Context} from './context.js';
import {updateUnit} from './unit.js';

/** What update changes besides resources. */
export interface UpdateOptions {
	/** Other schemata of Intel RDT; a container without a class of service of its own is put into a new one. */
	readonly intelRdt?: RdtUpdate | undefined;
}

const changeRdt = async ({native, store}: Context, saved: SavedContainer, root: string | undefined, given: RdtUpdate | undefined): Promise<RdtChange | undefined> => {
	if (given === undefined) {
		return undefined;
	}

	const {record} = saved;
	return updateRdt(native, {
		id: record.id, root, before: record.rdt, given: validateRdtUpdate(given),
		pids: async () => new Cgroup(native, record.cgroup).pids(),
		save: rdt => store.saveOps(rdt === undefined ? record : {...record, rdt}),
	});
};

interface CgroupChange {
	readonly before: SavedContainer;
	readonly after: SavedContainer;
	readonly given: Resources;
	readonly controllers: readonly string[];
}

/** Into the hierarchies that are missing; then systemd is told, and the limits are written. */
const changeCgroup = async (context: Context, {before, after, given, controllers}: CgroupChange): Promise<void> => {
	const {native, store} = context;
	const {cgroups} = await context.machine();
	const {cgroup} = after.record;
	const merged = after.config.linux.resources!;
	if (cgroups.mode === 'v2') {
		await enableControllers(native, cgroups, cgroup, controllers);
	} else if (Object.keys(cgroup.v1).length > Object.keys(before.record.cgroup.v1).length) {
		await native.batch(store.saveOps(after.record)); // First: what is made must be found by delete
		await joinControllers(native, cgroups, before.record.cgroup, cgroup);
	}

	await updateUnit(context, cgroup, merged);
	try {
		await updateCgroup(native, {record: cgroup, given, merged, save: store.saveConfigOps(before.record.id, after.config)});
	} catch (error) {
		await updateUnit(context, cgroup, before.config.linux.resources).catch(() => {}); // The first failure is the one to tell
		throw error;
	}
};

/**
 * Sets the limits that are given, and saves them.
 *
 * @returns What is saved of the container now.
 * @throws CtnError `ERR_CONFIG_INVALID`, `ERR_CGROUP_LIMIT`, `ERR_CGROUP_LAYOUT`; the limits are as before, then.
 */
export const updateContainer = async (context: Context, saved: SavedContainer, resources: Resources, {intelRdt}: UpdateOptions = {}): Promise<SavedContainer> => {
	const {cgroups} = await context.machine();
	const given = validateResources(resources, {cgroupVersion: cgroups.mode === 'v2' ? 2 : 1, warn: message => context.warn(message)});
	const merged = mergeResources(saved.config.linux.resources, given);
	const controllers = [...new Set(updateLimits(cgroups.mode, given, merged).map(({controller}) => controller))];
	const cgroup = withControllers(cgroups, saved.record.cgroup, controllers);
	const change = await changeRdt(context, {...saved, record: {...saved.record, cgroup}}, cgroups.resctrl, intelRdt);
	const after: SavedContainer = {
		record: {...saved.record, cgroup, ...(change && {rdt: change.record})},
		config: {...saved.config, linux: {...saved.config.linux, resources: merged, ...(change && {intelRdt: {...saved.config.linux.intelRdt, ...intelRdt}})}},
	};
	try {
		await changeCgroup(context, {before: saved, after, given, controllers});
	} catch (error) {
		await change?.undo();
		throw error;
	}

	return after;
};
