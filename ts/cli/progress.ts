// How far a checkpoint or a restore is, as one line of a terminal that is gone when it is over.
import {sizeText} from './size-text.js';
import type {Call} from './verb.js';

/** What events of both have. */
export interface Step {
	readonly stage: string;
	readonly bytes?: number | undefined;
	readonly expectedBytes?: number | undefined;
}

const barWidth = 24;
const wordWidth = 16;

/** Of each stage, how much is done when it is reached; pages have their own measure in between. */
const shares: Readonly<Record<string, number>> = {
	waiting: 0, 'pre-copied': 0.01, frozen: 0.02, 'network-locked': 0.04, dumping: 0.05, pages: 0.05, dumped: 0.95, serving: 0.95, thawed: 0.98, ended: 0.98, complete: 1,
	checked: 0.05, namespaces: 0.2, restored: 0.95, running: 1,
};

const shareOf = ({stage, bytes, expectedBytes}: Step): number => {
	const share = shares[stage] ?? 0;
	const ofPages = stage === 'pages' && bytes !== undefined && expectedBytes ? Math.min(1, bytes / expectedBytes) : 0;
	return share + (ofPages * (shares['dumped']! - share));
};

/**
 * Such as `pages            [############            ]  50 %  12.0 MiB of 24.0 MiB`.
 *
 * @param columns Of the terminal: a line that is too long would not be one line.
 */
export const progressLine = (step: Step, columns: number): string => {
	const share = shareOf(step);
	const full = Math.round(share * barWidth);
	const size = step.bytes === undefined ? '' : `  ${sizeText(step.bytes)}${step.expectedBytes ? ` of ${sizeText(Math.max(step.bytes, step.expectedBytes))}` : ''}`;
	const line = `${step.stage.padEnd(wordWidth)} [${'#'.repeat(full)}${' '.repeat(barWidth - full)}] ${String(Math.round(share * 100)).padStart(3)} %${size}`;
	return line.slice(0, columns - 1);
};

const erase = '\r\u001B[K';

/**
 * Follows an operation to its end, with a line on standard error if that is a terminal; engines, which have pipes
 * there or want a log, get nothing.
 *
 * @throws What the operation throws.
 */
export const followProgress = async ({host, global}: Call, steps: AsyncIterable<Step>): Promise<void> => {
	const columns = global.text('log') === undefined ? host.columns(2) : undefined;
	try {
		for await (const step of steps) {
			if (columns !== undefined) {
				host.print(2, erase + progressLine(step, columns));
			}
		}
	} finally {
		if (columns !== undefined) {
			host.print(2, erase);
		}
	}
};
