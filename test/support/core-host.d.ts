// What the core may know of a host, for tsconfig.core.json: the names of stream types, and nothing else.
declare module 'node:stream' {
	export interface Readable {
		destroy(): void;
	}
	export interface Writable {
		destroy(): void;
	}
	export interface Duplex extends Readable, Writable {}
}
