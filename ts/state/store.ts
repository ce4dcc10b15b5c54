// The state directory of the containers of one root: `<root>/<id>/` with state.json and config.json.
import {CtnError, isErrno} from '../errors.js';
import {O_CREAT, O_EXCL, O_TRUNC} from '../linux/constants.js';
import {decodeUtf8, encodeUtf8} from '../linux/utf8.js';
import type {HostOp, HostResult, Native} from '../native/native.js';
import {namesOf} from '../native/results.js';
import type {ValidConfig} from '../oci/config.js';
import {parseJson, toJson} from '../oci/json.js';
import {recordVersion, type SavedContainer, type StateRecord} from './record.js';

/** One config makes many containers; it is written the same for each. */
const configBytes = new WeakMap<ValidConfig, Uint8Array>();

const encodeConfig = (config: ValidConfig): Uint8Array => {
	const known = configBytes.get(config) ?? encodeUtf8(toJson(config));
	configBytes.set(config, known);
	return known;
};

const bytes = (result: HostResult | undefined): Uint8Array | undefined => result instanceof Uint8Array ? result : undefined;

/** Who wrote a record that is whole, but not ours: its container may run, so it is not one whose create was cut off. */
const otherMaker = (state: Uint8Array | undefined): string | undefined => {
	try {
		const {version, init_process_pid: pid} = parseJson(decodeUtf8(state!), 'state.json') as {version?: unknown; init_process_pid?: unknown};
		return pid !== undefined ? 'another runtime, such as runc' : typeof version === 'number' && version !== recordVersion ? `ctnative's version ${version}, where this has ${recordVersion}` : undefined;
	} catch {
		return undefined;
	}
};

/** Paths and operations of the state of one container; what is done with them is the caller's. */
export class StateStore {
	readonly #native: Native;
	readonly root: string;

	constructor(native: Native, root: string) {
		this.#native = native;
		this.root = root;
	}

	directory(id: string): string {
		return `${this.root}/${id}`;
	}

	/** Makes the directory, which is what takes the id, and the first record. */
	createOps(record: StateRecord, config: ValidConfig): HostOp[] {
		const directory = this.directory(record.id);
		const parts = this.root.slice(1).split('/');
		return [
			...parts.map((_, index): HostOp => ({op: 'mkdir', path: `/${parts.slice(0, index + 1).join('/')}`, mode: 0o700, okErrno: 'EEXIST'})),
			{op: 'mkdir', path: directory, mode: 0o700},
			{op: 'write', path: `${directory}/state.json`, data: encodeUtf8(toJson(record)), flags: O_CREAT | O_EXCL, mode: 0o600},
			{op: 'write', path: `${directory}/config.json`, data: encodeConfig(config), flags: O_CREAT | O_EXCL, mode: 0o600},
		];
	}

	/**
	 * Replaces the record: whoever reads sees the old or the new one. A `state.json.new` may be there
	 * from a save that was cut off, and may be longer.
	 */
	saveOps(record: StateRecord): HostOp[] {
		const directory = this.directory(record.id);
		return [
			{op: 'write', path: `${directory}/state.json.new`, data: encodeUtf8(toJson(record)), flags: O_CREAT | O_TRUNC, mode: 0o600},
			{op: 'rename', from: `${directory}/state.json.new`, to: `${directory}/state.json`},
		];
	}

	/** The same for a process that is yet to be started: pid, start time and stdio are its. */
	saveChildOps({pid, startTime, stdio, ...record}: StateRecord): HostOp[] {
		const directory = this.directory(record.id);
		return [
			{op: 'child_write', path_parts: [`${directory}/state.json.new`], text_parts: ['{"pid":', ',"startTime":', ',"stdio":', `,${toJson(record).slice(1)}`], flags: O_CREAT | O_TRUNC, mode: 0o600},
			{op: 'rename', from: `${directory}/state.json.new`, to: `${directory}/state.json`},
		];
	}

	/** Replaces the config, as saveOps() does the record. */
	saveConfigOps(id: string, config: ValidConfig): HostOp[] {
		const directory = this.directory(id);
		return [
			{op: 'write', path: `${directory}/config.json.new`, data: encodeUtf8(toJson(config)), flags: O_CREAT | O_TRUNC, mode: 0o600},
			{op: 'rename', from: `${directory}/config.json.new`, to: `${directory}/config.json`},
		];
	}

