// Device rules as an eBPF program: cgroup2 has no files for them.
//
// The kernel runs it at every open and mknod of a device with `struct bpf_cgroup_dev_ctx`
// {u32 access_type; u32 major; u32 minor}; access_type is the access wanted << 16 | the type.
import {isAll, type DeviceRule} from './devices.js';

/** linux/bpf.h, BPF_DEVCG_* */
const types = {b: 1, c: 2} as const;
const accesses = {m: 1, r: 2, w: 4} as const;
const allAccess = 7;

/** linux/bpf.h and linux/bpf_common.h: class | operation | source */
const LOAD_WORD = 0x61;
const MOVE_REGISTER = 0xbf;
const MOVE_CONSTANT = 0xb7;
const AND_CONSTANT = 0x57;
const SHIFT_RIGHT = 0x77;
const JUMP_UNLESS_CONSTANT = 0x55;
const JUMP_UNLESS_REGISTER = 0x5d;
const JUMP_IF_CONSTANT = 0x15;
const EXIT = 0x95;

interface Instruction {
	readonly code: number;
	readonly to?: number;
	readonly from?: number;
	readonly offset?: number;
	readonly constant?: number;
}

const [verdict, scratch, type, access, major, minor] = [0, 1, 2, 3, 4, 5] as const;

const answer = (allow: boolean): Instruction[] => [{code: MOVE_CONSTANT, to: verdict, constant: allow ? 1 : 0}, {code: EXIT}];

const accessMask = (letters: string): number =>
	[...letters].reduce((mask, letter) => mask | (accesses[letter as keyof typeof accesses] ?? 0), 0);

/** All that is wanted must be allowed; any of it may be denied. */
const testAccess = (rule: DeviceRule): Instruction[] => {
	const mask = accessMask(rule.access);
	if (mask === allAccess) {
		return [];
	}

	const masked: Instruction[] = [{code: MOVE_REGISTER, to: scratch, from: access}, {code: AND_CONSTANT, to: scratch, constant: mask}];
	return [...masked, rule.allow ? {code: JUMP_UNLESS_REGISTER, to: scratch, from: access} : {code: JUMP_IF_CONSTANT, to: scratch, constant: 0}];
};

/** A rule that does not fit goes on with the next. */
const ruleBlock = (rule: DeviceRule): Instruction[] => {
	const tests: Instruction[] = [
		...(rule.type === 'a' ? [] : [{code: JUMP_UNLESS_CONSTANT, to: type, constant: types[rule.type]}]),
		...testAccess(rule),
		...(rule.major === undefined ? [] : [{code: JUMP_UNLESS_CONSTANT, to: major, constant: rule.major}]),
		...(rule.minor === undefined ? [] : [{code: JUMP_UNLESS_CONSTANT, to: minor, constant: rule.minor}]),
	];
	const block = [...tests, ...answer(rule.allow)];
	const jumps = new Set([JUMP_UNLESS_CONSTANT, JUMP_UNLESS_REGISTER, JUMP_IF_CONSTANT]);
	return block.map((instruction, index) => jumps.has(instruction.code) ? {...instruction, offset: block.length - index - 1} : instruction);
};

const encode = (program: readonly Instruction[]): Uint8Array => {
	const bytes = new Uint8Array(8 * program.length);
	const view = new DataView(bytes.buffer);
	for (const [index, {code, to = 0, from = 0, offset = 0, constant = 0}] of program.entries()) {
		view.setUint8(8 * index, code);
		view.setUint8(8 * index + 1, (from << 4) | to);
		view.setInt16(8 * index + 2, offset, true);
		view.setInt32(8 * index + 4, constant, true);
	}

	return bytes;
};

/**
 * The last rule that fits decides, so it is asked first. Behind one that fits always nothing may come:
 * the kernel takes no program with instructions that are never reached.
 */
const blocks = (rules: readonly DeviceRule[]): Instruction[] => {
	const last = rules.findLastIndex(rule => isAll(rule));
	return [...rules.slice(Math.max(0, last)).toReversed().flatMap(rule => ruleBlock(rule)), ...(last < 0 ? answer(false) : [])];
};

/** The program for these rules (struct bpf_insn[]); what no rule allows is denied. */
export const deviceProgram = (rules: readonly DeviceRule[]): Uint8Array => encode([
	{code: LOAD_WORD, to: type, from: 1, offset: 0},
	{code: LOAD_WORD, to: major, from: 1, offset: 4},
	{code: LOAD_WORD, to: minor, from: 1, offset: 8},
	{code: MOVE_REGISTER, to: access, from: type},
	{code: SHIFT_RIGHT, to: access, constant: 16},
	{code: AND_CONSTANT, to: type, constant: 0xffff},
	...blocks(rules),
]);
