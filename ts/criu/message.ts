// Requests and responses as bytes. protobufjs is loaded at the first: that takes 25 ms.
import type * as Protobufjs from 'protobufjs';
import {CtnError} from '../errors.js';
import {schema, type CriuReq, type CriuResp} from './rpc.gen.js';

let root: Protobufjs.Root | undefined;

const typeOf = (name: 'criu_req' | 'criu_resp'): Protobufjs.Type => {
	// eslint-disable-next-line @typescript-eslint/no-require-imports -- at first use, see above
	root ??= (require('protobufjs/light') as typeof Protobufjs).Root.fromJSON(schema);
	return root.lookupType(name);
};

/** Every list of the options may be left out. */
export type CriuRequest = Omit<CriuReq, 'opts'> & {readonly opts?: CriuOptsMessage | undefined};
export type CriuOptsMessage = Partial<NonNullable<CriuReq['opts']>> & {readonly images_dir_fd: number};
export type CriuResponse = CriuResp;

export const encodeRequest = (request: CriuRequest): Uint8Array => {
	const type = typeOf('criu_req');
	return type.encode(type.fromObject(request)).finish();
};

/**
 * @throws CtnError `ERR_CRIU_UNUSABLE` if these bytes are no response.
 */
export const decodeResponse = (bytes: Uint8Array): CriuResponse => {
	const type = typeOf('criu_resp');
	try {
		return type.toObject(type.decode(bytes), {longs: BigInt, enums: String, arrays: true}) as CriuResponse;
	} catch (error) {
		throw new CtnError('ERR_CRIU_UNUSABLE', `CRIU said something that is no response: ${(error as Error).message}`, {cause: error});
	}
};

/** For the peer in tests, and to look at what was sent. */
export const decodeRequest = (bytes: Uint8Array): CriuReq => {
	const type = typeOf('criu_req');
	return type.toObject(type.decode(bytes), {longs: BigInt, enums: String}) as CriuReq;
};

/** For the peer in tests. */
export const encodeResponse = (response: CriuResponse): Uint8Array => {
	const type = typeOf('criu_resp');
	return type.encode(type.fromObject(response)).finish();
};
