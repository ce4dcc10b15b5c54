// preDump: the memory of a container that runs on, so that a later checkpoint has less to write.
import {Cgroup} from '../cgroups/cgroup.js';
import {preDump} from '../criu/client.js';
import {workingCriu} from '../criu/probe.js';
import type {SavedContainer} from '../state/record.js';
import {groupOf, prepareDirectory, publishDirectory, removeDirectory, sizeOf} from './directory.js';
import {absoluteImages, type CheckpointContext, type CheckpointOptions, type CheckpointResult} from './dump.js';
import {checkParent, requireTracking} from './parent.js';
import {readDumpStats} from './stats.js';

export type PreDumpOptions = Pick<CheckpointOptions,
	'imagesDir' | 'replace' | 'signal' | 'workDir' | 'parentImg' | 'autoDedup' | 'pageServer' | 'preDumpMode' | 'timeout' | 'logLevel' | 'logFile' | 'configFile' | 'ghostLimit'
	| 'tls' | 'tlsCacert' | 'tlsCacrl' | 'tlsCert' | 'tlsKey' | 'tlsNoCnVerify'>;

/**
 * Writes the memory of a container that runs on. It stands still only while pages are put aside.
 *
 * @throws CtnError as dumpContainer() does; then no images are left.
 */
export const preDumpContainer = async (context: CheckpointContext, {record, config}: SavedContainer, options: PreDumpOptions): Promise<CheckpointResult> => {
	const {native} = context;
	const imagesDir = absoluteImages(options.imagesDir);
	const probe = await workingCriu(native, context.criu);
	requireTracking(record.id, probe);
	const {replace = false, signal, ...given} = options;
	const directory = await prepareDirectory(native, imagesDir, groupOf(config), replace);
	try {
		await checkParent(native, directory, options);
		await preDump({native, path: probe.path}, record.pid, {...given, imagesDir: directory, freezeCgroup: new Cgroup(native, record.cgroup).main}, {signal});
		const stats = await readDumpStats(native, options.workDir ?? directory);
		const sizeBytes = await sizeOf(native, directory);
		await publishDirectory(native, directory, imagesDir, replace, false);
		return {imagesDir, sizeBytes, stats, downtimeUs: (stats?.freezingTimeUs ?? 0) + (stats?.frozenTimeUs ?? 0)};
	} catch (error) {
		await removeDirectory(native, directory);
		throw error;
	}
};