	/** Removes what there is of a container that ran and ended; ENOTEMPTY if there is more. */
	removeUsualOps(id: string): HostOp[] {
		const directory = this.directory(id);
		return [
			...['config.json', 'state.json'].map(name => ({op: 'unlink', path: `${directory}/${name}`, okErrno: 'ENOENT'} as const)),
			{op: 'rmdir', path: directory, okErrno: 'ENOENT'},
		];
	}

	/** Removes all there is; the record goes last but for the directory, so that a rest can be found again. */
	removeOps(id: string): HostOp[] {
		const directory = this.directory(id);
		return [
			...['notify/notify.sock', 'start.sock', 'config.json.new', 'config.json', 'tracked', 'state.json.new', 'state.json'].map(name => ({op: 'unlink', path: `${directory}/${name}`, okErrno: 'ENOENT'} as const)),
			{op: 'rmdir', path: `${directory}/notify`, okErrno: 'ENOENT'},
			{op: 'rmdir', path: `${directory}/root`, okErrno: 'ENOENT'},
			{op: 'rmdir', path: directory, okErrno: 'ENOENT'},
		];
	}

	/** Ids that have a directory, sorted; whether they can be loaded is another question. */
	async ids(): Promise<string[]> {
		const [names] = await this.#native.batch([{op: 'list', path: this.root, directories: 1, okErrno: 'ENOENT'}]);
		return namesOf(names).sort();
	}

	/**
	 * Reads what is saved of a container.
	 *
	 * @throws CtnError `ERR_CONTAINER_NOT_FOUND` if there is no such id; `ERR_STATE_CORRUPT` if its
	 * files are not whole, as after a crash in the middle of create: delete with `force` clears it;
	 * `ERR_STATE_FOREIGN` if others made it, as engines give all runtimes one root.
	 */
	async load(id: string): Promise<SavedContainer> {
		return this.loadAll([id])[0]!;
	}

	/** The same for each of many, which are read at once. */
	loadAll(ids: readonly string[]): Array<Promise<SavedContainer>> {
		const files = this.#native.batch(ids.flatMap((id): HostOp[] => {
			const directory = this.directory(id);
			return [
				{op: 'stat', path: directory, nofollow: 1, okErrno: 'ENOENT'},
				{op: 'read', path: `${directory}/state.json`, max: 1 << 20, okErrno: 'ENOENT'},
				{op: 'read', path: `${directory}/config.json`, max: 1 << 24, okErrno: 'ENOENT'},
			];
		}));
		return ids.map(async (id, index) => this.#loaded(id, (await files).slice(3 * index, 3 * index + 3)));
	}

	async #loaded(id: string, [exists, state, config]: readonly HostResult[]): Promise<SavedContainer> {
		const directory = this.directory(id);
		if (!(exists instanceof Uint8Array)) {
			throw new CtnError('ERR_CONTAINER_NOT_FOUND', `container ${id} does not exist`, {subject: id});
		}

		try {
			const record = parseJson(decodeUtf8(bytes(state)!), 'state.json') as StateRecord;
			if (record.version !== recordVersion) {
				throw new Error(`version ${String(record.version)} is not ${recordVersion}`);
			}

			return {record, config: parseJson(decodeUtf8(bytes(config)!), 'config.json') as ValidConfig};
		} catch (cause) {
			const [status] = await this.#native.batch([{op: 'stat', path: `${directory}/status`, nofollow: 1, okErrno: 'any'}]);
			const maker = status instanceof Uint8Array ? 'another runtime, such as crun' : otherMaker(bytes(state));
			if (maker !== undefined) {
				throw new CtnError('ERR_STATE_FOREIGN', `the state of container ${id} is of ${maker}`, {cause, subject: id, cure: 'use the program that made it'});
			}

			throw new CtnError('ERR_STATE_CORRUPT', `the state of container ${id} cannot be read`, {
				cause,
				subject: id,
				cure: 'delete it with force',
			});
		}
	}
}

/** The error for an id whose directory is there already, or the one given. */
export const existsError = (error: unknown, id: string, directory: string): unknown =>
	isErrno(error, 'EEXIST') && error.syscall === 'mkdir' && error.subject === directory
		? new CtnError('ERR_CONTAINER_EXISTS', `container ${id} exists already`, {cause: error, subject: id})
		: error;
