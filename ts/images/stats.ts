// stats-dump and stats-restore: what CRIU measured of itself.
import {readRecord} from './records.js';

/**
 * Of a dump. Times are in microseconds, counts in pages (4096 bytes on x86-64).
 *
 * The waiting of CRIU's caller, and what happens before the freeze and after the thaw, is in none of them.
 */
export interface DumpStats {
	/** Until all tasks stood still. */
	readonly freezingTimeUs: number;
	/** For how long they stood still. */
	readonly frozenTimeUs: number;
	/** To move the memory into pipes. */
	readonly memdumpTimeUs: number;
	/** From there to the images, or the page server. */
	readonly memwriteTimeUs: number;
	readonly pagesScanned: bigint;
	/** Not written: unchanged since the parent checkpoint. */
	readonly pagesSkippedParent: bigint;
	readonly pagesWritten: bigint;
	/** Left with the source, to be fetched when needed. */
	readonly pagesLazy: bigint;
	/** The same for shared memory; undefined from an old CRIU. */
	readonly shpagesScanned: bigint | undefined;
	readonly shpagesSkippedParent: bigint | undefined;
	readonly shpagesWritten: bigint | undefined;
}

/** Of a restore. Times are in microseconds, counts in pages. */
export interface RestoreStats {
	readonly forkingTimeUs: number;
	readonly restoreTimeUs: number;
	readonly pagesCompared: bigint;
	/** Not copied: a parent and its child had the same. */
	readonly pagesSkippedCow: bigint;
	/** Undefined from an old CRIU. */
	readonly pagesRestored: bigint | undefined;
}

export interface Stats {
	readonly dump: DumpStats | undefined;
	readonly restore: RestoreStats | undefined;
}

/**
 * Reads `stats-dump` or `stats-restore`: one of the two is set.
 *
 * @throws CtnError `ERR_CHECKPOINT_IMAGES` if it is neither.
 */
export const readStats = (bytes: Uint8Array): Stats => {
	const {dump, restore} = readRecord('stats', bytes);
	return {
		dump: dump && {
			freezingTimeUs: dump.freezing_time,
			frozenTimeUs: dump.frozen_time,
			memdumpTimeUs: dump.memdump_time,
			memwriteTimeUs: dump.memwrite_time,
			pagesScanned: dump.pages_scanned,
			pagesSkippedParent: dump.pages_skipped_parent,
			pagesWritten: dump.pages_written,
			pagesLazy: dump.pages_lazy,
			shpagesScanned: dump.shpages_scanned,
			shpagesSkippedParent: dump.shpages_skipped_parent,
			shpagesWritten: dump.shpages_written,
		},
		restore: restore && {
			forkingTimeUs: restore.forking_time,
			restoreTimeUs: restore.restore_time,
			pagesCompared: restore.pages_compared,
			pagesSkippedCow: restore.pages_skipped_cow,
			pagesRestored: restore.pages_restored,
		},
	};
};
