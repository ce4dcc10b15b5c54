// Memory that CRIU is not shown in a lazy dump: large mappings of plain memory, of which it would walk over every page,
// and take hold of it by a pipe, for a server of its own that we do not use.
//
// So CRIU finds a smaps in which they are droppable (MAP_DROPPABLE, mmap(2)), in the place of /proc/<pid>/smaps, in its mount
// namespace. Of such memory it writes down that it is there, and leaves alone what is in it. Meanwhile we ask the kernel
// for the pages, by the same rules as CRIU, and put both into the images. Every image says for itself whether CRIU was shown that.
import {apart, both, type KerndatSurroundings, type OwnRun} from '../criu/kerndat.js';
import type {CriuOpts} from '../criu/opts.js';
import {CtnError} from '../errors.js';
import {addLazyRuns, revealMappings} from '../images/hidden-mappings.js';
import {hasNamespace} from '../launch/namespaces.js';
import {MS_PRIVATE, O_CREAT, O_TRUNC} from '../linux/constants.js';
import {errnoName, errnos} from '../linux/errno.js';
import {pageSize} from '../linux/page-size.js';
import {withDroppable, type Span} from '../linux/smaps.js';
import {encodeUtf8} from '../linux/utf8.js';
import type {Fd, HostOp, Native} from '../native/native.js';
import {textOf} from '../native/results.js';
import type {ValidConfig} from '../oci/config.js';
import {pidsInside} from './pids-inside.js';
import {together} from './together.js';

/** Less of a process is dumped as fast as it is hidden. */
const leastOfProcess = 32 << 20;
const leastOfMapping = 1 << 20;

/** So many mappings take longer to look through than their pages, maybe: about 2000. */
const mostMaps = 1 << 17;

const mostSmaps = 1 << 28;
const mostImage = 1 << 28;

/** Start and end of each as u64, as scan_pages has them. */
const encodeSpans = (spans: readonly Span[]): Uint8Array => new Uint8Array(BigUint64Array.from(spans.flatMap(({start, end}) => [start, end])).buffer);

const decodeSpans = (bytes: Uint8Array): Span[] => {
	const words = new BigUint64Array(bytes.slice().buffer);
	return Array.from({length: words.length / 2}, (_, index) => ({start: words[2 * index]!, end: words[2 * index + 1]!}));
};

/** What CRIU reads as smaps of a process. It has this name until CRIU has started, as no mount without a name can be attached. */
const pathOf = (directory: string, pid: number): string => `${directory}/smaps-${pid}`;

/** Those with much memory of their own. */
const largeAmong = async (native: Native, pids: readonly number[]): Promise<number[]> => {
	const lines = await native.batch(pids.map((pid): HostOp => ({op: 'read', path: `/proc/${pid}/statm`, max: 4096, okErrno: 'any'})));
	const large = pids.filter((_, index) => {
		const [, resident = 0, shared = 0] = textOf(lines[index]).split(' ').map(Number);
		return (resident - shared) * pageSize >= leastOfProcess;
	});
	const maps = await native.batch(large.map((pid): HostOp => ({op: 'read', path: `/proc/${pid}/maps`, max: mostMaps, okErrno: 'any'})));
	return large.filter((_, index) => maps[index] instanceof Uint8Array);
};

interface Hidden {
	readonly mappings: readonly Span[];
	/** What of them is there, as scan_pages has it. */
	readonly pages: Promise<Uint8Array>;
}

/**
 * Whether there is a dump in which memory can be hidden: one that leaves it to our own server, and compares it with no other
 * images; of a container with mounts of its own, which CRIU in a mount namespace of its own sees as any other does.
 */
export const canHide = (config: ValidConfig, lazyPages: unknown, {parentImg, trackMem}: CriuOpts): boolean =>
	typeof lazyPages === 'object' && parentImg === undefined && !trackMem && hasNamespace(config, 'mount');

export class HiddenMemory implements OwnRun {
	/** The files that CRIU reads, as mounts. */
	readonly fds: readonly Fd[];
	readonly #native: Native;
	readonly #directory: string;
	readonly #pids: readonly number[];
	readonly #hidden = new Map<number, Hidden>();
	#hiding: Promise<unknown> = Promise.resolve();

	private constructor(native: Native, directory: string, pids: readonly number[], fds: readonly Fd[]) {
		this.#native = native;
		this.#directory = directory;
		this.#pids = pids;
		this.fds = fds;
	}

