// Runs two filters over the same system calls and tells where they differ.
import {entriesOf, numbersOf} from '../../ts/seccomp/abi.js';
import type {Entry} from '../../ts/seccomp/abi.js';
import type {SeccompHostArch} from '../../ts/seccomp/compile.js';
import type {LinuxSeccomp, SeccompArchitecture} from '../../ts/oci/config.js';
import type {BpfProgram, Call} from '../support/bpf.js';
import {seccompData} from '../support/bpf.js';
import {listed, returned} from './libseccomp.js';
import type {Libseccomp} from './libseccomp.js';

export const natives: Readonly<Record<SeccompHostArch, SeccompArchitecture>> = {x64: 'SCMP_ARCH_X86_64', arm64: 'SCMP_ARCH_AARCH64'};

const edges = [0n, 1n, 0x7fff_ffffn, 0x8000_0000n, 0xffff_ffffn, 0x1_0000_0000n, 0x1_0000_0001n, 0x7fff_ffff_ffff_ffffn, 0x8000_0000_0000_0000n, 0xffff_ffff_ffff_ffffn];
const sameInAll = edges.map(value => Array.from({length: 6}, () => value));

/** Numbers that no call of a profile has to be at: the whole table, what is beside it, and what is no number. */
function numbersToTry({abis}: Entry): number[] {
	const numbers = new Set([0x8000_0000, 0xffff_fffe, 0xffff_ffff]);
	for (const {first} of abis) {
		for (let n = 0; n <= 600; n++) {
			numbers.add(first + n);
		}
	}

	for (let n = 0xf_0000; n < 0xf_0010; n++) {
		numbers.add(n); // The private calls of ARM
	}

	return [...numbers];
}

/** Values where a condition may turn: what it compares with, in both halves, one less and one more. */
function turns(value: bigint): bigint[] {
	const near = [value - 1n, value, value + 1n, value ^ 0x1_0000_0000n, value & 0xffff_ffffn, ~value];
	return near.map(number => BigInt.asUintN(64, number));
}

/** For every number that a rule with conditions may be about, combinations of telling arguments. */
export const tellingCalls = (profile: LinuxSeccomp, arch: SeccompHostArch): Call[] =>
	entriesOf(arch).flatMap(entry => tellingCallsOf(profile, entry));

function tellingCallsOf(profile: LinuxSeccomp, entry: Entry): Call[] {
	const values = new Map<number, Map<number, Set<bigint>>>();
	const multiplexers = entry.audit === 0x4000_0003 ? [102, 117] : [];
	for (const {names, args = []} of profile.syscalls ?? []) {
		const numbers = names.flatMap(name => entry.abis.map(abi => numbersOf(abi).get(name))).filter(number => number !== undefined);
		for (const number of [...numbers, ...multiplexers]) {
			const ofNumber = values.get(number) ?? new Map<number, Set<bigint>>();
			values.set(number, ofNumber);
			for (const {index, value, valueTwo = 0} of args) {
				const known = ofNumber.get(index) ?? new Set(edges);
				[...turns(BigInt(value)), ...turns(BigInt(valueTwo))].forEach(turn => known.add(turn));
				ofNumber.set(index, known);
			}
		}
	}

	multiplexers.forEach(number => values.get(number)?.set(0, new Set(Array.from({length: 26}, (_, n) => BigInt(n)))));
	return [...values].flatMap(([nr, ofNumber]) => combinations(ofNumber).map(args => ({nr, arch: entry.audit, args})));
}

const mostCombinations = 2000;

function combinations(values: ReadonlyMap<number, ReadonlySet<bigint>>): bigint[][] {
	let all = [[0n, 0n, 0n, 0n, 0n, 0n]];
	for (const [index, choices] of values) {
		all = all.flatMap(args => [...choices].map(choice => args.with(index, choice)));
		if (all.length > mostCombinations) {
			const stride = Math.ceil(all.length / mostCombinations) | 1;
			all = all.filter((_, n) => n % stride === 0);
		}
	}

	return all;
}

/** Every system call worth asking two filters about. */
export function callsFor(profile: LinuxSeccomp, arch: SeccompHostArch): Call[] {
	const everyEntry = [...entriesOf(arch), ...entriesOf(arch === 'x64' ? 'arm64' : 'x64')];
	const everyCall = everyEntry.flatMap(entry => numbersToTry(entry).flatMap(nr => sameInAll.map(args => ({nr, arch: entry.audit, args}))));
	return [...everyCall, ...tellingCalls(profile, arch)];
}

/**
 * What runc adds to a filter of libseccomp (patchbpf): undefined where it leaves the decision to it.
 *
 * One thing is not imitated: runc counts numbers from 0x80000000 to 0xbfffffff, which no ABI has, as newer
 * ones of x86-64, while libseccomp and we kill for them where x32 is not listed.
 */
export function runcStub(lib: Libseccomp, profile: LinuxSeccomp, arch: SeccompHostArch): (call: Call) => number | undefined {
	if (['SCMP_ACT_ALLOW', 'SCMP_ACT_LOG', 'SCMP_ACT_TRACE'].includes(profile.defaultAction)) {
		return () => undefined;
	}

	const names = [...new Set(profile.syscalls?.flatMap(rule => rule.names))];
	const newest = new Map(listed(profile, natives[arch])
		.map(architecture => [architecture, Math.max(0, ...lib.numbers(architecture, names))] as const));
	return ({nr, arch: audit}) => {
		const entry = entriesOf(arch).find(candidate => candidate.audit === audit);
		const abi = entry?.abis.find(candidate => nr >= candidate.first && nr <= candidate.last);
		const last = abi && newest.get(abi.architecture);
		return last !== undefined && last > 0 && nr > last ? returned('SCMP_ACT_ERRNO', 38) : undefined;
	};
}

/** Where `expected` and the filter differ, as text; at most ten. */
export function differences(calls: readonly Call[], filter: BpfProgram, expected: (data: Uint32Array, call: Call) => number): string[] {
	const found: string[] = [];
	for (const call of calls) {
		const data = seccompData(call);
		const ours = filter.run(data).value;
		const theirs = expected(data, call);
		if (ours !== theirs && found.push(`${hex(call.arch)} ${hex(call.nr)}(${call.args?.map(hex).join(', ')}): ${hex(ours)}, not ${hex(theirs)}`) === 10) {
			break;
		}
	}

	return found;
}

const hex = (number: number | bigint): string => `0x${number.toString(16)}`;
