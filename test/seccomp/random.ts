// Profiles made by chance, the same at every run, and what their rules say by the letter.
import {seccompOperators} from '../../ts/oci/config-seccomp.js';
import type {LinuxSeccomp, SeccompArg, SeccompOperator, SeccompSyscall} from '../../ts/oci/config.js';
import type {Call} from '../support/bpf.js';
import {returned} from './libseccomp.js';

const small = [0n, 1n, 2n, 5n, 9n, 10n, 0x7fff_ffffn, 0x8000_0000n, 0xffff_ffffn];
const large = [0x1_0000_0000n, 0x1_0000_0005n, 0x2_0000_0000n, 0xffff_ffff_0000_0000n, 0x8000_0000_0000_0000n, 0xffff_ffff_ffff_ffffn];
const actions = [{action: 'SCMP_ACT_ALLOW'}, {action: 'SCMP_ACT_ERRNO', errnoRet: 2}, {action: 'SCMP_ACT_ERRNO', errnoRet: 3}] as const;

export interface Chance {
	readonly seed: number;
	readonly count: number;
	/** Most rules in a profile, and how many actions there are. */
	readonly rules: number;
	readonly actions: number;
	/** Arguments to compare. */
	readonly indexes: readonly number[];
	readonly bits: 32 | 64;
	readonly operators?: readonly SeccompOperator[];
}

/** Profiles about ioctl on x86-64 and i386, LOG by default. */
export function randomProfiles(chance: Chance): LinuxSeccomp[] {
	let state = chance.seed;
	const below = (limit: number): number => {
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
		return Math.floor(state / 2 ** 32 * limit);
	};

	const pick = <Item>(items: readonly Item[]): Item => items[below(items.length)]!;
	const values = chance.bits === 32 ? small : [...small, ...large];
	const condition = (index: number): SeccompArg =>
		({index, op: pick(chance.operators ?? seccompOperators), value: pick(values), valueTwo: pick(values)});
	const rule = (): SeccompSyscall => {
		const some = chance.indexes.filter(() => below(2) === 1);
		const indexes = some.length > 0 ? some : [pick(chance.indexes)];
		return {names: ['ioctl'], ...pick(actions.slice(0, chance.actions)), args: indexes.map(condition)};
	};

	return Array.from({length: chance.count}, () => ({
		defaultAction: 'SCMP_ACT_LOG',
		architectures: ['SCMP_ARCH_X86'],
		syscalls: Array.from({length: 1 + below(chance.rules)}, rule),
	}));
}

/** The rules of such a profile, to be read. */
export const rulesText = (profile: LinuxSeccomp): string => (profile.syscalls ?? [])
	.map(({action, errnoRet = '', args = []}) => `${action}${errnoRet} ${args.map(({index, op, value, valueTwo}) => `${index} ${op} ${value} ${valueTwo}`).join(' and ')}`)
	.join('; ');

const holds = ({index, op, value, valueTwo = 0}: SeccompArg, args: readonly bigint[], bits: number): boolean => {
	const [argument, first, second] = [args[index]!, BigInt(value), BigInt(valueTwo)].map(number => BigInt.asUintN(bits, number)) as [bigint, bigint, bigint];
	switch (op) {
		case 'SCMP_CMP_NE':
			return argument !== first;
		case 'SCMP_CMP_LT':
			return argument < first;
		case 'SCMP_CMP_LE':
			return argument <= first;
		case 'SCMP_CMP_EQ':
			return argument === first;
		case 'SCMP_CMP_GE':
			return argument >= first;
		case 'SCMP_CMP_GT':
			return argument > first;
		case 'SCMP_CMP_MASKED_EQ':
			return (argument & first) === (second & first);
	}
};

/** The verdicts that the rules allow for a call of ioctl, and undefined for other calls. */
export function matching(profile: LinuxSeccomp, {nr, arch, args = []}: Call): Set<number> | undefined {
	const bits = new Map([['16 c000003e', 64], ['54 40000003', 32]]).get(`${nr} ${arch.toString(16)}`);
	if (bits === undefined) {
		return undefined;
	}

	const rules = (profile.syscalls ?? []).filter(rule => rule.args!.every(condition => holds(condition, args, bits)));
	return new Set(rules.length === 0 ? [returned(profile.defaultAction)] : rules.map(rule => returned(rule.action, rule.errnoRet)));
}
