import test from 'ava';
import {deviceRules} from '../../ts/cgroups/devices.js';
import type {CgroupLayout} from '../../ts/cgroups/layout.js';
import {planUnit, slicePath, unitOf} from '../../ts/cgroups/systemd.js';
import {deviceProperties} from '../../ts/cgroups/unit-devices.js';
import {annotationProperties, resourceProperties} from '../../ts/cgroups/unit-properties.js';
import type {ValidConfig} from '../../ts/oci/config.js';

const infinity = 0xffff_ffff_ffff_ffffn;
const v2: CgroupLayout = {mode: 'v2', v1: {}, unified: '/cg', v2Controllers: ['cpu', 'memory', 'pids']};
const v1: CgroupLayout = {mode: 'hybrid', v1: Object.fromEntries(['memory', 'cpu', 'cpuacct', 'pids', 'devices', 'name=systemd'].map(name => [name, `/cg/${name}`])), unified: '/cg/unified', v2Controllers: []};
const config = (linux: ValidConfig['linux'], annotations = {}): ValidConfig => ({ociVersion: '1.3.0', root: {path: 'r'}, process: {args: ['a'], cwd: '/'}, linux, annotations}) as unknown as ValidConfig;

test('cgroupsPath is slice, prefix and name', t => {
	t.deepEqual(unitOf('kubepods-pod1.slice:cri:abc', 'id'), {slice: 'kubepods-pod1.slice', unit: 'cri-abc.scope'});
	t.deepEqual(unitOf(':ct:abc', 'id'), {slice: 'system.slice', unit: 'ct-abc.scope'});
	t.deepEqual(unitOf('user.slice::abc', 'id'), {slice: 'user.slice', unit: 'abc.scope'});
	t.deepEqual(unitOf(undefined, 'id'), {slice: 'system.slice', unit: 'ctnative-id.scope'});
	for (const path of ['/a/b', 'a:b', 'a:b:c:d', 'x.slice:b:', 'x.slice:b:../c', 'x.slice:b/c:d']) {
		t.throws(() => planUnit(v2, 'id', config({cgroupsPath: path})), {code: 'ERR_CONFIG_INVALID', message: /^config\.json: linux\.cgroupsPath must be "slice:prefix:name" for systemd/}, path);
	}
});

test('a slice is below those that its name begins with', t => {
	t.is(slicePath('a-b-c.slice'), '/a.slice/a-b.slice/a-b-c.slice');
	t.is(slicePath('system.slice'), '/system.slice');
	t.is(slicePath('-.slice'), '');
	for (const slice of ['a--b.slice', 'a.scope', '-a.slice', '../x.slice', 'a/b.slice']) {
		t.throws(() => slicePath(slice), {code: 'ERR_CONFIG_INVALID'}, slice);
	}
});

test('the cgroup is where systemd will make it', t => {
	const plan = planUnit(v2, 'web', config({cgroupsPath: 'a-b.slice:ct:web', resources: {pids: {limit: 3}}}));
	t.is(plan.record.unified, '/cg/a.slice/a-b.slice/ct-web.scope');
	t.is(plan.record.unit, 'ct-web.scope');
	t.deepEqual(plan.create, [], 'systemd makes it, and hands controllers down');
	t.deepEqual(Object.fromEntries(plan.unit!.properties.map(([name, , value]) => [name, value])), {
		Description: 'ctnative container web', Slice: 'a-b.slice', Delegate: true, CPUAccounting: true, MemoryAccounting: true,
		IOAccounting: true, TasksAccounting: true, DefaultDependencies: false, TasksMax: 3n, DevicePolicy: 'strict',
		DeviceAllow: [
			['char-*', 'rwm'], ['block-*', 'm'], // All of char for the sake of 136, of which this /proc/devices knows nothing
			...['1:3', '1:5', '1:7', '1:8', '1:9', '5:0', '5:2', '10:200'].map(number => [`/dev/char/${number}`, 'rwm']),
		],
	});
	t.is(planUnit(v1, 'web', config({})).unit!.properties.find(([name]) => name.endsWith('IOAccounting'))![0], 'BlockIOAccounting');
});

