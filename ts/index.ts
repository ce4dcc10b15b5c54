/**
 * ctnative: Linux containers from inside Node.js.
 *
 * The public API, and the only place that builds the real Native.
 */
import {readFileSync} from 'node:fs';
import type {ExportOptions} from './archive/export.js';
import type {ImportedCheckpoint, ImportOptions} from './archive/import.js';
import {defaultRoot, dependsOnUidMap} from './container/default-root.js';
import {RuntimeCore, type RuntimeOptions} from './container/runtime.js';
import {linuxNative} from './native/linux.js';
import type {CheckReport} from './preflight/check.js';

const rootOfThisUser = (): string => {
	const uid = process.geteuid!();
	return defaultRoot(process.env, uid, dependsOnUidMap(process.env, uid) ? readFileSync('/proc/self/uid_map', 'utf8') : undefined);
};

/** Makes and finds the containers of one state directory. */
export class Runtime extends RuntimeCore {
	/** @throws CtnError `ERR_NATIVE_LOAD` if the native parts are missing; `ERR_ARGUMENT`. */
	constructor(options: RuntimeOptions = {}) {
		super(linuxNative(), {onWarning: message => process.emitWarning(message, 'CtnativeWarning'), ...options, root: options.root ?? rootOfThisUser()}, (process.env['PATH'] ?? '').split(':'), {
			systemd: async () => (await import('./systemd/connection.js')).connectSystemd(),
		});
	}

	/**
	 * Tells what this machine can do: an item for each thing looked at, and for each that is missing
	 * what it costs and the cure.
	 *
	 * Works without root, too, to tell what is missing. Takes a tenth of a second, most of it CRIU's.
	 *
	 * @throws CtnError `ERR_NATIVE` if the machine cannot be looked at. A missing thing is no error.
	 */
	async check(): Promise<CheckReport> {
		const {checkMachine} = await import('./preflight/check.js');
		const {native, criu} = this.context;
		return checkMachine(native, {criu, root: this.root, arch: process.arch});
	}
}

/**
 * Makes a checkpoint directory of an archive of podman, CRI-O or containerd, all of it or nothing. An
 * archive may come from an attacker: it holds files of a checkpoint only, or is refused.
 *
 * @param archive File, compressed or not.
 * @param imagesDir Absolute path; made if it is missing, and must be empty.
 * @throws CtnError `ERR_ARCHIVE`; `ERR_CHECKPOINT_IMAGES` if `imagesDir` is not empty.
 */
export const importCheckpoint = async (archive: string, imagesDir: string, options: ImportOptions = {}): Promise<ImportedCheckpoint> =>
	(await import('./archive/import.js')).importArchive(linuxNative(), archive, imagesDir, options);

/**
 * Writes a checkpoint as an archive that podman restores (`container restore --import`), as a stream.
 *
 * @param archive File; must not be there.
 * @throws CtnError `ERR_ARGUMENT`, `ERR_ARCHIVE`, `ERR_CHECKPOINT_UNSUPPORTED`; `ERR_CHECKPOINT_IMAGES` if one before it is gone.
 */
export const exportCheckpoint = async (imagesDir: string, archive: string, options: ExportOptions = {}): Promise<void> =>
	(await import('./archive/export.js')).exportArchive(linuxNative(), imagesDir, archive, options, await (await import('./inspect/flatten.js')).flatten(imagesDir));

export {Container} from './container/container.js';
export type {ContainerState} from './container/container-state.js';
export type {ExecOptions} from './container/exec.js';
export type {UpdateOptions} from './container/update.js';
export type {AbortSignalLike, ContainerEvent, EventsOptions} from './container/events.js';
export {Checkpoint, type Inspection, type Verification} from './inspect/checkpoint.js';
export {listCheckpoints, type ListedCheckpoint, type ListOptions} from './inspect/list.js';
export type {CheckpointDiff, Changes, DiffOptions, ProcessChange} from './inspect/diff.js';
export type {MemoryDiff, PageRange} from './inspect/diff-memory.js';
export type {CheckpointSize} from './inspect/images.js';
export type {OpenFileInfo} from './inspect/files.js';
export type {MemoryPart, MemoryPlace, MemoryTotals, ProcessMemory} from './inspect/memory.js';
export type {MountInfo} from './inspect/mounts.js';
export type {MemoryRegion, RegionKind} from './inspect/regions.js';
export type {MemoryMatch} from './inspect/search.js';
export type {SocketInfo} from './inspect/sockets.js';
export type {ProcessInfo, TaskState} from './inspect/task.js';
export type {HostFacts} from './checkpoint/host.js';
export type {Manifest, SealedFile} from './checkpoint/manifest.js';
export type {CheckpointEvent, CheckpointStage} from './checkpoint/progress.js';
export {Operation} from './container/operation.js';
export type {RestoreEvent, RestoreStage} from './container/restore.js';
export type {DumpStats, RestoreStats} from './images/stats.js';
export type {PressureLevel} from './cgroups/watch.js';
export {Process, type ExitStatus} from './container/process.js';
export type {Compression} from './archive/compression.js';
export type {ExportOptions} from './archive/export.js';
export type {ImportedCheckpoint, ImportOptions} from './archive/import.js';
export type {CheckpointOrigin} from './archive/origin.js';
export type {ArchiveLimits} from './archive/tar.js';
export type {CheckpointOptions, CheckpointResult} from './checkpoint/dump.js';
export type {MigrateOptions, MigrateResult} from './checkpoint/migrate.js';
export type {ReceiveFrom} from './checkpoint/receive.js';
export type {PreDumpOptions} from './checkpoint/pre-dump.js';
export type {PageServer, PageServerOptions} from './criu/page-server.js';
export type {CreateOptions, ReceiveOptions, RestoreOptions, RunOptions, RuntimeOptions} from './container/runtime.js';
export type {PoolOptions} from './container/pool.js';
export type {CniNetwork, CniOptions, CniPlugin} from './network/cni-config.js';
export type {NetworkStatus} from './network/cni-plan.js';
export type {Network, Route} from './network/networks.js';
export type {CriuOpts} from './criu/opts.js';
export type {LazyCheckpointOptions, LazyReady} from './checkpoint/lazy-dump.js';
export type {LazyRestoreOptions, TransferKey} from './pager/options.js';
export type {LazyPages, LazyPagesStats} from './pager/pager.js';
export type {StdioKind, StdioOption} from './container/stdio.js';
export type {CheckItem, CheckLevel, CheckReport} from './preflight/check.js';
export type {BlockIoEntry, BlockIoStats, CpusetStats, HugepageUsage, MemoryUsage, Pressure, Psi, RdmaEntry, Stats} from './cgroups/stats.js';
export type {IntelRdtStats, L3CacheInfo, MemBwInfo} from './cgroups/rdt-stats.js';
export type {RdtUpdate} from './cgroups/rdt-update.js';
export type {NetworkInterface} from './cgroups/stats-text.js';
export {CtnError, errorCodes, type ErrorCode} from './errors.js';
export type {Signal, SignalName} from './linux/signals.js';
export type * from './oci/config.js';
export type {State, Status} from './oci/state.js';
export {defaultConfig} from './oci/spec.js';
