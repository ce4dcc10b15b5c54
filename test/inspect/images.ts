// Images made by hand: what CRIU would never write, and what this machine's CRIU cannot.
import {copyFileSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {Root} from 'protobufjs/light';
import {writeImage} from '../../ts/images/codec.js';
import {schema, type Messages} from '../../ts/images/images.gen.js';
import type {ImageType} from '../../ts/images/magic.js';
import {readPagemap} from '../../ts/images/pagemap.js';
import {tempDir, type Owner} from '../support/temp-dir.js';

const root = Root.fromJSON(schema);

export type Fields = Readonly<Record<string, unknown>>;

const encode = (name: keyof Messages, fields: Fields): Uint8Array => {
	const type = root.lookupType(name);
	return type.encode(type.fromObject(fields)).finish();
};

const pageBytes = 4096;

const pagemap = (pagesId: number, runs: ReadonlyArray<{vaddr: number; pages: number; flags: number}>): Uint8Array => writeImage({
	type: 'pagemap',
	entries: [encode('pagemap_head', {pages_id: pagesId}), ...runs.map(({vaddr, pages, flags}) => encode('pagemap_entry', {vaddr, compat_nr_pages: 0, flags, nr_pages: pages}))],
	payload: new Uint8Array(0),
});

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

		writeFileSync(join(directory, 'pagemap-1.img'), pagemap(1, runs.map(({page, pages: count, flags}) => ({vaddr: base + (page * pageBytes), pages: count, flags}))));
		writeFileSync(join(directory, 'pages-1.img'), Buffer.concat(pages.map(byte => Buffer.alloc(4096, byte))));
		if (parent !== undefined) {
			symlinkSync(parent, join(directory, 'parent'));
		}

		return directory;
	}
}

const runPages = 3;

/**
 * Makes a chain of a checkpoint that CRIU wrote in one go, as this machine's kernel cannot: every other three pages stay, the
 * others are in a checkpoint before it, where those that stay have other bytes.
 *
 * @returns How many pages are only in the one before.
 */
export const split = (directory: string, before: string): number => {
	mkdirSync(before);
	copyFileSync(join(directory, 'inventory.img'), join(before, 'inventory.img'));
	symlinkSync(before, join(directory, 'parent'));
	let moved = 0;
	let turn = 0;
	for (const name of readdirSync(directory).filter(file => file.startsWith('pagemap-'))) {
		const {pagesId, runs} = readPagemap(readFileSync(join(directory, name)));
		const file = `pages-${pagesId}.img`;
		const all = readFileSync(join(directory, file));
		const old = Buffer.from(all);
		const kept: Buffer[] = [];
		const parts: Array<{vaddr: number; pages: number; flags: number}> = [];
		let at = 0;
		for (const {address, pages, lazy} of runs) {
			for (let page = 0; page < pages; page += runPages) {
				const count = Math.min(runPages, pages - page);
				const isKept = ++turn % 2 === 0;
				const [from, to] = [at + (page * pageBytes), at + ((page + count) * pageBytes)];
				parts.push({vaddr: Number(address) + (page * pageBytes), pages: count, flags: isKept ? 4 | (lazy ? 2 : 0) : 1});
				if (isKept) {
					kept.push(all.subarray(from, to));
					old.fill(0xee, from, to);
				} else {
					moved += count;
				}
			}

			at += pages * pageBytes;
		}

		copyFileSync(join(directory, name), join(before, name));
		writeFileSync(join(before, file), old);
		writeFileSync(join(directory, name), pagemap(pagesId, parts));
		writeFileSync(join(directory, file), Buffer.concat(kept));
	}

	return moved;
};
