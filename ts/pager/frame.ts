// What the page daemon and the source say to each other: src-native/pager/frame.h in TypeScript.

export const frameKinds = {hello: 1, want: 2, urgent: 3, pages: 4, running: 5, done: 6} as const;

export const frameVersion = 1;
export const frameBytes = 32;
/** Of a migration, from host to host: ts/pager/transfer.ts. The page daemon knows nothing of them. */
export const transferKinds = {
	/** To the source: freeze it, and send what there is of it but its memory. `pages` is the version. */
	take: 64,
	/** From the source: a file of `address` bytes; its name has `length`. Name and content follow. */
	file: 65,
	/** From the source: that was all. */
	images: 66,
	/** From the source: that was memory sent ahead, which what follows builds upon. */
	round: 71,
	/** To the source: all is restored, and about to run. */
	prepared: 67,
	/** From the source: let it run; it will not run here again. */
	commit: 68,
	/** To the source, also as the first frame: it does not run there, and will not; and back. Why has `length` bytes. */
	failed: 69,
	/** Either way, at any time but among the images: nothing new. */
	here: 70,
} as const;

/** Most pages of one request. */
export const mostPages = 64;

export interface Frame {
	readonly kind: number;
	/** Bytes that follow. */
	readonly length: number;
	readonly address: bigint;
	readonly pid: number;
	readonly pages: number;
	readonly tag: bigint;
}

export const encodeFrame = ({kind, length = 0, address = 0n, pid = 0, pages = 0, tag = 0n}: Partial<Frame> & Pick<Frame, 'kind'>): Buffer => {
	const bytes = Buffer.alloc(frameBytes);
	bytes.writeUInt32LE(kind, 0);
	bytes.writeUInt32LE(length, 4);
	bytes.writeBigUInt64LE(address, 8);
	bytes.writeUInt32LE(pid, 16);
	bytes.writeUInt32LE(pages, 20);
	bytes.writeBigUInt64LE(tag, 24);
	return bytes;
};

export const decodeFrame = (bytes: Buffer): Frame => ({
	kind: bytes.readUInt32LE(0),
	length: bytes.readUInt32LE(4),
	address: bytes.readBigUInt64LE(8),
	pid: bytes.readUInt32LE(16),
	pages: bytes.readUInt32LE(20),
	tag: bytes.readBigUInt64LE(24),
});

/** CRIU's word for: all is moved, end the tasks. CRIU before 4.2 reads the first 24 bytes of it. */
export const criuEnd = (): Buffer => {
	const bytes = Buffer.alloc(32);
	bytes.writeUInt32LE(0x1023, 0);
	return bytes;
};
