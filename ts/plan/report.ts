// What ctn-init says on its sync socket, as a value, and as the error it stands for.
import {CtnError} from '../errors.js';
import {errnoName} from '../linux/errno.js';
import {decodeUtf8} from '../linux/utf8.js';
import {stepLayouts, wire, type Step} from './wire.gen.js';

export type Report =
	| {readonly kind: 'error'; readonly step: Step['op'] | 'start'; readonly index: number; readonly errno: string; readonly detail: string; readonly value?: number}
	| {readonly kind: 'sync'; readonly point: number}
	| {readonly kind: 'child'; readonly pid: number}
	| {readonly kind: 'fd'; readonly step: Step['op'] | 'start'};

const stepNames = new Map<number, Step['op']>(
	Object.entries(stepLayouts).map(([name, layout]) => [layout.code, name as Step['op']]),
);

/**
 * Reads a `struct ctn_report`.
 *
 * @throws CtnError `ERR_PLAN_INVALID` if these bytes are none.
 */
export const decodeReport = (bytes: Uint8Array): Report => {
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	if (bytes.length !== wire.reportSize || view.getUint32(0, true) !== wire.reportMagic) {
		throw new CtnError('ERR_PLAN_INVALID', `container init sent ${bytes.length} bytes that are no report`);
	}

	const step = stepNames.get(view.getUint32(12, true)) ?? 'start';
	const value = view.getUint32(20, true);
	switch (view.getUint32(4, true)) {
		case wire.report.sync: {
			return {kind: 'sync', point: value};
		}

		case wire.report.child: {
			return {kind: 'child', pid: value};
		}

		case wire.report.fd: {
			return {kind: 'fd', step};
		}

		default: {
			const text = bytes.subarray(24);
			const end = text.indexOf(0);
			return {
				kind: 'error',
				step,
				index: view.getUint32(8, true),
				errno: errnoName(view.getInt32(16, true)),
				detail: decodeUtf8(text.subarray(0, end === -1 ? text.length : end)),
				...(value !== 0 && {value}),
			};
		}
	}
};
