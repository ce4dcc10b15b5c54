// The messages of the images, with protobufjs behind them. It is loaded at the first one: that takes 25 ms.
import type * as Protobufjs from 'protobufjs';
import {CtnError} from '../errors.js';
import {schema, type Messages} from './images.gen.js';

interface Protobuf {
	readonly root: Protobufjs.Root;
	reader(bytes: Uint8Array): Protobufjs.Reader;
}

let loaded: Protobuf | undefined;

const load = (): Protobuf => {
	// eslint-disable-next-line @typescript-eslint/no-require-imports -- at first use, see above
	const {Root, Reader} = require('protobufjs/light') as typeof Protobufjs;
	return {
		root: Root.fromJSON(schema),
		reader(bytes) {
			const reader = Reader.create(bytes);
			reader.discardUnknown = false;
			return reader;
		},
	};
};

const parse = (name: keyof Messages, bytes: Uint8Array): {type: Protobufjs.Type; message: Protobufjs.Message} => {
	loaded ??= load();
	const type = loaded.root.lookupType(name);
	try {
		return {type, message: type.decode(loaded.reader(bytes))};
	} catch (error) {
		throw new CtnError('ERR_CHECKPOINT_IMAGES', `an image holds no ${name} where one must be: ${(error as Error).message}`, {subject: name, cause: error});
	}
};

/**
 * Reads one message. 64-bit fields are bigints, enumerations their names, repeated fields arrays;
 * an optional field that is not there is undefined.
 *
 * @throws CtnError `ERR_CHECKPOINT_IMAGES` if the bytes are no such message.
 */
export const decode = <Name extends keyof Messages>(name: Name, bytes: Uint8Array): Messages[Name] => {
	const {type, message} = parse(name, bytes);
	return type.toObject(message, {longs: BigInt, enums: String, arrays: true}) as Messages[Name];
};

/** What edit() lets you set: fields that are numbers or bigints, and messages with such fields. */
export type Edits<Record> = {
	readonly [Name in keyof Record]?: NonNullable<Record[Name]> extends number | bigint | string | boolean ? Record[Name] : Edits<NonNullable<Record[Name]>>;
};

const apply = (message: {[name: string]: unknown}, edits: {readonly [name: string]: unknown}): void => {
	for (const [name, value] of Object.entries(edits)) {
		if (typeof value === 'object') {
			apply(message[name] as {[name: string]: unknown}, value as {[name: string]: unknown});
		} else {
			message[name] = typeof value === 'bigint' ? value.toString() : value;
		}
	}
};

/**
 * The message with some fields changed. Fields that the schema does not know are kept; they move to
 * the end of the message they are in.
 *
 * @throws CtnError as decode() does.
 */
export const edit = <Name extends keyof Messages>(name: Name, bytes: Uint8Array, edits: Edits<Messages[Name]>): Uint8Array => {
	const {type, message} = parse(name, bytes);
	apply(message as unknown as {[name: string]: unknown}, edits);
	return type.encode(message).finish();
};

/** The bytes of a message with these fields; those that are left out are not in it. */
export const encode = <Name extends keyof Messages>(name: Name, fields: {readonly [Field in keyof Messages[Name]]?: number}): Uint8Array => {
	loaded ??= load();
	const type = loaded.root.lookupType(name);
	return type.encode(type.fromObject(fields)).finish();
};
