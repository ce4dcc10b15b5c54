// A plan as text, one step a line: for golden tests and for people.
import type {HostOp, Step} from './wire.gen.js';

const text = (value: unknown): string => {
	if (typeof value === 'bigint') {
		return `0x${value.toString(16)}`;
	}

	return value instanceof Uint8Array ? `<${value.length} bytes>` : JSON.stringify(value);
};

const describeOne = ({op, ...fields}: Step | HostOp): string => {
	const shown = Object.entries(fields).filter(([, value]) => value !== undefined);
	return [op, ...shown.map(([name, value]) => `${name}=${text(value)}`)].join(' ');
};

/** One line a step: `mount target="/proc" fstype="proc" …`. */
export const describePlan = (steps: ReadonlyArray<Step | HostOp>): string => steps.map(step => describeOne(step)).join('\n');
