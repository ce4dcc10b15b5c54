/**
 * A migration between hosts: all but the memory, which the page daemon fetches, and who of both lets the container run.
 *
 * The destination says `take` and is sent the images, with those of pre-dumps before them, if there are any. When all is restored there and stands still it says `prepared`, and
 * runs after `commit` only; the source has given the container up before it says so. A destination that fails says so,
 * by another connection if it must. So at no moment both run, and the source goes on whenever the destination did not.
 */
import {createReadStream, createWriteStream} from 'node:fs';
import {chmod, mkdir, readdir, stat, symlink} from 'node:fs/promises';
import type {Socket} from 'node:net';
import {Readable} from 'node:stream';
import {pipeline} from 'node:stream/promises';
import {CtnError} from '../errors.js';
import {parentLink} from '../images/parent-link.js';
import {readerOf, type ReadBytes} from './bytes.js';
import {connectKeyed} from './channel.js';
import {decodeFrame, encodeFrame, frameBytes, transferKinds, type Frame} from './frame.js';
import type {Address} from './options.js';
import {keepPresent} from './presence.js';

export const transferVersion = 1;

/** Files of a checkpoint are beside each other, and named by CRIU and us. */
const plainName = /^\w[\w.@:+-]{0,250}$/;
const mostFiles = 100_000;
/** Each is a directory beside the others, named by its number; the last one is the checkpoint. */
export const mostRounds = 100;
const pieceBytes = 1 << 20;
const mostReason = 1000;
const againMs = 500;

export const failedFrame = (reason: string): Buffer => {
	const text = Buffer.from(reason).subarray(0, mostReason);
	return Buffer.concat([encodeFrame({kind: transferKinds.failed, length: text.length}), text]);
};

/** Why the other side has failed, in its words. */
export const readReason = async (read: ReadBytes, {length}: Frame): Promise<string> =>
	length === 0 || length > mostReason ? 'it does not say why' : (await read(length))?.toString() ?? 'it does not say why';

async function * imagesOf(directory: string, end: number): AsyncGenerator<Buffer> {
	for (const name of (await readdir(directory)).filter(name => name !== parentLink)) {
		const {size} = await stat(`${directory}/${name}`);
		yield Buffer.concat([encodeFrame({kind: transferKinds.file, length: Buffer.byteLength(name), address: BigInt(size)}), Buffer.from(name)]);
		if (size > 0) {
			yield * createReadStream(`${directory}/${name}`, {end: size - 1}) as AsyncIterable<Buffer>; // CRIU's log may have grown since
		}
	}

	yield encodeFrame({kind: end});
}

/**
 * @param how The frame that is said last; and what breaks the connection off.
 * @throws Error if the connection breaks.
 */
export const sendImages = async (socket: Socket, directory: string, {end, signal}: {readonly end: number; readonly signal?: AbortSignal}): Promise<void> =>
	pipeline(Readable.from(imagesOf(directory, end)), socket, {end: false, ...(signal && {signal})});

/** Where the images of a round are, at either end. */
export const roundDirectory = (directory: string, round: number): string => `${directory}/${round}`;

/** From the images of a round, where there was one before. */
export const parentOf = (round: number): string | undefined => round === 0 ? undefined : `../${round - 1}`;

const makeRound = async (directory: string, round: number): Promise<string> => {
	const path = roundDirectory(directory, round);
	await mkdir(path);
	await chmod(path, 0o711); // CRIU enters it as the root of a user namespace, too
	const parent = parentOf(round);
	if (parent !== undefined) {
		await symlink(parent, `${path}/${parentLink}`);
	}

	return path;
};

const lost = (what: string): CtnError => new CtnError('ERR_MIGRATION', what, {cure: 'the container runs on at the source'});

async function * content(read: ReadBytes, size: number): AsyncGenerator<Buffer> {
	for (let left = size; left > 0;) {
		const piece = await read(Math.min(left, pieceBytes));
		if (piece === undefined) {
			throw lost('the connection to the source was lost');
		}

		left -= piece.length;
		yield piece;
	}
}

