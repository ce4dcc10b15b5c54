// The system call ABIs that a kernel of ours can run, as a filter sees them.
import type {SeccompArchitecture} from '../oci/config.js';
import {multiplexers, syscallNumbers, x32Bit} from './syscalls.js';
import type {Multiplexer, SyscallTable} from './syscalls.js';

/** The machine a filter is for, in Node's words. */
export type SeccompHostArch = 'x64' | 'arm64';

export interface Abi {
	readonly architecture: SeccompArchitecture;
	readonly table: SyscallTable;
	/** Compares 64-bit arguments. The others look at the low half only, as libseccomp does, for x32 as well. */
	readonly wide: boolean;
	/** Its numbers within those of its entry: from `first` to `last`. */
	readonly first: number;
	readonly last: number;
}

/** What one value of `seccomp_data.arch` stands for: one ABI, or two that share the entry. */
export interface Entry {
	/** AUDIT_ARCH_* of linux/audit.h. */
	readonly audit: number;
	/** The first is always there, or the entry is not. */
	readonly abis: readonly [Abi, ...Abi[]];
}

const top = 0xffff_ffff;

const x86Entries: readonly Entry[] = [
	{
		audit: 0xc000_003e,
		abis: [
			{architecture: 'SCMP_ARCH_X86_64', table: 'x86_64', wide: true, first: 0, last: x32Bit - 1},
			{architecture: 'SCMP_ARCH_X32', table: 'x32', wide: false, first: x32Bit, last: top},
		],
	},
	{audit: 0x4000_0003, abis: [{architecture: 'SCMP_ARCH_X86', table: 'x86', wide: false, first: 0, last: top}]},
];

const armEntries: readonly Entry[] = [
	{audit: 0xc000_00b7, abis: [{architecture: 'SCMP_ARCH_AARCH64', table: 'aarch64', wide: true, first: 0, last: top}]},
	{audit: 0x4000_0028, abis: [{architecture: 'SCMP_ARCH_ARM', table: 'arm', wide: false, first: 0, last: top}]},
];

/**
 * The entries of a machine, the native one first.
 *
 * Architectures of other machines are not here: this kernel never reports them, so a filter that has no
 * code for them decides the same.
 */
export const entriesOf = (arch: SeccompHostArch): readonly Entry[] => arch === 'x64' ? x86Entries : armEntries;

/** Numbers of the calls that an ABI has, by name. */
export const numbersOf = (abi: Abi): ReadonlyMap<string, number> => syscallNumbers(abi.table);

/** The calls of an ABI that stand for several. */
export const multiplexersOf = (abi: Abi): readonly Multiplexer[] => abi.table === 'x86' ? multiplexers() : [];
