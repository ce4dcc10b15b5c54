// The workload that is checkpointed: it fills its memory, beats, and tells the longest gap it saw.
import {createInterface} from 'node:readline';
import type {Readable} from 'node:stream';
import {buildWorkload} from '../test/support/workload.js';
import type {Scope} from './cleanup.js';
import {programBundle} from './world.js';

/** What the workload answers when it is asked (SIGUSR1). */
export interface Heartbeat {
	/** Beats since it was started. Half a millisecond each, and none while it is frozen. */
	readonly beats: number;
	/** The longest time between two beats since it was last asked, in milliseconds. */
	readonly gapMs: number;
	readonly mib: number;
	/** Of the memory as it was filled. */
	readonly checksum: string;
	/** Whether the memory still is what it was. */
	readonly intact: boolean;
}

export interface Load {
	/** Memory that is filled. */
	readonly mib: number;
	/** MB of pages that are dirtied in a second. Default: 0. */
	readonly rate?: number;
	/** Port of 127.0.0.1 on which it sends back what it gets; then it is in the network namespace of the host. */
	readonly port?: number;
}

/** A bundle whose program is the heartbeat with such a load. */
export const heartbeatBundle = (scope: Scope, {mib, rate = 0, port}: Load): string => {
	const args = ['/bin/heartbeat', String(mib), String(rate), ...port === undefined ? [] : [String(port)]];
	return programBundle(scope, buildWorkload('heartbeat'), args, {
		edit(config) {
			if (port !== undefined) {
				config.linux.namespaces = config.linux.namespaces!.filter(({type}) => type !== 'network');
			}
		},
	});
};

/** @throws if the workload says that its memory is not what it was. */
export const parseHeartbeat = (line: string): Heartbeat => {
	const answer = JSON.parse(line) as Heartbeat;
	if (!answer.intact) {
		throw new Error(`the memory of the workload has changed: ${line}`);
	}

	return answer;
};

/** Reads the workload's answers, one at a time. */
export class HeartbeatReader {
	readonly #lines: AsyncIterator<string>;

	constructor(stdout: Readable) {
		this.#lines = createInterface({input: stdout})[Symbol.asyncIterator]();
	}

	/** The answer to SIGUSR1, or the first line. */
	async next(): Promise<Heartbeat> {
		return parseHeartbeat(await this.line());
	}

	/** Any answer. */
	async line(): Promise<string> {
		const {value, done} = await this.#lines.next() as IteratorResult<string>;
		if (done) {
			throw new Error('the workload ended without an answer');
		}

		return value;
	}
}
