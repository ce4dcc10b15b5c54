// The workload that is checkpointed: it fills its memory, beats, and tells the longest gap it saw.
import {copyFileSync} from 'node:fs';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import type {Readable} from 'node:stream';
import {makeBundle, type Owner} from '../test/support/bundle.js';
import {buildWorkload} from '../test/support/workload.js';

/** What the workload answers when it is asked (SIGUSR1). */
export interface Heartbeat {
	/** Beats since it was started. Half a millisecond each, and none while it is frozen. */
	readonly beats: number;
	/** The longest time between two beats since it was last asked, in milliseconds. */
	readonly gapMs: number;
	readonly mib: number;
	/** Of the memory as it was filled. */
	readonly checksum: string;
	/** Whether the memory is still what it was. */
	readonly intact: boolean;
}

/** A bundle whose program is the heartbeat with so much memory touched. */
export const heartbeatBundle = (owner: Owner, mib: number): string => {
	const program = buildWorkload('heartbeat');
	return makeBundle(owner, {
		args: ['/bin/heartbeat', String(mib)],
		writable: true, // Of its own, for there the program has to be
		prepare: rootfs => copyFileSync(program, join(rootfs, 'bin/heartbeat')),
		edit: config => {
			config.root.readonly = true;
		},
	});
};

/** Reads the workload's answers, one at a time. */
export class HeartbeatReader {
	readonly #lines: AsyncIterator<string>;

	constructor(stdout: Readable) {
		this.#lines = createInterface({input: stdout})[Symbol.asyncIterator]();
	}

	async next(): Promise<Heartbeat> {
		const {value, done} = await this.#lines.next();
		if (done) {
			throw new Error('the workload ended without an answer');
		}

		const answer = JSON.parse(value as string) as Heartbeat;
		if (!answer.intact) {
			throw new Error(`the memory of the workload has changed: ${value as string}`);
		}

		return answer;
	}
}
