// One comparison of a system call argument: checked, and its 64-bit values split into the words BPF compares.
import {CtnError} from '../errors.js';
import {seccompOperators} from '../oci/config-seccomp.js';
import type {SeccompArg, SeccompOperator} from '../oci/config.js';

/** Halves of 64 bits, each 0 to 2^32-1. */
export interface Halves {
	readonly high: number;
	readonly low: number;
}

export interface Condition {
	/** Which argument, 0 to 5. */
	readonly index: number;
	readonly op: SeccompOperator;
	/** What the argument, masked, is compared with; masked too. */
	readonly value: Halves;
	/** All ones but for SCMP_CMP_MASKED_EQ. */
	readonly mask: Halves;
}

const operators: ReadonlySet<string> = new Set(seccompOperators);

const everyBit: Halves = {high: 0xffff_ffff, low: 0xffff_ffff};

/** @param subject JSON path of the argument. */
export function toCondition(arg: SeccompArg, subject: string): Condition {
	if (!Number.isInteger(arg.index) || arg.index < 0 || arg.index > 5) {
		throw new CtnError('ERR_CONFIG_INVALID', `${subject}.index is not a number from 0 to 5: ${String(arg.index)}`, {subject: `${subject}.index`});
	}

	if (!operators.has(arg.op)) {
		throw new CtnError('ERR_CONFIG_INVALID', `${subject}.op is not a seccomp operator: ${String(arg.op)}`, {subject: `${subject}.op`});
	}

	const value = halves(arg.value, `${subject}.value`);
	if (arg.op !== 'SCMP_CMP_MASKED_EQ') {
		return {index: arg.index, op: arg.op, value, mask: everyBit};
	}

	const wanted = halves(arg.valueTwo ?? 0, `${subject}.valueTwo`);
	return {
		index: arg.index,
		op: arg.op,
		value: {high: (wanted.high & value.high) >>> 0, low: (wanted.low & value.low) >>> 0},
		mask: value,
	};
}

function halves(value: number | bigint, subject: string): Halves {
	if (typeof value === 'bigint' ? BigInt.asUintN(64, value) === value : Number.isSafeInteger(value) && value >= 0) {
		return typeof value === 'bigint'
			? {high: Number(value >> 32n), low: Number(value & 0xffff_ffffn)}
			: {high: Math.floor(value / 2 ** 32), low: value >>> 0};
	}

	throw new CtnError('ERR_CONFIG_INVALID', `${subject} is not an exact number from 0 to 2^64-1: ${String(value)}`, {
		subject,
		cure: typeof value === 'number' && value > Number.MAX_SAFE_INTEGER ? 'above 2^53 a number is not exact: give a bigint' : undefined,
	});
}
