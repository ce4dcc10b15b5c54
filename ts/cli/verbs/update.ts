// update: new limits for a container that is there.
import {CtnError} from '../../errors.js';
import {decodeUtf8} from '../../linux/utf8.js';
import {stdioFd} from '../../native/native.js';
import type {Resources} from '../../oci/config.js';
import {parseJson} from '../../oci/json.js';
import type {Call, Run} from '../verb.js';

const sizeUnits: Readonly<Record<string, number>> = {'': 1, b: 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4, p: 1024 ** 5};

/** `64m`, `1.5GiB`, -1 for no limit. */
const bytes = (text: string, flag: string): number => {
	const match = /^(-1|\d+(?:\.\d+)?) ?([bkmgtp]?)(?:i?b)?$/i.exec(text);
	if (!match) {
		throw new CtnError('ERR_ARGUMENT', `invalid value for ${flag}: invalid size: '${text}'`, {subject: flag});
	}

	return Math.floor(Number(match[1]) * sizeUnits[match[2]!.toLowerCase()]!);
};

const integer = (text: string, flag: string): number => {
	if (!/^-?\d+$/.test(text)) {
		throw new CtnError('ERR_ARGUMENT', `invalid value for ${flag}: strconv.ParseInt: parsing "${text}": invalid syntax`, {subject: flag});
	}

	return Number(text);
};

const fromFlags = ({flags}: Call): Resources => {
	const one = <Value>(flag: string, key: string, read: (text: string, flag: string) => Value): Record<string, Value> => {
		const text = flags.text(flag);
		return text === undefined ? {} : {[key]: read(text, flag)};
	};
	const asText = (text: string): string => text;
	return {
		cpu: {
			...one('cpu-share', 'shares', integer), ...one('cpu-period', 'period', integer), ...one('cpu-quota', 'quota', integer),
			...one('cpu-burst', 'burst', integer), ...one('cpu-idle', 'idle', integer),
			...one('cpu-rt-period', 'realtimePeriod', integer), ...one('cpu-rt-runtime', 'realtimeRuntime', integer),
			...one('cpuset-cpus', 'cpus', asText), ...one('cpuset-mems', 'mems', asText),
		},
		memory: {...one('memory', 'limit', bytes), ...one('memory-reservation', 'reservation', bytes), ...one('memory-swap', 'swap', bytes)},
		...(flags.text('pids-limit') !== undefined && {pids: {limit: integer(flags.text('pids-limit')!, 'pids-limit')}}),
		...(flags.text('blkio-weight') !== undefined && {blockIO: {weight: integer(flags.text('blkio-weight')!, 'blkio-weight')}}),
	} as Resources;
};

/** All of a descriptor, to its end. */
const readInput = async ({native}: Call): Promise<string> => {
	const parts: string[] = [];
	for (;;) {
		const [part] = await native.batch([{op: 'read_fd', fd: stdioFd(0), max: 1 << 16}]) as [Uint8Array];
		if (part.length === 0) {
			return parts.join('');
		}

		parts.push(decodeUtf8(part));
	}
};

const readResources = async (call: Call, file: string): Promise<Resources> => {
	if (file === '-') {
		return parseJson(await readInput(call), 'standard input') as Resources;
	}

	const [text] = await call.native.batch([{op: 'read', path: call.path(file), max: 1 << 24, okErrno: 'ENOENT'}]);
	if (!(text instanceof Uint8Array)) {
		throw new CtnError('ERR_ARGUMENT', `open ${file}: no such file or directory`, {subject: file});
	}

	return parseJson(decodeUtf8(text), file) as Resources;
};

/** Clients send 0 for what they do not mean to set, and empty texts. */
const withoutUnset = (value: unknown): unknown => typeof value === 'object' && value !== null && !Array.isArray(value)
	? Object.fromEntries(Object.entries(value).filter(([, item]) => item !== 0 && item !== '').map(([key, item]) => [key, withoutUnset(item)]))
	: value;

export const run: Run = async call => {
	const {runtime, flags, args: [id]} = call;
	const file = flags.text('resources');
	const container = await runtime.load(id!);
	const resources = file === undefined ? fromFlags(call) : withoutUnset(await readResources(call, file)) as Resources;
	const [l3CacheSchema, memBwSchema] = [flags.text('l3-cache-schema'), flags.text('mem-bw-schema')];
	const hasRdt = l3CacheSchema !== undefined || memBwSchema !== undefined;
	await container.update(resources, hasRdt ? {intelRdt: {...(l3CacheSchema !== undefined && {l3CacheSchema}), ...(memBwSchema !== undefined && {memBwSchema})}} : {});
	return 0;
};
