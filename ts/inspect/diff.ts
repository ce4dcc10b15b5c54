// Two checkpoints of one container: what has changed in between.
import type {OpenFileInfo} from './files.js';
import {diffMemory, type MemoryDiff} from './diff-memory.js';
import {withReader} from './reader.js';
import type {MountInfo} from './mounts.js';
import {allProcesses, type ProcessInfo, type Tasks} from './task.js';

export interface DiffOptions {
	/** Compare the memory, too. Default: true. */
	readonly memory?: boolean | undefined;
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

/** @throws CtnError `ERR_CHECKPOINT_IMAGES` */
export const diffTasks = async (before: Tasks, after: Tasks, {memory = true}: DiffOptions): Promise<CheckpointDiff> => {
	const roots = [await before.tree(), await after.tree()] as const;
	const old = new Map(allProcesses(roots[0]).map(process => [process.pid, process]));
	const now = new Map(allProcesses(roots[1]).map(process => [process.pid, process]));
	const changed: ProcessChange[] = [];
	await withReader(async reader => {
		for (const [pid, process] of now) {
			const was = old.get(pid);
			if (was === undefined) {
				continue;
			}

			const fields = fieldsOf(was, process);
			const files = changesOf(comparable(was.files), comparable(process.files));
			const pages = memory && was.memory && process.memory ? await diffMemory(reader, await before.memory(pid), await after.memory(pid)) : undefined;
			if (Object.keys(fields).length > 0 || !isEmpty(files) || pages !== undefined) {
				changed.push({pid, comm: process.comm, fields, files, memory: pages});
			}
		}
	});
	return {
		processes: {
			added: [...now.values()].filter(({pid}) => !old.has(pid)),
			removed: [...old.values()].filter(({pid}) => !now.has(pid)),
		},
		changed,
		mounts: changesOf(await before.mounts(roots[0]?.pid), await after.mounts(roots[1]?.pid)),
	};
};