test('on v1 the container is in systemd\'s own hierarchy, too, and directories may be there', t => {
	const plan = planUnit(v1, 'web', config({}));
	t.is(plan.record.v1['name=systemd'], '/cg/name=systemd/system.slice/ctnative-web.scope');
	t.true(plan.tasks.includes('/cg/name=systemd/system.slice/ctnative-web.scope/tasks'));
	t.true(plan.create.every(op => op.op !== 'mkdir' || op.okErrno === 'EEXIST'));
});

test('limits are told to systemd in its own words', t => {
	const resources = {
		memory: {limit: 1000, swap: 1500, reservation: 10},
		cpu: {shares: 1024, quota: 12_345, period: 50_000, cpus: '0-1,9', mems: '0'},
		pids: {limit: 0},
		blockIO: {weight: 50},
	};
	t.deepEqual(resourceProperties('v2', resources), [
		['MemoryMax', 't', 1000n],
		['MemoryLow', 't', 10n],
		['MemorySwapMax', 't', 500n],
		['CPUWeight', 't', 100n],
		['CPUQuotaPeriodUSec', 't', 50_000n],
		['CPUQuotaPerSecUSec', 't', 250_000n], // 246900, in whole hundredths of a CPU
		['AllowedCPUs', 'ay', [3, 2]],
		['AllowedMemoryNodes', 'ay', [1]],
		['TasksMax', 't', 1n],
	]);
	t.deepEqual(resourceProperties('hybrid', resources).map(([name]) => name), ['MemoryLimit', 'CPUShares', 'CPUQuotaPeriodUSec', 'CPUQuotaPerSecUSec', 'BlockIOWeight', 'TasksMax']);
	t.deepEqual(resourceProperties('v2', {memory: {limit: -1, swap: -1}, cpu: {quota: -1}, pids: {limit: -1}}), [
		['MemoryMax', 't', infinity], ['MemorySwapMax', 't', infinity], ['CPUQuotaPerSecUSec', 't', infinity], ['TasksMax', 't', infinity],
	]);
});

test('files that are given by name are told to systemd where it has a word for them', t => {
	t.deepEqual(resourceProperties('v2', {pids: {limit: 3}, unified: {
		'memory.high': '4096', 'memory.max': 'max', 'memory.min': '1', 'pids.max': '9', 'cpu.max': '50000 100000', 'cpu.weight': '7', 'cpuset.cpus': '1', 'io.max': '8:0 rbps=1',
	}}), [
		['TasksMax', 't', 3n],
		['MemoryMin', 't', 1n],
		['MemoryHigh', 't', 4096n],
		['MemoryMax', 't', infinity],
		['TasksMax', 't', 9n],
		['CPUWeight', 't', 7n],
		['CPUQuotaPeriodUSec', 't', 100_000n],
		['CPUQuotaPerSecUSec', 't', 500_000n],
		['AllowedCPUs', 'ay', [2]],
	]);
	t.deepEqual(resourceProperties('v2', {unified: {'cpu.max': 'max'}}), [['CPUQuotaPerSecUSec', 't', infinity]]);
});

const procDevices = 'Character devices:\n  1 mem\n  4 /dev/vc/0\n136 pts\n\nBlock devices:\n  8 sd\n259 blkext\n';

test('devices are allowed by number, or by the driver of all that have a major number', t => {
	const [policy, empty, list] = deviceProperties('v2', deviceRules([{allow: false, access: 'rwm'}, {allow: true, type: 'b', major: 8, access: 'r'}]), procDevices);
	t.deepEqual([policy, empty], [['DevicePolicy', 's', 'strict'], ['DeviceAllow', 'a(ss)', []]]);
	t.deepEqual(list!.slice(0, 2), ['DeviceAllow', 'a(ss)']);
	const entries = list![2] as Array<[string, string]>;
	t.deepEqual(entries[0], ['block-sd', 'r']);
	t.deepEqual(entries.at(-1), ['char-pts', 'rwm']);
	t.true(entries.some(([path, access]) => path === '/dev/char/1:3' && access === 'rwm'));
});

