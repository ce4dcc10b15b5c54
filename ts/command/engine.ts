// What QuickJS lacks of a host that the core may look for, and where it does not do what ECMAScript says; loaded before
// everything else. test/quickjs/engine.test.ts has a case for each.
import type {QuickHost} from './host.js';

/** Defined by the executable. */
declare const host: QuickHost;

class Encoder {
	static readonly isCheap = true;

	encode(text: string): Uint8Array {
		return host.encode(text);
	}
}

class Decoder {
	decode(bytes: Uint8Array): string {
		return host.decode(bytes);
	}
}

Object.assign(globalThis, {TextEncoder: Encoder, TextDecoder: Decoder}); // For ts/linux/utf8
Math.random = () => host.random();

/** That of QuickJS 2025-04-26 makes a negative number of what has its highest bit set. */
BigInt.asUintN = (bits, value) => {
	const size = 1n << BigInt(bits);
	const rest = value % size;
	return rest < 0n ? rest + size : rest;
};

/** That of QuickJS 2025-04-26 writes a zero in front where the highest bit of a radix of two is set. */
const engineDigits = Object.getOwnPropertyDescriptor(BigInt.prototype, 'toString')!.value as (this: bigint, radix?: number) => string;
BigInt.prototype.toString = function (this: bigint, radix?: number): string {
	return engineDigits.call(this, radix).replace(/^(-?)0+(?=.)/, '$1');
};