/** The destination's side of one migration. */
export class Arrival {
	readonly #address: Address;
	readonly #key: Uint8Array | undefined;
	readonly #socket: Socket;
	readonly #read: ReadBytes;
	#isPrepared = false;

	private constructor(address: Address, key: Uint8Array | undefined, socket: Socket) {
		this.#address = address;
		this.#key = key;
		this.#socket = socket;
		this.#read = readerOf(socket);
	}

	/** @throws CtnError `ERR_MIGRATION` if the source cannot be reached, or has another key. */
	static async connect(address: Address, key: Uint8Array | undefined): Promise<Arrival> {
		return new Promise((resolve, reject) => {
			connectKeyed(address, key, (error, socket) => {
				if (error) {
					reject(new CtnError('ERR_MIGRATION', `the source at ${address.host} port ${address.port} cannot be reached, or has another key: ${error.message}`, {cause: error}));
				} else {
					resolve(new Arrival(address, key, socket));
				}
			});
		});
	}

	/** Has the container stopped at the source, and takes its images into an empty directory. Returns where they are in that. */
	async receive(directory: string): Promise<string> {
		this.#socket.write(encodeFrame({kind: transferKinds.take, pages: transferVersion}));
		keepPresent(this.#socket);
		let round = 0;
		let path = await makeRound(directory, round);
		for (let files = 0; ; files++) {
			const {kind, length, address} = await this.#next();
			if (kind === transferKinds.images) {
				return path;
			}

			if (kind === transferKinds.round && round < mostRounds) {
				path = await makeRound(directory, ++round);
				continue;
			}

			const name = kind === transferKinds.file && length < 256 ? (await this.#read(length))?.toString() : undefined;
			if (name === undefined || !plainName.test(name) || name === parentLink || files === mostFiles) {
				throw lost('the source sends what is no checkpoint');
			}

			await pipeline(Readable.from(content(this.#read, Number(address))), createWriteStream(`${path}/${name}`, {flags: 'wx', mode: 0o600}));
		}
	}

	/** All stands ready: resolves when the source has given the container up. */
	async commit(): Promise<void> {
		this.#isPrepared = true;
		this.#socket.write(encodeFrame({kind: transferKinds.prepared}));
		const {kind} = await this.#next();
		if (kind !== transferKinds.commit) {
			throw lost('the source has called the migration off');
		}
	}

	/** It runs here. */
	close(): void {
		this.#socket.destroy();
	}

	/** Nothing of it is left here. Tells the source, again and again if that may have given the container up already. */
	async fail(reason: string, withinMs: number): Promise<void> {
		if (!this.#isPrepared) {
			this.#socket.end(failedFrame(reason));
			this.#socket.destroySoon();
			return;
		}

		this.#socket.destroy();
		for (const end = Date.now() + withinMs; !await this.#tell(reason) && Date.now() < end;) {
			await new Promise(resolve => {
				setTimeout(resolve, againMs);
			});
		}
	}

	async #next(): Promise<Frame> {
		const head = await this.#read(frameBytes);
		if (head === undefined) {
			throw lost('the connection to the source was lost');
		}

		const frame = decodeFrame(head);
		if (frame.kind === transferKinds.here) {
			return this.#next();
		}

		if (frame.kind === transferKinds.failed) {
			throw lost(`the source cannot let it go: ${await readReason(this.#read, frame)}`);
		}

		return frame;
	}

	/** By a new connection. True when the source has heard it, or nobody waits there any more. */
	async #tell(reason: string): Promise<boolean> {
		return new Promise(resolve => {
			connectKeyed(this.#address, this.#key, (error, socket) => {
				if (error) {
					resolve((error as NodeJS.ErrnoException).code === 'ECONNREFUSED');
				} else {
					socket.resume().on('end', () => {
						resolve(true);
					}).on('close', () => {
						resolve(false);
					}).write(failedFrame(reason));
				}
			});
		});
	}
}
