// One process of the images: its files read and put together.
import {CtnError} from '../errors.js';
import type {CoreEntry, MmEntry, PstreeEntry} from '../images/images.gen.js';
import {readRecord, readRecords, type RecordOf, type RecordType} from '../images/records.js';
import type {Images} from './images.js';
import {descriptorsOf, openFile, type OpenFileInfo, type OpenFiles} from './files.js';
import {ProcessMemory, totalsOf, type MemoryImage, type MemoryTotals} from './memory.js';
import {mountOf, type MountInfo} from './mounts.js';
import {readSpans, type PageSpan} from './pages.js';
import {regionsOf} from './regions.js';

export type TaskState = 'alive' | 'dead' | 'stopped' | 'zombie' | 'unknown';

export interface ProcessInfo {
	/** As the process knows itself: in its pid namespace. */
	readonly pid: number;
	/** 0 for the first. */
	readonly parent: number;
	readonly group: number;
	readonly session: number;
	/** Ids of its threads; the first is the pid. */
	readonly threads: readonly number[];
	/** Name, up to 15 characters. */
	readonly comm: string;
	readonly state: TaskState;
	/** Undefined where its memory is not in the images, and for a zombie. */
	readonly args: readonly string[] | undefined;
	/** As NAME=value; undefined as with `args`. */
	readonly env: readonly string[] | undefined;
	/** Effective ids, in its user namespace. */
	readonly uid: number | undefined;
	readonly gid: number | undefined;
	/** Descriptors, then cwd, root and exe. */
	readonly files: readonly OpenFileInfo[];
	/** Undefined for a zombie. */
	readonly memory: MemoryTotals | undefined;
	readonly children: readonly ProcessInfo[];
}

const states: Readonly<Record<number, TaskState>> = {1: 'alive', 2: 'dead', 3: 'stopped', 6: 'zombie'};

/** What argv and environment may have together; the kernel's limit is a quarter of the stack's, 6 MiB. */
const mostText = 1 << 23;

/** Empty if there is no such image. */
const recordsOf = async <Type extends RecordType>(directory: Images, type: Type, name: string): Promise<Array<RecordOf<Type>>> => {
	const bytes = await directory.read(name);
	return bytes === undefined ? [] : readRecords(type, bytes);
};

/** The directory, those before it, and what is common to all processes. */
export class Tasks {
	readonly chain: readonly Images[];
	readonly #open: OpenFiles;
	readonly #segments = new Map<bigint, Promise<PageSpan[]>>();
	readonly #images = new Map<number, Promise<MemoryImage>>();

	private constructor(chain: readonly Images[], open: OpenFiles) {
		this.chain = chain;
		this.#open = open;
	}

	/** @throws CtnError `ERR_CHECKPOINT_IMAGES` */
	static async open(directory: Images): Promise<Tasks> {
		const files = await recordsOf(directory, 'files', 'files.img');
		const memfds = await recordsOf(directory, 'memfd-inode', 'memfd.img');
		return new Tasks([directory, ...await directory.parents()], {
			files: new Map(files.map(file => [file.id, file])),
			memfds: new Map(memfds.map(memfd => [Number(memfd.inode_id), memfd])),
		});
	}

