import test from 'ava';
import {deviceLinesV1, deviceRules} from '../../ts/cgroups/devices.js';
import type {DeviceCgroup} from '../../ts/oci/config.js';

const lines = (rules: readonly DeviceCgroup[]): string[] =>
	deviceLinesV1(deviceRules(rules)).map(({file, line}) => `${file.replace('devices.', '')} ${line}`);

/** What every container may use comes behind the rules of config.json. */
const always = lines([]).slice(1);

const fuse: DeviceCgroup = {allow: true, type: 'c', major: 10, minor: 229, access: 'rw'};

test('every container is denied everything first, whether its config says so or not', t => {
	for (const rules of [undefined, [], [{allow: false, access: 'rwm'}], [{allow: false}], [{allow: false, type: 'a', major: -1, minor: -1, access: 'mwr'}]] as const) {
		t.deepEqual(lines(rules ?? []), ['deny a', ...always]);
	}
});

test('every container may make any node, and use the devices that programs need', t => {
	for (const line of ['c *:* m', 'b *:* m', 'c 1:3 rwm', 'c 1:5 rwm', 'c 1:7 rwm', 'c 1:8 rwm', 'c 1:9 rwm', 'c 5:0 rwm', 'c 5:2 rwm', 'c 136:* rwm']) {
		t.true(always.includes(`allow ${line}`), line);
	}

	t.true(always.every(line => line.startsWith('allow ')));
	t.false(always.includes('allow a'));
});

test('rules keep their order, as the later one wins', t => {
	t.deepEqual(lines([fuse, {...fuse, allow: false, access: 'w'}, {allow: true, type: 'b', major: 8, access: 'r'}]), [
		'deny a', 'allow c 10:229 rw', 'deny c 10:229 w', 'allow b 8:* r', ...always,
	]);
});

test('a rule about all devices makes those before it void', t => {
	const disk: DeviceCgroup = {allow: true, type: 'b', major: 8, minor: 0, access: 'r'};
	const none: DeviceCgroup = {allow: false, access: 'rwm'};

	t.deepEqual(lines([fuse, none, disk]), ['deny a', 'allow b 8:0 r', ...always]);
	t.deepEqual(lines([none, fuse, none, disk, none]), ['deny a', ...always]);
});

test('a container that may use all devices is told so, with what is denied it again', t => {
	t.deepEqual(lines([{allow: false, access: 'rwm'}, {allow: true, access: 'rwm'}]).slice(0, 2), ['deny a', 'allow a']);
	t.deepEqual(lines([{allow: true}, {...fuse, allow: false}]).slice(0, 3), ['deny a', 'allow a', 'deny c 10:229 rw']);
});

test('a rule about all devices, but not all access, is one for both types', t => {
	t.deepEqual(lines([{allow: true, access: 'r'}, {allow: true, type: 'a', major: 7, minor: -1, access: 'rw'}]), [
		'deny a', 'allow b *:* r', 'allow c *:* r', 'allow b 7:* rw', 'allow c 7:* rw', ...always,
	]);
});

test('a rule that says nothing of access is about all of it, and one that does not allow denies', t => {
	t.deepEqual(lines([{type: 'c', major: 10, minor: 1} as DeviceCgroup]), ['deny a', 'deny c 10:1 rwm', ...always]);
});