	/**
	 * Undefined where there is not much memory, or no way to do it: then CRIU dumps what there is. It is closed with its surroundings.
	 *
	 * @param directory Of the images.
	 */
	static async open(native: Native, directory: string, all: readonly number[]): Promise<HiddenMemory | undefined> {
		try {
			const pids = await largeAmong(native, all);
			if (pids.length === 0) {
				return undefined;
			}

			const results = await native.batch([
				{op: 'scan_pages', pid: pids[0]!, ranges: encodeSpans([{start: 0n, end: BigInt(pageSize)}])}, // Fails before Linux 6.7
				...pids.flatMap((pid): HostOp[] => [
					{op: 'write', path: pathOf(directory, pid), data: new Uint8Array(), flags: O_CREAT | O_TRUNC, mode: 0o600},
					{op: 'open_tree', path: pathOf(directory, pid), recursive: 0, set: 0n, clear: 0n, all_set: 0n, all_clear: 0n, propagation: MS_PRIVATE},
				]),
			]);
			return new HiddenMemory(native, directory, pids, pids.map((_, index) => results[2 * index + 2] as Fd));
		} catch {
			await native.batch(all.map(pid => ({op: 'unlink', path: pathOf(directory, pid), okErrno: 'any'})));
			return undefined;
		}
	}

	/** One that has ended by then, or cannot be covered, CRIU sees as it is. */
	readonly steps: OwnRun['steps'] = first =>
		this.#pids.map((pid, index) => ({op: 'root', tree: first + index as Fd, at: `/proc/${pid}/smaps`, okErrno: 'any'}));

	readonly close = (): void => this.fds.forEach(fd => this.#native.close(fd));

	/** @param rest What else CRIU finds itself in. The caller closes the result, which closes this. */
	within(rest: KerndatSurroundings | undefined): KerndatSurroundings {
		return rest ? {...rest, ...both(rest, this)} : apart({fds: this.fds, steps: this.steps, close: this.close});
	}

	/** To be called when all stand still; it goes on beside what CRIU does first. */
	hide(): void {
		this.#hiding = together(...this.#pids.map(async (pid, index) => this.#hide(pid, this.fds[index]!)));
		this.#hiding.catch(() => {}); // Whoever calls ready() hears of it
	}

	/**
	 * CRIU may look at them when this resolves.
	 *
	 * @throws CtnError `ERR_NATIVE` if a process cannot be looked at.
	 */
	async ready(): Promise<void> {
		await this.#hiding;
	}

	/** To be called before it is closed: nothing is under way any more, and no file is left. */
	async end(): Promise<void> {
		await this.#hiding.catch(() => {});
		await this.#native.batch(this.#pids.map(pid => ({op: 'unlink', path: pathOf(this.#directory, pid), okErrno: 'any'})));
	}

	async #hide(pid: number, file: Fd): Promise<void> {
		const [, smaps] = await this.#native.batch([
			{op: 'unlink', path: pathOf(this.#directory, pid)}, // The images are looked through soon
			{op: 'read', path: `/proc/${pid}/smaps`, max: mostSmaps, okErrno: 'any'},
		]);
		if (typeof smaps === 'number') {
			if (smaps === -errnos.ENOENT || smaps === -errnos.ESRCH) {
				return; // It had ended before
			}

			throw new CtnError('ERR_NATIVE', `the mappings of process ${pid} cannot be read`, {errno: errnoName(-smaps), subject: `/proc/${pid}/smaps`});
		}

		const {text, mappings} = withDroppable(textOf(smaps), leastOfMapping);
		await this.#native.batch([{op: 'write', path: `/proc/self/fd/${file}`, data: encodeUtf8(text), flags: O_TRUNC, mode: 0}]);
		const pages = this.#native.batch([{op: 'scan_pages', pid, ranges: encodeSpans(mappings)}]).then(([runs]) => runs as Uint8Array);
		pages.catch(() => {}); // Whoever calls reveal() hears of it
		this.#hidden.set(pid, {mappings, pages});
	}

	/**
	 * Puts into the images what CRIU was not shown, when it has written all.
	 *
	 * @param init Pid of the container.
	 * @throws CtnError `ERR_CHECKPOINT_IMAGES` if the images are not as they have to be, `ERR_NATIVE`.
	 */
	async reveal(init: number): Promise<void> {
		const pids = await pidsInside(this.#native, init, [...this.#hidden.keys()]);
		await together(...[...pids].map(async ([inside, pid]) => this.#reveal(inside, this.#hidden.get(pid)!)));
	}

	async #reveal(pid: number, {mappings, pages}: Hidden): Promise<void> {
		const paths = [`${this.#directory}/mm-${pid}.img`, `${this.#directory}/pagemap-${pid}.img`] as const;
		const [mm, pagemap] = await this.#native.batch(paths.map(path => ({op: 'read', path, max: mostImage}))) as [Uint8Array, Uint8Array];
		const revealed = revealMappings(mm, mappings);
		if (revealed === undefined) {
			return;
		}

		await this.#native.batch([
			{op: 'write', path: paths[0], data: revealed, flags: O_TRUNC, mode: 0},
			{op: 'write', path: paths[1], data: addLazyRuns(pagemap, decodeSpans(await pages), pageSize), flags: O_TRUNC, mode: 0},
		]);
	}
}