test('systemd is told of no less than the rules allow on v2, and of no more on v1', t => {
	const all = {allow: true, type: 'a', access: 'rwm'} as const;
	const auto = [['DevicePolicy', 's', 'auto'], ['DeviceAllow', 'a(ss)', []]];
	const allowed = (mode: 'v1' | 'v2', rules: Parameters<typeof deviceRules>[0]) => (deviceProperties(mode, deviceRules(rules), procDevices)[2]?.[2] as Array<[string, string]>)
		.filter(([path]) => /^(block-[a-z]|\/dev\/block)/.test(path));
	t.deepEqual(deviceProperties('v1', deviceRules([all]), ''), auto as never);
	const denied = deviceRules([all, {allow: false, type: 'b', major: 8, minor: 0, access: 'rwm'}]);
	t.deepEqual(deviceProperties('v2', denied, ''), auto as never, 'our own program denies it');
	t.deepEqual(deviceProperties('v1', denied, '').map(([name, , value]) => [name, value]), [['DevicePolicy', 'strict'], ['DeviceAllow', []], ['DeviceAllow', []]]);

	const cut = [{allow: true, type: 'b', major: 8, access: 'rw'}, {allow: false, type: 'b', major: 8, minor: 1, access: 'w'}] as const;
	t.deepEqual(allowed('v2', cut), [['block-sd', 'rw']]);
	t.deepEqual(allowed('v1', cut), [['block-sd', 'r']]);
	for (const mode of ['v1', 'v2'] as const) {
		t.deepEqual(allowed(mode, [{allow: true, type: 'b', major: 8, minor: 1, access: 'rw'}, {allow: false, type: 'b', major: 8, access: 'rwm'}]), []);
		t.deepEqual(allowed(mode, [{allow: true, type: 'b', major: 8, minor: 1, access: 'rw'}, {allow: false, type: 'b', major: 9, access: 'rwm'}]), [['/dev/block/8:1', 'rw']]);
	}

	const unknown = (mode: 'v1' | 'v2') => (deviceProperties(mode, deviceRules([{allow: true, type: 'b', major: 77, access: 'r'}]), procDevices)[2]![2] as Array<[string, string]>)
		.filter(([path, access]) => path === 'block-*' && access === 'rm').length;
	t.deepEqual([unknown('v1'), unknown('v2')], [0, 1]);
});

test('annotations are properties of the unit', t => {
	const of = (name: string, text: string) => annotationProperties({'org.example': 'x', [`org.systemd.property.${name}`]: text});
	t.deepEqual(of('TimeoutStopUSec', 'uint64 123456789'), [['TimeoutStopUSec', 't', 123_456_789n]]);
	t.deepEqual(of('TimeoutStopSec', '5'), [['TimeoutStopUSec', 't', 5_000_000n]]);
	t.deepEqual(of('TimeoutStopSec', '1.5'), [['TimeoutStopUSec', 't', 1_500_000n]]);
	t.deepEqual(of('CollectMode', '\'inactive-or-failed\''), [['CollectMode', 's', 'inactive-or-failed']]);
	t.deepEqual(of('Before', '[\'a.target\', "b.target"]'), [['Before', 'as', ['a.target', 'b.target']]]);
	t.deepEqual(of('SendSIGHUP', 'true'), [['SendSIGHUP', 'b', true]]);
	for (const [name, text] of [['A', '1'], ['Na-me', '1'], ['Name', 'text'], ['Name', '[1, \'a\']'], ['Name', 'uint7 1']] as const) {
		t.throws(() => of(name, text), {code: 'ERR_CONFIG_INVALID', message: /GVariant text/}, `${name} ${text}`);
	}
});
