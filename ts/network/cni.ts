// The networks of CNI that a container is in: plugins are started at create and restore, and again at delete.
import {CtnError} from '../errors.js';
import {MNT_DETACH, O_CREAT, O_RDONLY, O_RDWR, O_TRUNC} from '../linux/constants.js';
import {encodeUtf8} from '../linux/utf8.js';
import type {Fd, Native} from '../native/native.js';
import {runToEnd} from '../native/processes.js';
import {namesOf, textOf} from '../native/results.js';
import type {ValidConfig} from '../oci/config.js';
import {checkAttachments, checkCniOptions, checkNetwork, parseNetwork, type CniNetwork, type CniOptions} from './cni-config.js';
import {cniError, parseObject, planCni, pluginCall, statusOf, type CniAttachment, type CniCommand, type CniRecord, type CniResult, type PluginCall} from './cni-plan.js';

const mostBytes = 1 << 20;
/** Standard input, output and error of a plugin, in the state directory. */
const fileNames = ['cni.in', 'cni.out', 'cni.err'];
/** NSFS_MAGIC of statfs(2). */
const nsfsMagic = 0x6e73_6673n;

const readNetwork = async (native: Native, path: string): Promise<CniNetwork> => {
	const [text] = await native.batch([{op: 'read', path, max: mostBytes}]);
	return parseNetwork(textOf(text), path);
};

/** All of a directory, in the order of their names. */
const readDirectory = async (native: Native, directory: string): Promise<CniNetwork[]> => {
	const [names] = await native.batch([{op: 'list', path: directory, directories: 0}]);
	const files = namesOf(names).filter(name => /\.(?:conflist|conf|json)$/.test(name)).sort();
	return Promise.all(files.map(async name => readNetwork(native, `${directory}/${name}`)));
};

/**
 * Reads and checks what a caller asks for; nothing is touched.
 *
 * @throws CtnError `ERR_ARGUMENT`; `ERR_NATIVE` for a file that cannot be read.
 */
export const loadCni = async (native: Native, id: string, options: CniOptions, {linux}: ValidConfig): Promise<CniRecord> => {
	checkCniOptions(options);
	const namespace = linux.namespaces?.find(({type}) => type === 'network');
	if (!namespace) {
		throw new CtnError('ERR_ARGUMENT', 'cni needs a network namespace: it would change that of the host', {subject: 'cni', cure: 'add one to linux.namespaces of config.json'});
	}

	const known = options.confDir === undefined ? [] : await readDirectory(native, options.confDir);
	const networks = await Promise.all((options.networks ?? known.slice(0, 1)).map(async (given, index) => {
		const subject = `cni.networks[${index}]`;
		if (typeof given !== 'string') {
			return checkNetwork(given, subject);
		}

		const found = given.startsWith('/') ? await readNetwork(native, given) : known.find(({name}) => name === given);
		if (!found) {
			throw new CtnError('ERR_ARGUMENT', `${subject}: there is no network ${given} in ${options.confDir ?? 'cni.confDir, which is not given'}`, {subject});
		}

		return found;
	}));
	checkAttachments(id, networks);
	return planCni(networks, options, namespace.path);
};

const defaultTimeoutMs = 30_000;
const stepMs = 100;

/** Resolves when it is late; soon after `isOver` if that comes first. */
const overdue = async (native: Native, timeoutMs: number, isOver: () => boolean): Promise<void> => {
	for (let left = timeoutMs; left > 0 && !isOver(); left -= stepMs) {
		await native.sleep(Math.min(left, stepMs));
	}
};

/** What a plugin printed. Its files have no name any more when it starts, so that nothing is left of them. */
const runPlugin = async (native: Native, directory: string, {binDirs, timeoutMs = defaultTimeoutMs}: CniRecord, {type, envp, config}: PluginCall): Promise<{out: string; errors: string; why: string | undefined}> => {
	const [input, output, error] = fileNames.map(name => `${directory}/${name}`) as [string, string, string];
	const unnamed = O_RDWR | O_CREAT | O_TRUNC;
	const opened = await native.batch([
		{op: 'write', path: input, data: encodeUtf8(JSON.stringify(config)), flags: O_CREAT | O_TRUNC, mode: 0o600},
		{op: 'open', path: input, flags: O_RDONLY, mode: 0},
		{op: 'open', path: output, flags: unnamed, mode: 0o600},
		{op: 'open', path: error, flags: unnamed, mode: 0o600},
		...[input, output, error].map(path => ({op: 'unlink', path, okErrno: 'ENOENT'} as const)),
	]);
	const stdio = opened.slice(1, 4) as [Fd, Fd, Fd];
	let isOver = false;
	let isLate = false;
	const late = overdue(native, timeoutMs, () => isOver).then(() => {
		isLate = !isOver;
	});
	try {
		const {failure, exit: {code, signal}} = await runToEnd(native, {
			flags: 0n, stdio, fds: [],
			plan: [{op: 'setsid'}, {op: 'find_program', name: type, path: binDirs}, {op: 'exec', argv: [type], envp, skip_fds: 0, keep_fds: 0}],
		}, {calledOff: late});
		isOver = true;
		const [out, errors] = await native.batch(stdio.slice(1).map(fd => ({op: 'read', path: `/proc/self/fd/${fd}`, max: mostBytes})));
		const why = failure ? `failed to find plugin in ${binDirs.join(', ')}: ${failure.errno}` : isLate ? `it takes longer than ${timeoutMs} ms, and was killed` : `exit code ${String(code)}, signal ${String(signal)}`;
		return {out: textOf(out), errors: textOf(errors), why: failure || code !== 0 ? why : undefined};
	} finally {
		isOver = true;
		stdio.forEach(fd => native.close(fd));
	}
};

