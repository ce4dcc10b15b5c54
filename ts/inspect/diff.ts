// Two checkpoints of one container: what has changed in between.
import {CtnError} from '../errors.js';
import type {OpenFileInfo} from './files.js';
import {diffMemory, type MemoryDiff} from './diff-memory.js';
import {withReader} from './reader.js';
import type {MountInfo} from './mounts.js';
import {allProcesses, type ProcessInfo, type Tasks} from './task.js';

/** What is compared. */
export interface DiffOptions {
	/** Processes that came or went, and what is told of each, such as its arguments. Default: true. */
	readonly processes?: boolean | undefined;
	/** Open files, sockets among them. Default: true. */
	readonly files?: boolean | undefined;
	/** Sockets, also without other files. Default: true. */
	readonly sockets?: boolean | undefined;
	/** Default: true. */
	readonly mounts?: boolean | undefined;
	/** The pages of memory. Default: true. */
	readonly memory?: boolean | undefined;
	/** Only the process of this id; of mounts none. Default: all. */
	readonly pid?: number | undefined;
}

export interface Changes<Item> {
	readonly added: readonly Item[];
	readonly removed: readonly Item[];
}

/** A process that both have. */
export interface ProcessChange {
	readonly pid: number;
	readonly comm: string;
	/** What of it is different, before and after: `state`, `args`, `uid` … */
	readonly fields: Readonly<Record<string, readonly [before: unknown, after: unknown]>>;
	/** Descriptors and other files; one that now leads elsewhere is removed and added. Sockets that changed their state, too. */
	readonly files: Changes<OpenFileInfo>;
	/** Undefined if nothing of it changed, or it was not compared. */
	readonly memory: MemoryDiff | undefined;
}

export interface CheckpointDiff {
	readonly processes: Changes<ProcessInfo>;
	/** Those in which something is different. */
	readonly changed: readonly ProcessChange[];
	readonly mounts: Changes<MountInfo>;
}

/** A bigint has no JSON. */
const keyOf = (value: unknown): string => JSON.stringify(value, (_, part: unknown) => typeof part === 'bigint' ? `${part}n` : part);

const changesOf = <Item>(before: readonly Item[], after: readonly Item[]): Changes<Item> => {
	const old = new Set(before.map(keyOf));
	const now = new Set(after.map(keyOf));
	return {added: after.filter(item => !old.has(keyOf(item))), removed: before.filter(item => !now.has(keyOf(item)))};
};

const isEmpty = ({added, removed}: Changes<unknown>): boolean => added.length + removed.length === 0;

const compared = ['parent', 'group', 'session', 'threads', 'comm', 'state', 'args', 'env', 'uid', 'gid'] as const;

const fieldsOf = (before: ProcessInfo, after: ProcessInfo): ProcessChange['fields'] => Object.fromEntries(compared
	.filter(name => keyOf(before[name]) !== keyOf(after[name]))
	.map(name => [name, [before[name], after[name]]]));

/** An id of CRIU's, in a path such as `eventpoll[12]`, is not the same in two dumps of one thing; nor is an inode. */
const comparable = (files: readonly OpenFileInfo[]): OpenFileInfo[] => files.map(file => ({...file, path: file.path.replace(/^(?!\/)(\w+)\[\d+\]$/, '$1')}));

/** Of a process, what is to be compared. */
const wantedFiles = (all: readonly OpenFileInfo[], {files = true, sockets = true}: DiffOptions): OpenFileInfo[] =>
	comparable(all.filter(({socket}) => files || (sockets && socket !== undefined)));

const processesOf = (root: ProcessInfo | undefined, pid: number | undefined): Map<number, ProcessInfo> =>
	new Map(allProcesses(root).filter(process => pid === undefined || process.pid === pid).map(process => [process.pid, process]));

/** @throws CtnError `ERR_CHECKPOINT_IMAGES`; `ERR_ARGUMENT` if neither has the process that was asked for. */
export const diffTasks = async (before: Tasks, after: Tasks, options: DiffOptions): Promise<CheckpointDiff> => {
	const {processes = true, mounts = true, memory = true, pid: only} = options;
	const roots = [await before.tree(), await after.tree()] as const;
	const [old, now] = [processesOf(roots[0], only), processesOf(roots[1], only)];
	if (only !== undefined && old.size + now.size === 0) {
		throw new CtnError('ERR_ARGUMENT', `neither checkpoint has a process ${only}`, {subject: 'pid'});
	}

	const changed: ProcessChange[] = [];
	await withReader(async reader => {
		for (const [pid, process] of now) {
			const was = old.get(pid);
			if (was === undefined) {
				continue;
			}

			const fields = processes ? fieldsOf(was, process) : {};
			const files = changesOf(wantedFiles(was.files, options), wantedFiles(process.files, options));
			const pages = memory && was.memory && process.memory ? await diffMemory(reader, await before.memory(pid), await after.memory(pid)) : undefined;
			if (Object.keys(fields).length > 0 || !isEmpty(files) || pages !== undefined) {
				changed.push({pid, comm: process.comm, fields, files, memory: pages});
			}
		}
	});
	/** Those that the others lack. */
	const alone = (some: Map<number, ProcessInfo>, others: Map<number, ProcessInfo>): ProcessInfo[] => processes ? [...some.values()].filter(({pid}) => !others.has(pid)) : [];
	return {
		processes: {added: alone(now, old), removed: alone(old, now)},
		changed,
		mounts: mounts && only === undefined ? changesOf(await before.mounts(roots[0]?.pid), await after.mounts(roots[1]?.pid)) : {added: [], removed: []},
	};
};
