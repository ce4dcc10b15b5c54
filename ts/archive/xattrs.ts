// Extended attributes in a tar archive, as libarchive writes them: any bytes, in base64. What others write as text is read, too.
import {decodeUtf8} from '../linux/utf8.js';
import type {HostOp, HostResult} from '../native/native.js';
import {refused} from './tree.js';

const base64Prefix = 'LIBARCHIVE.xattr.';
const textPrefix = 'SCHILY.xattr.';

/** What a container may have set, and may have again. `trusted.*` is the host's: overlay is told by it what is deleted. */
const allowed = /^(?:user\.|security\.capability$|system\.posix_acl_)/;

export type Xattrs = ReadonlyMap<string, Uint8Array>;

/** What `xattrs` of a batch gave. */
export const parseXattrs = (result: HostResult | undefined): Xattrs => {
	const found = new Map<string, Uint8Array>();
	if (!(result instanceof Uint8Array)) {
		return found;
	}

	const view = new DataView(result.buffer, result.byteOffset, result.byteLength);
	for (let at = 0; at < result.length;) {
		const end = result.indexOf(0, at);
		const start = end + 5;
		const next = start + view.getUint32(end + 1, true);
		found.set(decodeUtf8(result.subarray(at, end)), result.subarray(start, next));
		at = next;
	}

	return found;
};

/** As records of a pax header. */
export const xattrRecords = (xattrs: Xattrs): Record<string, string> =>
	Object.fromEntries([...xattrs].filter(([name]) => allowed.test(name)).map(([name, value]) => [base64Prefix + name, Buffer.from(value).toString('base64')]));

/**
 * Ops that set what a pax header says on a file.
 *
 * @throws CtnError `ERR_ARCHIVE` for an attribute that is not a container's to have.
 */
export const xattrOps = (entry: string, pax: Readonly<Record<string, string>> | undefined, path: string): HostOp[] => {
	const ops = new Map<string, HostOp>();
	for (const [key, text] of Object.entries(pax ?? {})) {
		const prefix = [base64Prefix, textPrefix].find(start => key.startsWith(start));
		if (prefix === undefined) {
			continue;
		}

		const name = key.slice(prefix.length);
		if (!allowed.test(name)) {
			throw refused(entry, `has the extended attribute ${name}, which an archive must not set`);
		}

		if (prefix === textPrefix && text.includes('\uFFFD') && !ops.has(name)) {
			throw refused(entry, `has the extended attribute ${name} with bytes that are no text`);
		}

		if (prefix === base64Prefix || !ops.has(name)) {
			ops.set(name, {op: 'set_xattr', path, name, value: prefix === base64Prefix ? Buffer.from(text, 'base64') : Buffer.from(text)});
		}
	}

	return [...ops.values()];
};
