// How memory is brought back to a container that runs already; and how it is asked for.
import {CtnError} from '../errors.js';
import type {Fd} from '../native/native.js';

/** How two hosts know each other. */
export interface TransferKey {
	/** The secret that both sides have: at least 16 bytes, such as `randomBytes(32)`; a string counts as its UTF-8. */
	readonly key?: Uint8Array | string | undefined;
	/** Send the memory in the clear, to and from anybody. Only for networks that nobody else is in. Default: false. */
	readonly insecure?: boolean | undefined;
}

export interface LazyRestoreOptions extends TransferKey {
	/**
	 * `host:port` of the source, where a checkpoint with `lazyPages.listen` runs. Needs `key` (or `insecure`).
	 *
	 * Default: none, the memory is in `imagesDir`.
	 */
	readonly from?: string | undefined;
	/** Bring back everything, the rest in the background; else only pages that are touched, for as long as the container lives. Default: true. */
	readonly fill?: boolean | undefined;
	/**
	 * How long a source that does not answer any more is looked for, in milliseconds. The container is
	 * frozen meanwhile, and goes on if it is found; else it is ended. Default: 30 000.
	 */
	readonly reconnectMs?: number | undefined;
	/** Not for callers: what startRelay() has started already. It stays the caller's. */
	readonly relay?: Fd | undefined;
}

export interface Address {
	readonly host: string;
	readonly port: number;
}

const leastKey = 16;

const invalid = (subject: string, message: string, cure?: string): CtnError => new CtnError('ERR_ARGUMENT', message, {subject, cure});

/** `host:port`, or `[address]:port` for IPv6. */
export const parseAddress = (value: unknown, option: string): Address => {
	const [, bracketed, plain, digits] = typeof value === 'string' ? /^(?:\[([\da-fA-F:.]+)\]|([^\0/:[\]]+)):(\d{1,5})$/.exec(value) ?? [] : [];
	const port = Number(digits);
	if (digits === undefined || port > 65_535) {
		throw invalid(option, `${option} must be host:port, not ${JSON.stringify(value)}`);
	}

	return {host: (bracketed ?? plain)!, port};
};

/** The key as bytes; undefined for a transfer in the clear. */
export const checkKey = ({key, insecure}: TransferKey): Uint8Array | undefined => {
	if (insecure === true && key === undefined) {
		return undefined;
	}

	const bytes = typeof key === 'string' ? new TextEncoder().encode(key) : key;
	if (!(bytes instanceof Uint8Array) || bytes.length < leastKey || insecure === true) {
		throw invalid('lazyPages.key', `lazyPages.key must have at least ${leastKey} bytes`, 'give both sides the same random key; insecure: true sends memory in the clear');
	}

	return bytes;
};

/** Checked, with defaults. */
export interface LazyRestore {
	readonly from: Address | undefined;
	readonly key: Uint8Array | undefined;
	readonly fill: boolean;
	readonly reconnectMs: number;
	readonly relay: Fd | undefined;
}

const mostReconnectMs = 86_400_000;

/** @throws CtnError `ERR_ARGUMENT`. */
export const checkLazyRestore = (given: LazyRestoreOptions | boolean | undefined): LazyRestore | undefined => {
	if (given === undefined || given === false) {
		return undefined;
	}

	const {from, fill = true, reconnectMs = 30_000, relay, ...transfer} = given === true ? {} as LazyRestoreOptions : given;
	if (typeof given !== 'boolean' && (typeof given !== 'object' || given === null)) {
		throw invalid('lazyPages', 'lazyPages must be true, false or an object');
	}

	if (typeof fill !== 'boolean') {
		throw invalid('lazyPages.fill', 'lazyPages.fill must be true or false');
	}

	if (from !== undefined && !fill) {
		throw invalid('lazyPages.fill', 'lazyPages.fill cannot be false with lazyPages.from: the source has to wait until all is taken');
	}

	if (!Number.isInteger(reconnectMs) || reconnectMs < 0 || reconnectMs > mostReconnectMs) {
		throw invalid('lazyPages.reconnectMs', `lazyPages.reconnectMs must be an integer from 0 to ${mostReconnectMs}`);
	}

	return {from: from === undefined ? undefined : parseAddress(from, 'lazyPages.from'), key: from === undefined ? undefined : checkKey(transfer), fill, reconnectMs, relay};
};