/**
 * What there is of them, from before the first ADD to after the last DEL.
 *
 * The container's own network namespace is kept by a mount in the state directory: so plugins can take back what they
 * did on the host when its processes are gone, as they look at the devices for that.
 */
export class CniNetworks {
	readonly #native: Native;
	readonly #id: string;
	readonly #directory: string;
	#record: CniRecord;

	/** @param directory Of the state; it has to be there. */
	constructor(native: Native, id: string, directory: string, record: CniRecord) {
		this.#native = native;
		this.#id = id;
		this.#directory = directory;
		this.#record = record;
	}

	/** With what was added so far. */
	get record(): CniRecord {
		return this.#record;
	}

	/**
	 * ADD of each plugin in order. After a failure detach() takes back what was done.
	 *
	 * @param pid A process in the network namespace.
	 * @throws CtnError `ERR_CNI`
	 */
	async attach(pid: number): Promise<void> {
		if (this.#record.netns === undefined) {
			await this.#keepNamespace(pid);
		}

		for (const [index, attachment] of this.#record.attachments.entries()) {
			const result = await this.#add(attachment);
			const attachments = this.#record.attachments.with(index, {...attachment, result});
			this.#record = {...this.#record, attachments, status: statusOf(attachments)};
		}
	}

	/**
	 * DEL of each plugin in reverse, of all even if one fails. It can be repeated.
	 *
	 * @param options `force`: the namespace goes even if a plugin fails, which is not asked again then.
	 * @throws CtnError `ERR_CNI`, the first.
	 */
	async detach({force = false}: {readonly force?: boolean} = {}): Promise<void> {
		const errors: unknown[] = [];
		const netns = await this.#livingNamespace();
		for (const attachment of this.#record.attachments.toReversed()) {
			for (const plugin of attachment.network.plugins.toReversed()) {
				try {
					await this.#run('DEL', attachment, pluginCall('DEL', this.#id, this.#record, attachment, plugin, netns, attachment.result));
				} catch (error) {
					errors.push(error);
				}
			}
		}

		if (errors.length === 0 || force) {
			await this.#native.batch([
				{op: 'umount', path: this.#keptNetns, flags: MNT_DETACH, okErrno: 'any'}, // It may not be mounted yet
				{op: 'unlink', path: this.#keptNetns, okErrno: 'ENOENT'},
				...fileNames.map(name => ({op: 'unlink', path: `${this.#directory}/${name}`, okErrno: 'ENOENT'} as const)), // Of a program that was killed
			]);
		}

		if (errors.length > 0) {
			throw errors[0];
		}
	}

	get #netns(): string {
		return this.#record.netns ?? this.#keptNetns;
	}

	get #keptNetns(): string {
		return `${this.#directory}/netns`;
	}

	async #keepNamespace(pid: number): Promise<void> {
		const [, tree] = await this.#native.batch([
			{op: 'write', path: this.#netns, data: new Uint8Array(0), flags: O_CREAT, mode: 0o600},
			{op: 'open_tree', path: `/proc/${pid}/ns/net`, recursive: 0, set: 0n, clear: 0n, all_set: 0n, all_clear: 0n, propagation: 0n},
		]);
		try {
			await this.#native.batch([{op: 'attach', tree: tree as Fd, path: this.#netns}]);
		} finally {
			this.#native.close(tree as Fd);
		}
	}

	/** Its path; empty if it is gone, or was never kept. */
	async #livingNamespace(): Promise<string> {
		const [stat] = await this.#native.batch([{op: 'statfs', path: this.#netns, okErrno: 'any'}]);
		const isNamespace = stat instanceof Uint8Array && new DataView(stat.buffer, stat.byteOffset).getBigUint64(0, true) === nsfsMagic;
		return isNamespace ? this.#netns : '';
	}

	async #add(attachment: CniAttachment): Promise<CniResult> {
		let previous: CniResult | undefined;
		for (const plugin of attachment.network.plugins) {
			const out = await this.#run('ADD', attachment, pluginCall('ADD', this.#id, this.#record, attachment, plugin, this.#netns, previous));
			previous = parseObject(out);
			if (!previous) {
				throw cniError('ADD', attachment.network.name, plugin.type, {out: '', errors: out, why: 'it printed no result'});
			}
		}

		return previous!;
	}

	async #run(command: CniCommand, {network: {name}}: CniAttachment, call: PluginCall): Promise<string> {
		const {out, errors, why} = await runPlugin(this.#native, this.#directory, this.#record, call);
		if (why !== undefined) {
			throw cniError(command, name, call.type, {out, errors, why});
		}

		return out;
	}
}
