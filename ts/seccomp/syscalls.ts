// Which numbers a system call has in each ABI.
import {syscallTables} from './syscall-tables.js';

/** Set in every system call number of x32 (asm/unistd.h, __X32_SYSCALL_BIT). */
export const x32Bit = 0x4000_0000;

export type SyscallTable = keyof typeof syscallTables;

const unpacked = new Map<SyscallTable, ReadonlyMap<string, number>>();

/** Numbers by name. Unpacked at the first use: a host needs two or three of the tables. */
export function syscallNumbers(table: SyscallTable): ReadonlyMap<string, number> {
	const known = unpacked.get(table);
	if (known !== undefined) {
		return known;
	}

	const numbers = new Map<string, number>();
	const base = table === 'x32' ? x32Bit : 0;
	let next = 0;
	for (const word of syscallTables[table].trim().split(/\s+/)) {
		if (word.charCodeAt(0) <= 0x39) { // '9': a number
			next = Number(word);
		} else {
			numbers.set(word, base + next++);
		}
	}

	unpacked.set(table, numbers);
	return numbers;
}

/** A system call that stands for several, and the first argument that selects each. */
export interface Multiplexer {
	readonly number: number;
	readonly subcalls: ReadonlyMap<string, number>;
}

/** socketcall(2) and ipc(2) of x86. Some of what they stand for has a number of its own as well (Linux 4.3, 5.1). */
export function multiplexers(): readonly Multiplexer[] {
	const x86 = syscallNumbers('x86');
	return (['socketcall', 'ipc'] as const).map(name => ({number: x86.get(name)!, subcalls: syscallNumbers(name)}));
}
