// eBPF as far as programs about devices need it: what the verifier would let in, and what that returns.

export interface DeviceAccess {
	/** BPF_DEVCG_DEV_*: 1 block, 2 character. */
	readonly type: number;
	/** BPF_DEVCG_ACC_*: 1 mknod, 2 read, 4 write. */
	readonly access: number;
	readonly major: number;
	readonly minor: number;
}

interface Instruction {
	readonly code: number;
	readonly to: number;
	readonly from: number;
	readonly offset: number;
	readonly constant: number;
}

const jumps = new Set([0x15, 0x55, 0x5d]);

export class DeviceProgram {
	readonly #instructions: readonly Instruction[];

	constructor(program: Uint8Array) {
		const view = new DataView(program.buffer, program.byteOffset, program.byteLength);
		this.#instructions = Array.from({length: program.length / 8}, (_, index) => ({
			code: view.getUint8(8 * index),
			to: view.getUint8(8 * index + 1) & 15,
			from: view.getUint8(8 * index + 1) >> 4,
			offset: view.getInt16(8 * index + 2, true),
			constant: view.getInt32(8 * index + 4, true),
		}));
		if (program.length % 8 !== 0 || this.#instructions.at(-1)?.code !== 0x95) {
			throw new Error('the program does not end');
		}

		for (const [index, {code, offset}] of this.#instructions.entries()) {
			if (jumps.has(code) && (offset < 0 || index + 1 + offset >= this.#instructions.length)) {
				throw new Error(`instruction ${index} jumps out of the program`);
			}
		}
	}

	get length(): number {
		return this.#instructions.length;
	}

	/** True if it allows this. */
	allows({type, access, major, minor}: DeviceAccess): boolean {
		const context = [(access << 16) | type, major, minor];
		const registers: (bigint | undefined)[] = [];
		const read = (register: number): bigint => {
			const value = registers[register];
			if (value === undefined) {
				throw new Error(`r${register} is read before it is written`);
			}

			return value;
		};

		for (let at = 0; ; at++) {
			const {code, to, from, offset, constant} = this.#instructions[at]!;
			const wide = BigInt.asUintN(64, BigInt(constant));
			switch (code) {
				case 0x61: {
					if (from !== 1 || registers[1] !== undefined || context[offset / 4] === undefined) {
						throw new Error(`instruction ${at} reads no context`);
					}

					registers[to] = BigInt(context[offset / 4]!);
					break;
				}

				case 0xbf:
					registers[to] = read(from);
					break;
				case 0xb7:
					registers[to] = wide;
					break;
				case 0x57:
					registers[to] = read(to) & wide;
					break;
				case 0x77:
					registers[to] = read(to) >> wide;
					break;
				case 0x55:
					at += read(to) === wide ? 0 : offset;
					break;
				case 0x5d:
					at += read(to) === read(from) ? 0 : offset;
					break;
				case 0x15:
					at += read(to) === wide ? offset : 0;
					break;
				case 0x95:
					return read(0) !== 0n;
				default:
					throw new Error(`instruction ${at} has the code ${code}`);
			}
		}
	}
}
