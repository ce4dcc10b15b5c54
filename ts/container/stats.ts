// stats: what a container uses, from all places that count it.
import {readRdtStats} from '../cgroups/rdt-stats.js';
import {readStats, type Stats} from '../cgroups/stats.js';
import type {Native} from '../native/native.js';
import type {SavedContainer} from '../state/record.js';

/** Reads cgroup, network namespace and class of service of a container that is there. */
export const containerStats = async (native: Native, {record, config}: SavedContainer): Promise<Stats> => {
	const hasNetwork = config.linux.namespaces?.some(({type}) => type === 'network');
	const stats = await readStats(native, record.cgroup, hasNetwork ? record.pid : undefined);
	return record.rdt === undefined ? stats : {...stats, intel_rdt: await readRdtStats(native, record.rdt)};
};
