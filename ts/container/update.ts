// update: new limits for a container that is there, saved with it.
import {enableControllers, joinControllers, withControllers} from '../cgroups/join.js';
import {mergeResources} from '../cgroups/merge.js';
import {updateCgroup, updateLimits} from '../cgroups/update.js';
import type {Resources} from '../oci/config.js';
import {validateResources} from '../oci/validate/index.js';
import type {SavedContainer} from '../state/record.js';
import type {Context} from './context.js';
import {updateUnit} from './unit.js';

/**
 * Sets the limits that are given, and saves them.
 *
 * @returns What is saved of the container now.
 * @throws CtnError `ERR_CONFIG_INVALID`, `ERR_CGROUP_LIMIT`, `ERR_CGROUP_LAYOUT`; the limits are as before, then.
 */
export const updateContainer = async (context: Context, saved: SavedContainer, resources: Resources): Promise<SavedContainer> => {
	const {native, store} = context;
	const {cgroups} = await context.machine();
	const given = validateResources(resources, {cgroupVersion: cgroups.mode === 'v2' ? 2 : 1, warn: message => context.warn(message)});
	const merged = mergeResources(saved.config.linux.resources, given);
	const controllers = [...new Set(updateLimits(cgroups.mode, given, merged).map(({controller}) => controller))];
	const cgroup = withControllers(cgroups, saved.record.cgroup, controllers);
	const after: SavedContainer = {
		record: {...saved.record, cgroup},
		config: {...saved.config, linux: {...saved.config.linux, resources: merged}},
	};
	if (cgroups.mode === 'v2') {
		await enableControllers(native, cgroups, cgroup, controllers);
	} else if (Object.keys(cgroup.v1).length > Object.keys(saved.record.cgroup.v1).length) {
		await native.batch(store.saveOps(after.record)); // First: what is made must be found by delete
		await joinControllers(native, cgroups, saved.record.cgroup, cgroup);
	}

	await updateUnit(context, cgroup, merged);
	try {
		await updateCgroup(native, {record: cgroup, given, merged, save: store.saveConfigOps(saved.record.id, after.config)});
	} catch (error) {
		await updateUnit(context, cgroup, saved.config.linux.resources).catch(() => {}); // The first failure is the one to tell
		throw error;
	}

	return after;
};
