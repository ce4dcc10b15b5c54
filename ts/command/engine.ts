// What QuickJS lacks of a host that the core may look for; loaded before everything else.
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
