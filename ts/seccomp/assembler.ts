// Classic BPF, assembled from its last instruction to its first.
//
// BPF jumps forward only. Backwards, every target is there before the jump to it, and its distance known.

// linux/bpf_common.h
const loadWord = 0x20; // BPF_LD | BPF_W | BPF_ABS
const and = 0x54; // BPF_ALU | BPF_AND | BPF_K
const jumpAlways = 0x05; // BPF_JMP | BPF_JA
const returnValue = 0x06; // BPF_RET | BPF_K
const jumpIf = {EQ: 0x15, GT: 0x25, GE: 0x35} as const; // BPF_JMP | BPF_JEQ, JGT, JGE | BPF_K

/** How far a conditional jump reaches: `jt` and `jf` have 8 bits. */
const reach = 255;

/** Names an instruction: how many there are from it to the end. */
export type Label = number & {readonly label: unique symbol};

interface Instruction {
	readonly code: number;
	readonly jt: number;
	readonly jf: number;
	readonly k: number;
}

export class Assembler {
	/** The last instruction first. */
	readonly #instructions: Instruction[] = [];
	readonly #returns = new Map<number, Label>();
	/** Where a jump of any length to a label was put last. */
	readonly #relays = new Map<Label, Label>();

	get length(): number {
		return this.#instructions.length;
	}

	/** Ends the program with a SECCOMP_RET_* value. */
	ret(value: number): Label {
		return this.#returns.get(value) ?? this.#newReturn(value);
	}

	/** Loads the word at an offset of `struct seccomp_data`, then goes on at `next`. */
	load(offset: number, next: Label): Label {
		this.#fallInto(next);
		return this.#add({code: loadWord, jt: 0, jf: 0, k: offset});
	}

	/** Masks the word that was loaded, then goes on at `next`. */
	and(mask: number, next: Label): Label {
		this.#fallInto(next);
		return this.#add({code: and, jt: 0, jf: 0, k: mask});
	}

	/** Compares the word that was loaded. */
	jump(op: keyof typeof jumpIf, value: number, whenTrue: Label, whenFalse: Label): Label {
		if (whenTrue === whenFalse) {
			return whenTrue;
		}

		const nearTrue = this.#within(whenTrue, reach - 1); // The other way out may take an instruction in between
		const nearFalse = this.#within(whenFalse, reach);
		return this.#add({code: jumpIf[op], jt: this.length - nearTrue, jf: this.length - nearFalse, k: value});
	}

	/** struct sock_filter[], little-endian. */
	finish(): Uint8Array {
		const bytes = new Uint8Array(8 * this.length);
		const view = new DataView(bytes.buffer);
		let at = 0;
		for (let n = this.length - 1; n >= 0; n--) {
			const {code, jt, jf, k} = this.#instructions[n]!;
			view.setUint16(at, code, true);
			view.setUint8(at + 2, jt);
			view.setUint8(at + 3, jf);
			view.setUint32(at + 4, k, true);
			at += 8;
		}

		return bytes;
	}

	#add(instruction: Instruction): Label {
		this.#instructions.push(instruction);
		return this.length as Label;
	}

	#newReturn(value: number): Label {
		const label = this.#add({code: returnValue, jt: 0, jf: 0, k: value});
		this.#returns.set(value, label);
		return label;
	}

	#fallInto(next: Label): void {
		if (next !== this.length) {
			this.#add({code: jumpAlways, jt: 0, jf: 0, k: this.length - next});
		}
	}

	/** The label itself if it is near enough, or an instruction that does the same and is. */
	#within(label: Label, distance: number): Label {
		if (this.length - label <= distance) {
			return label;
		}

		const relay = this.#relays.get(label);
		if (relay !== undefined && this.length - relay <= distance) {
			return relay;
		}

		const target = this.#instructions[label - 1]!;
		const added = target.code === returnValue
			? this.#newReturn(target.k)
			: this.#add({code: jumpAlways, jt: 0, jf: 0, k: this.length - label});
		this.#relays.set(label, added);
		return added;
	}
}
