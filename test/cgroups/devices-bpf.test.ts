import {execFileSync} from 'node:child_process';
import {existsSync, mkdirSync, rmdirSync} from 'node:fs';
import test from 'ava';
import {deviceProgram} from '../../ts/cgroups/devices-bpf.js';
import {deviceRules, type DeviceRule} from '../../ts/cgroups/devices.js';
import {linuxNative} from '../../ts/native/linux.js';
import {DeviceProgram, type DeviceAccess} from '../support/ebpf.js';
import {testUnless} from '../support/skip.js';
import {randomOf, type Random} from '../plan/random.js';

const types = {b: 1, c: 2};
const letters = {m: 1, r: 2, w: 4};

const mask = (access: string): number => [...access].reduce((all, letter) => all | letters[letter as keyof typeof letters], 0);

/** The last rule that fits decides: all that is wanted must be in it to allow, any of it to deny. */
const allowed = (rules: readonly DeviceRule[], {type, access, major, minor}: DeviceAccess): boolean => {
	const fits = rules.findLast(rule => (rule.type === 'a' || types[rule.type] === type)
		&& (rule.major ?? major) === major && (rule.minor ?? minor) === minor
		&& (rule.allow ? (access & ~mask(rule.access)) === 0 : (access & mask(rule.access)) !== 0));
	return fits?.allow ?? false;
};

const numbers = [0, 1, 3, 5, 136, 4095, 0xfffff];
const pick = <Value>(random: Random, values: readonly Value[]): Value => values[random(values.length)]!;

const randomRule = (random: Random): DeviceRule => ({
	allow: random(2) === 0,
	type: pick(random, ['a', 'b', 'c']),
	major: random(3) ? pick(random, numbers) : undefined,
	minor: random(3) ? pick(random, numbers) : undefined,
	access: pick(random, ['r', 'w', 'm', 'rw', 'rm', 'wm', 'rwm', 'mwr']),
});

/** Each type, each access and some numbers. */
const accesses: readonly DeviceAccess[] = [1, 2].flatMap(type => [1, 2, 3, 4, 5, 6, 7].flatMap(access =>
	numbers.flatMap(major => numbers.map(minor => ({type, access, major, minor})))));

test('without a rule nothing is allowed', t => {
	const program = new DeviceProgram(deviceProgram([]));
	t.deepEqual(accesses.filter(access => program.allows(access)), []);
});

test('a rule for all devices and all access allows all', t => {
	const program = new DeviceProgram(deviceProgram([{allow: true, type: 'a', major: undefined, minor: undefined, access: 'rwm'}]));
	t.true(accesses.every(access => program.allows(access)));
});

test('the program says of every access what the last rule that fits says', t => {
	const random = randomOf(7);
	for (let count = 0; count < 200; count++) {
		const rules = Array.from({length: random(8)}, () => randomRule(random));
		const program = new DeviceProgram(deviceProgram(rules));
		const wrong = accesses.filter(access => program.allows(access) !== allowed(rules, access));
		t.deepEqual(wrong, [], JSON.stringify(rules));
	}
});

test('the rules of a config without any allow /dev/null, and not /dev/sda', t => {
	const program = new DeviceProgram(deviceProgram(deviceRules([])));
	t.true(program.allows({type: types.c, access: letters.r | letters.w, major: 1, minor: 3}));
	t.true(program.allows({type: types.b, access: letters.m, major: 8, minor: 0}));
	t.false(program.allows({type: types.b, access: letters.r, major: 8, minor: 0}));
	t.false(program.allows({type: types.b, access: letters.m | letters.r, major: 8, minor: 0}));
});

const cgroup2 = ['/sys/fs/cgroup/unified', '/sys/fs/cgroup'].find(path => existsSync(`${path}/cgroup.controllers`));
const reason = process.getuid?.() !== 0 ? 'loading a program takes root' : cgroup2 === undefined ? 'no cgroup2 is mounted' : undefined;

testUnless(reason)('the kernel takes the program, and goes by it', async t => {
	const directory = `${cgroup2!}/ctnative-devices-${process.pid}`;
	mkdirSync(directory);
	t.teardown(() => rmdirSync(directory));
	const rules = deviceRules([{allow: false, access: 'rwm'}, {allow: true, type: 'c', major: 1, minor: 11, access: 'w'}]);
	await linuxNative().batch([{op: 'devices', path: directory, program: deviceProgram(rules)}]);

	/** What a shell may open, first moved to where `into` says. */
	const opened = (into: string): string[] => execFileSync('sh', ['-c', `${into}
		for path in /dev/null /dev/zero /dev/kmsg; do (: < $path) && echo "read $path"; done
		(: > /dev/null) && echo "write /dev/null"
		(: > /dev/kmsg) && echo "write /dev/kmsg"
		true`], {encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore']}).trim().split('\n');

	t.deepEqual(opened(''), ['read /dev/null', 'read /dev/zero', 'read /dev/kmsg', 'write /dev/null', 'write /dev/kmsg']);
	t.deepEqual(opened(`echo $$ > ${directory}/cgroup.procs`), ['read /dev/null', 'read /dev/zero', 'write /dev/null', 'write /dev/kmsg']);
});

testUnless(reason)('the kernel takes every program: for all devices, as of a privileged container, and for rules made by chance', async t => {
	const directory = `${cgroup2!}/ctnative-devices-${process.pid}-all`;
	const random = randomOf(11);
	const all: DeviceRule = {allow: true, type: 'a', major: undefined, minor: undefined, access: 'rwm'};
	const some = Array.from({length: 40}, () => Array.from({length: random(6)}, () => randomRule(random)));
	for (const rules of [[], [all], [all, {...all, allow: false}], [{...all, type: 'c' as const}, all, randomRule(random)], ...some]) {
		mkdirSync(directory);
		try {
			await t.notThrowsAsync(linuxNative().batch([{op: 'devices', path: directory, program: deviceProgram(rules)}]), JSON.stringify(rules));
		} finally {
			rmdirSync(directory);
		}
	}
});
