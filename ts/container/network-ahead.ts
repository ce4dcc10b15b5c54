// A network namespace that is made while its config is still being checked: nothing of a create takes the kernel longer.
import {takesNetwork} from '../launch/namespaces.js';
import type {EncodedBatch, Fd, HostOp, HostResult, Native} from '../native/native.js';
import type {Config} from '../oci/config.js';
import {encodeBatch} from '../plan/encode.js';

const ops: readonly HostOp[] = [{op: 'netns_new'}];
const encodedOps: EncodedBatch = {encoded: encodeBatch(ops), ops: () => ops};

export class NetworkAhead {
	readonly #native: Native;
	#results: (() => Promise<HostResult[]>) | undefined;

	/** @param config Not checked yet. Nothing is made for one that needs none, nor where the host cannot do it aside. */
	constructor(native: Native, config: Config | undefined) {
		this.#native = native;
		this.#results = native.aside && takesNetwork(config?.linux?.namespaces) ? native.aside(encodedOps) : undefined;
	}

	/** The namespace, once; the caller's from then on. One that cannot be had is made by the clone, which tells why not. */
	async take(): Promise<Fd | undefined> {
		const results = this.#results;
		this.#results = undefined;
		try {
			return (await results?.())?.[0] as Fd | undefined;
		} catch {
			return undefined;
		}
	}

	/** Gives up what nobody took. */
	async drop(): Promise<void> {
		const fd = await this.take();
		if (fd !== undefined) {
			this.#native.close(fd);
		}
	}
}
