// How a record of the wire format is laid out: what the encoder needs to know of ctn_wire.h.
import type {Errno} from '../linux/errno.js';

/** By number: an interpreter compares strings character by character. */
export const fieldKinds = ['u32', 'u64', 'fd', 'str', 'ostr', 'strv', 'blob'] as const;

export type FieldKind = typeof fieldKinds[number];

/** [kind, name, byte offset in the record] */
export type FieldLayout = readonly [kind: number, name: string, offset: number];

export interface RecordLayout {
	readonly code: number;
	readonly size: number;
	readonly fields: readonly FieldLayout[];
}

export type Layouts<Op extends string> = {readonly [Name in Op]: RecordLayout};

/** The errno that counts as success for one record; `any` goes on whatever happens. */
export type OkErrno = Errno | 'any';
