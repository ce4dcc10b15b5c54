// Images made by hand: what CRIU would never write, and what this machine's CRIU cannot.
import {mkdirSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {Root} from 'protobufjs/light';
import {writeImage} from '../../ts/images/codec.js';
import {schema, type Messages} from '../../ts/images/images.gen.js';
import type {ImageType} from '../../ts/images/magic.js';
import {tempDir, type Owner} from '../support/temp-dir.js';

const root = Root.fromJSON(schema);

export type Fields = Readonly<Record<string, unknown>>;

const encode = (name: keyof Messages, fields: Fields): Uint8Array => {
	const type = root.lookupType(name);
	return type.encode(type.fromObject(fields)).finish();
};

/** Address of the one mapping that the made process has. */
export const base = 0x10_0000;

export interface Run {
	/** From the base. */
	readonly page: number;
	readonly pages: number;
	/** 1 in the parent, 2 lazy, 4 here. */
	readonly flags: number;
}

export interface Made {
	readonly runs: readonly Run[];
	/** Bytes of the pages file: each is a page filled with it. */
	readonly pages: readonly number[];
	readonly parent?: string;
	readonly tree?: readonly Fields[];
	/** Pages of the mapping. */
	readonly mapped?: number;
}

export class ImageMaker {
	readonly #owner: Owner;

	constructor(owner: Owner) {
		this.#owner = owner;
	}

	write(directory: string, file: string, type: ImageType, name: keyof Messages, ...entries: readonly Fields[]): void {
		writeFileSync(join(directory, file), writeImage({type, entries: entries.map(fields => encode(name, fields)), payload: new Uint8Array(0)}));
	}

	/** A checkpoint of one process with one anonymous mapping. */
	make({runs, pages, parent, tree = [{pid: 1, ppid: 0, pgid: 1, sid: 1, threads: [1]}], mapped = 64}: Made): string {
		const directory = join(tempDir(this.#owner), 'images');
		mkdirSync(directory);
		this.write(directory, 'inventory.img', 'inventory', 'inventory_entry', {img_version: 1});
		this.write(directory, 'pstree.img', 'pstree', 'pstree_entry', ...tree);
		const task = {task_state: 1, exit_code: 0, personality: 0, flags: 0, blk_sigset: 0, comm: 'made'};
		const mm = Object.fromEntries(['start_code', 'end_code', 'start_data', 'end_data', 'start_stack', 'start_brk', 'brk', 'arg_start', 'arg_end', 'env_start', 'env_end'].map(name => [`mm_${name}`, 0]));
		for (const {pid} of tree) {
			this.write(directory, `core-${pid as number}.img`, 'core', 'core_entry', {mtype: 'X86_64', tc: task});
			this.write(directory, `mm-${pid as number}.img`, 'mm', 'mm_entry', {...mm, exe_file_id: 0, vmas: [{start: base, end: base + (mapped * 4096), pgoff: 0, shmid: 0, prot: 3, flags: 2, status: 0x201, fd: -1}]});
		}

		const head = {pages_id: 1};
		const entries = runs.map(({page, pages: nr_pages, flags}) => encode('pagemap_entry', {vaddr: base + (page * 4096), compat_nr_pages: 0, flags, nr_pages}));
		writeFileSync(join(directory, 'pagemap-1.img'), writeImage({type: 'pagemap', entries: [encode('pagemap_head', head), ...entries], payload: new Uint8Array(0)}));
		writeFileSync(join(directory, 'pages-1.img'), Buffer.concat(pages.map(byte => Buffer.alloc(4096, byte))));
		if (parent !== undefined) {
			symlinkSync(parent, join(directory, 'parent'));
		}

		return directory;
	}
}