	get #directory(): Images {
		return this.chain[0]!;
	}

	/**
	 * The first process with all others below it; undefined in a pre-dump, which has none.
	 *
	 * @throws CtnError `ERR_CHECKPOINT_IMAGES`
	 */
	async tree(): Promise<ProcessInfo | undefined> {
		const bytes = await this.#directory.read('pstree.img');
		const children = new Map<number, ProcessInfo[]>();
		// Parents come before their children
		for (const entry of bytes === undefined ? [] : readRecords('pstree', bytes).reverse()) {
			const process = await this.#process(entry, children.get(entry.pid) ?? []);
			children.delete(entry.pid);
			children.set(entry.ppid, [process, ...children.get(entry.ppid) ?? []]);
		}

		const [root, second] = children.get(0) ?? [];
		if (bytes !== undefined && (root === undefined || second !== undefined || children.size > 1)) {
			throw new CtnError('ERR_CHECKPOINT_IMAGES', `${this.#directory.path}/pstree.img: the processes are no tree`, {subject: this.#directory.path});
		}

		return root;
	}

	/** Of the mount namespace of a process, if it is not the one of CRIU. */
	async mounts(pid: number | undefined): Promise<MountInfo[]> {
		const ids = pid === undefined ? undefined : await this.#record('ids', `ids-${pid}.img`);
		return ids?.mnt_ns_id === undefined ? [] : (await recordsOf(this.#directory, 'mnts', `mountpoints-${ids.mnt_ns_id}.img`)).map(mountOf);
	}

	/**
	 * The memory of a process, without its bytes.
	 *
	 * @throws CtnError `ERR_ARGUMENT` if there is no such process; `ERR_CHECKPOINT_IMAGES`.
	 */
	async memory(pid: number): Promise<MemoryImage> {
		const image = this.#images.get(pid) ?? this.#memoryImage(pid);
		this.#images.set(pid, image);
		return image;
	}

	async #process(entry: PstreeEntry, children: readonly ProcessInfo[]): Promise<ProcessInfo> {
		const {pid} = entry;
		const core = readRecord('core', await this.#directory.need(`core-${pid}.img`));
		const mm = await this.#record('mm', `mm-${pid}.img`);
		const creds = core.thread_core?.creds;
		return {
			pid,
			parent: entry.ppid,
			group: entry.pgid,
			session: entry.sid,
			threads: entry.threads,
			comm: core.tc?.comm ?? '',
			state: states[core.tc?.task_state ?? 0] ?? 'unknown',
			args: mm && await this.#text(pid, mm.mm_arg_start, mm.mm_arg_end),
			env: mm && await this.#text(pid, mm.mm_env_start, mm.mm_env_end),
			uid: creds?.euid,
			gid: creds?.egid,
			files: await this.#filesOf(pid, core, mm),
			memory: mm && totalsOf(await this.memory(pid)),
			children,
		};
	}

	async #record<Type extends RecordType>(type: Type, name: string): Promise<RecordOf<Type> | undefined> {
		const bytes = await this.#directory.read(name);
		return bytes && readRecord(type, bytes);
	}

	async #filesOf(pid: number, core: CoreEntry, mm: MmEntry | undefined): Promise<OpenFileInfo[]> {
		const ids = await this.#record('ids', `ids-${pid}.img`) ?? core.ids;
		const fdinfo = ids ? await recordsOf(this.#directory, 'fdinfo', `fdinfo-${ids.files_id}.img`) : [];
		const fs = await this.#record('fs', `fs-${pid}.img`);
		const others = [['cwd', fs?.cwd_id], ['root', fs?.root_id], ['exe', mm?.exe_file_id]] as const;
		return [
			...descriptorsOf(fdinfo, this.#open),
			...others.flatMap(([what, id]) => {
				const file = id === undefined ? undefined : this.#open.files.get(id);
				return file ? [openFile(what, file, this.#open)] : [];
			}),
		];
	}

	async #text(pid: number, start: bigint, end: bigint): Promise<string[] | undefined> {
		if (end <= start || end - start > mostText) {
			return [];
		}

		try {
			const bytes = await new ProcessMemory(pid, async () => this.memory(pid)).read(start, Number(end - start));
			return new TextDecoder().decode(bytes).replace(/\0+$/, '').split('\0');
		} catch (error) {
			if (error instanceof CtnError && error.code === 'ERR_CHECKPOINT_MEMORY') {
				return undefined;
			}

			throw error;
		}
	}

	async #memoryImage(pid: number): Promise<MemoryImage> {
		const mm = await this.#record('mm', `mm-${pid}.img`);
		if (mm === undefined) {
			throw new CtnError('ERR_ARGUMENT', `${this.#directory.path} has no memory of a process ${pid}`, {subject: 'pid'});
		}

		const regions = regionsOf(mm, this.#open);
		const segments = new Map<bigint, readonly PageSpan[]>();
		for (const {segment} of regions) {
			if (segment !== undefined && !segments.has(segment)) {
				segments.set(segment, await this.#segment(segment));
			}
		}

		return {pid, regions, segments, spans: await readSpans(this.chain, `pagemap-${pid}.img`)};
	}

	/** Processes share it. */
	async #segment(id: bigint): Promise<PageSpan[]> {
		const spans = this.#segments.get(id) ?? readSpans(this.chain, `pagemap-shmem-${id}.img`);
		this.#segments.set(id, spans);
		return spans;
	}
}

/** All processes of a tree, the first one first. */
export const allProcesses = (root: ProcessInfo | undefined): ProcessInfo[] => {
	const found: ProcessInfo[] = [];
	for (const rest = root ? [root] : []; rest.length > 0;) {
		const process = rest.pop()!;
		found.push(process);
		rest.push(...process.children.toReversed());
	}

	return found;
};
