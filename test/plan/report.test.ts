import test from 'ava';
import {decodeReport} from '../../ts/plan/report.js';
import {stepLayouts, wire} from '../../ts/plan/wire.gen.js';

interface Fields {
	readonly magic?: number;
	readonly kind: number;
	readonly index?: number;
	readonly code?: number;
	readonly errno?: number;
	readonly value?: number;
	readonly detail?: string | Uint8Array;
}

/** A struct ctn_report, at an odd place of a larger buffer as it may come from a socket. */
const report = ({magic = wire.reportMagic, kind, index = 0, code = 0, errno = 0, value = 0, detail = ''}: Fields): Uint8Array => {
	const bytes = new Uint8Array(wire.reportSize + 3).subarray(3);
	const view = new DataView(bytes.buffer, bytes.byteOffset);
	[magic, kind, index, code, errno, value].forEach((number, position) => view.setUint32(4 * position, number, true));
	bytes.set(typeof detail === 'string' ? Buffer.from(detail) : detail, 24);
	return bytes;
};

const {error, sync, child, fd} = wire.report;

test('a failure is told by step, index, errno and what the step worked on', t => {
	t.deepEqual(decodeReport(report({kind: error, index: 7, code: stepLayouts.mount.code, errno: 2, detail: '/proc/größe'})), {
		kind: 'error', step: 'mount', index: 7, errno: 'ENOENT', detail: '/proc/größe',
	});
});

test('a failure before the first step is one of start', t => {
	t.like(decodeReport(report({kind: error, errno: 74})), {kind: 'error', step: 'start', errno: 'EBADMSG', detail: ''});
});

test('every step is known by its code', t => {
	for (const [name, {code}] of Object.entries(stepLayouts)) {
		t.like(decodeReport(report({kind: error, code, errno: 1})), {step: name});
	}
});

test('a detail that fills its field to the last byte is read to the last byte', t => {
	const detail = 'x'.repeat(232);
	t.like(decodeReport(report({kind: error, errno: 1, detail})), {detail});
});

test('a detail that was cut in the middle of a character is still text', t => {
	t.like(decodeReport(report({kind: error, errno: 1, detail: Uint8Array.of(0x61, 0xE2, 0x82)})), {detail: 'a\uFFFD'});
});

test('an errno without a name is told by its number', t => {
	t.like(decodeReport(report({kind: error, errno: 4000})), {errno: 'errno 4000'});
});

test('a sync point, a child and a descriptor are told as such', t => {
	t.deepEqual(decodeReport(report({kind: sync, value: wire.sync.created})), {kind: 'sync', point: wire.sync.created});
	t.deepEqual(decodeReport(report({kind: child, value: 0xFFFF_FFFF})), {kind: 'child', pid: 0xFFFF_FFFF});
	t.deepEqual(decodeReport(report({kind: fd, code: stepLayouts.console.code})), {kind: 'fd', step: 'console'});
});

test('bytes that are no report are refused', t => {
	const good = report({kind: sync});
	for (const bytes of [new Uint8Array(0), good.subarray(1), new Uint8Array(wire.reportSize + 1), report({kind: sync, magic: wire.planMagic})]) {
		t.throws(() => decodeReport(bytes), {code: 'ERR_PLAN_INVALID', message: `container init sent ${bytes.length} bytes that are no report`});
	}
});
