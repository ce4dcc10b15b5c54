// preDump: the memory of a container that runs on, so that a later checkpoint has less to write.
import {Cgroup} from '../cgroups/cgroup.js';
import {preDump} from '../criu/client.js';
import {surroundingsWithKerndat} from '../criu/kerndat.js';
import {workingCriu} from '../criu/probe.js';
import type {Native} from '../native/native.js';
import type {SavedContainer} from '../state/record.js';
import {alone} from './alone.js';
import {configFileOf} from './config-file.js';
import {groupOf, prepareDirectory, publishDirectory, removeDirectory, sizeOf} from './directory.js';
import {absoluteImages, type CheckpointContext, type CheckpointOptions, type CheckpointResult} from './dump.js';
import {unlessGone} from './freeze.js';
import {explainRescue, Guard} from './guard.js';
import {checkParent, requireTracking} from './parent.js';
import {readDumpStats} from './stats.js';
import {tracking} from './tracked.js';

export type PreDumpOptions = Pick<CheckpointOptions,
	'imagesDir' | 'replace' | 'signal' | 'workDir' | 'parentImg' | 'autoDedup' | 'pageServer' | 'preDumpMode' | 'timeout' | 'logLevel' | 'logFile' | 'configFile' | 'ghostLimit'
	| 'tls' | 'tlsCacert' | 'tlsCacrl' | 'tlsCert' | 'tlsKey' | 'tlsNoCnVerify'>;

/** CRIU freezes the container itself, for as long as it needs: then nobody has to thaw it, should we be killed. */
const guarded = async (native: Native, cgroup: Cgroup, run: (onStart: (criu: number) => Promise<void>) => Promise<void>): Promise<void> => {
	const [state] = await native.batch([cgroup.frozenOp()]);
	const isPaused = cgroup.isFrozen(state);
	const guard = new Guard(native);
	try {
		await run(async criu => guard.begin(criu, cgroup, isPaused, true));
		await guard.end();
	} catch (error) {
		const rescue = await guard.end();
		await unlessGone(isPaused ? cgroup.freeze() : cgroup.thaw());
		throw explainRescue(error, rescue);
	}
};

/** @throws CtnError `ERR_CHECKPOINT_UNSUPPORTED`, `ERR_CRIU_NOT_FOUND`, `ERR_CRIU_UNUSABLE`. */
export const requirePreDump = async ({native, criu}: CheckpointContext, id: string): Promise<string> => {
	const probe = await workingCriu(native, criu);
	requireTracking(id, probe);
	return probe.path;
};

const preDumpAlone = async (context: CheckpointContext, {record, config}: SavedContainer, options: PreDumpOptions): Promise<CheckpointResult> => {
	const {native} = context;
	const imagesDir = absoluteImages(options.imagesDir);
	const path = await requirePreDump(context, record.id);
	const {replace = false, signal, configFile, ...given} = options;
	const conf = await configFileOf(native, config, configFile);
	const directory = await prepareDirectory(native, imagesDir, groupOf(config), replace);
	const cgroup = new Cgroup(native, record.cgroup);
	const inside = await surroundingsWithKerndat(native, path); // Killed while it looks at the kernel, it would leave mounts of its own
	try {
		const state = context.store.directory(record.id);
		await checkParent(native, directory, options, state);
		await tracking(native, state, () => directory, async () => guarded(native, cgroup, async onStart =>
			preDump({native, path}, record.pid, {...given, ...conf, imagesDir: directory, freezeCgroup: cgroup.main}, {signal, inside, onStart})));
		const stats = await readDumpStats(native, options.workDir ?? directory);
		const sizeBytes = await sizeOf(native, directory);
		await publishDirectory(native, directory, imagesDir, replace, false);
		return {imagesDir, sizeBytes, stats, downtimeUs: (stats?.freezingTimeUs ?? 0) + (stats?.frozenTimeUs ?? 0)};
	} catch (error) {
		await removeDirectory(native, directory);
		throw error;
	} finally {
		inside?.close();
	}
};

/**
 * Writes the memory of a container that runs on. It stands still only while pages are put aside.
 *
 * @throws CtnError as dumpContainer() does; then no images are left.
 */
export const preDumpContainer = async (context: CheckpointContext, saved: SavedContainer, options: PreDumpOptions): Promise<CheckpointResult> => {
	const {id} = saved.record;
	return alone(context.native, id, context.store.directory(id), async () => preDumpAlone(context, saved, options));
};
