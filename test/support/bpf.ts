// Classic BPF as the kernel runs it for seccomp: what seccomp_check_filter() lets in, and what that returns.

/** What a filter looks at: struct seccomp_data, as 16 words of 32 bits. */
export type SeccompData = Uint32Array;

export interface Call {
	readonly nr: number;
	/** AUDIT_ARCH_* */
	readonly arch: number;
	/** At most six; the others are 0. */
	readonly args?: readonly bigint[];
}

export function seccompData({nr, arch, args = []}: Call): SeccompData {
	const words = new Uint32Array(16);
	words[0] = nr;
	words[1] = arch;
	for (const [n, arg] of args.entries()) {
		words[4 + 2 * n] = Number(arg & 0xffff_ffffn);
		words[5 + 2 * n] = Number(arg >> 32n);
	}

	return words;
}

/** A filter that the kernel would accept. */
export class BpfProgram {
	readonly length: number;
	readonly #words: Uint32Array;

	constructor(filter: Uint8Array) {
		this.length = filter.length / 8;
		this.#words = new Uint32Array(filter.slice().buffer);
		this.#check();
	}

	/** The SECCOMP_RET_* value, and how many instructions it took. */
	run(data: SeccompData): {value: number; steps: number} {
		const words = this.#words;
		let accumulator = 0;
		for (let pc = 0, steps = 1; ; pc++, steps++) {
			const head = words[2 * pc]!;
			const k = words[2 * pc + 1]!;
			const jt = (head >> 16) & 0xff;
			const jf = head >>> 24;
			switch (head & 0xffff) {
				case 0x20:
					accumulator = data[k >> 2]!;
					break;
				case 0x54:
					accumulator = (accumulator & k) >>> 0;
					break;
				case 0x05:
					pc += k;
					break;
				case 0x15:
					pc += accumulator === k ? jt : jf;
					break;
				case 0x25:
					pc += accumulator > k ? jt : jf;
					break;
				case 0x35:
					pc += accumulator >= k ? jt : jf;
					break;
				default:
					return {value: k, steps};
			}
		}
	}

	#check(): void {
		if (!Number.isInteger(this.length) || this.length < 1 || this.length > 4096) {
			throw new Error(`a filter of ${this.length} instructions`);
		}

		for (let pc = 0; pc < this.length; pc++) {
			const head = this.#words[2 * pc]!;
			const k = this.#words[2 * pc + 1]!;
			const inside = (offset: number): boolean => pc + 1 + offset < this.length;
			const fine: Record<number, () => boolean> = {
				0x20: () => k < 64 && k % 4 === 0,
				0x54: () => inside(0),
				0x05: () => inside(k),
				0x06: () => true,
				0x15: () => inside((head >> 16) & 0xff) && inside(head >>> 24),
				0x25: () => inside((head >> 16) & 0xff) && inside(head >>> 24),
				0x35: () => inside((head >> 16) & 0xff) && inside(head >>> 24),
			};
			if (!fine[head & 0xffff]?.()) {
				throw new Error(`instruction ${pc} is not allowed`);
			}
		}

		if ((this.#words[2 * (this.length - 1)]! & 0xffff) !== 0x06) {
			throw new Error('the last instruction does not return');
		}
	}
}
