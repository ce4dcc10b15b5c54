// Every field of config.json, with every wrong type in its place.
import test from 'ava';
import {CtnError} from '../../ts/errors.js';
import {at} from '../../ts/oci/validate/check.js';
import {validateConfig} from '../../ts/oci/validate/index.js';
import {fullConfig} from './full-config.js';

const context = {bundle: '/bundle'};

const isContainer = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** [JSON path, keys that lead there, value] of everything in a value. */
function * fields(value: unknown, path = '', keys: Array<string | number> = []): Generator<[string, Array<string | number>, unknown]> {
	yield [path, keys, value];
	if (isContainer(value)) {
		for (const [name, item] of Object.entries(value)) {
			const key = Array.isArray(value) ? Number(name) : name;
			yield * fields(item, at(path, key), [...keys, key]);
		}
	}
}

/** A copy with another value in one place. */
const replaced = (value: unknown, [key, ...rest]: ReadonlyArray<string | number>, replacement: unknown): unknown => {
	if (key === undefined) {
		return replacement;
	}

	const copy = Array.isArray(value) ? [...value] as unknown[] : {...value as object};
	Reflect.set(copy, key, replaced(Reflect.get(value as object, key), rest, replacement));
	return copy;
};

const kindOf = (value: unknown): string => Array.isArray(value) ? 'array' : typeof value === 'bigint' ? 'number' : typeof value;

const anything: readonly unknown[] = [
	'text', '', 'a\0b', 0, 1.5, -1e30, Number.NaN, 2 ** 70, -5n, 2n ** 80n, true, false, {}, {a: 1}, [], [{}], [[]], [null],
	Symbol('symbol'), () => 1, new Date(), new Map(), null, undefined,
];

/** undefined if the config is valid, or the error. */
const verdict = (config: unknown): unknown => {
	try {
		validateConfig(config, context);
		return undefined;
	} catch (error) {
		return error;
	}
};

test('a config with every field there is is valid, and comes out as it went in', t => {
	const {linux: {seccomp: {...seccomp}, ...linux}, ...config} = fullConfig();
	t.deepEqual(validateConfig(fullConfig(), context) as unknown, {...config, linux: {...linux, seccomp}});
});

test('a value of the wrong type is refused by the path of its field, whichever it is', t => {
	const config = fullConfig();
	let tried = 0;
	for (const [path, keys, value] of fields(config)) {
		for (const wrong of anything.filter(item => item !== null && item !== undefined && kindOf(item) !== kindOf(value))) {
			const error = verdict(replaced(config, keys, wrong));
			const name = path === '' ? 'config.json' : path;
			t.true(error instanceof CtnError, `${name} = ${String(wrong)}: ${String(error)}`);
			t.like(error, {code: 'ERR_CONFIG_INVALID', subject: name}, `${name} = ${String(wrong)}`);
			tried++;
		}
	}

	t.true(tried > 3000, String(tried));
});

test('whatever stands in a field, nothing but a CtnError comes out', t => {
	const config = fullConfig();
	for (const [path, keys] of fields(config)) {
		for (const value of anything) {
			const error = verdict(replaced(config, keys, value));
			t.true(error === undefined || (error instanceof CtnError && error.code === 'ERR_CONFIG_INVALID'), `${path} = ${String(value)}: ${String(error)}`);
		}
	}
});

test('a NUL byte is refused in every string', t => {
	const config = fullConfig();
	for (const [path, keys, value] of fields(config)) {
		if (typeof value === 'string') {
			t.like(verdict(replaced(config, keys, `${value}\0`)), {code: 'ERR_CONFIG_INVALID', subject: path});
		}
	}
});

test('a NUL byte is refused in every name that is an author\'s choice', t => {
	for (const [key, change] of [
		['annotations', {annotations: {'a\0': ''}}],
		['linux.sysctl', {linux: {sysctl: {'net.a\0': ''}}}],
		['linux.netDevices', {linux: {netDevices: {'a\0': {}}}}],
		['linux.resources.rdma', {linux: {resources: {rdma: {'a\0': {}}}}}],
		['linux.resources.unified', {linux: {resources: {unified: {'memory.high\0': ''}}}}],
	] as const) {
		const error = verdict({...fullConfig(), ...change}) as CtnError;
		t.is(error.code, 'ERR_CONFIG_INVALID');
		t.true(error.subject?.startsWith(`${key}[`), error.subject);
	}
});

test('a missing field that is required is named, and null is as good as missing', t => {
	for (const path of [
		'ociVersion', 'root', 'root.path', 'process', 'process.args', 'process.cwd', 'process.rlimits[0].type', 'process.rlimits[0].soft',
		'process.rlimits[0].hard', 'mounts[0].destination', 'linux.namespaces[0].type', 'linux.uidMappings[0].size', 'linux.devices[0].path',
		'linux.resources.devices[0].access', 'linux.resources.hugepageLimits[0].limit', 'linux.seccomp.syscalls[0].names',
		'linux.seccomp.syscalls[0].args[0].value', 'hooks.prestart[0].path',
	]) {
		const keys = path.split(/[.[\]]+/).filter(key => key !== '').map(key => /^\d+$/.test(key) ? Number(key) : key);
		for (const value of [null, undefined]) {
			const error = verdict(replaced(fullConfig(), keys, value)) as CtnError;
			t.is(error.subject, path);
			t.regex(error.message, /^config\.json: .* must be .*, but is missing$/);
		}
	}
});

test('an optional field may be null, as a Go program writes nothing', t => {
	const config = validateConfig({...fullConfig(), hooks: null, annotations: null, linux: {...fullConfig().linux, devices: null, seccomp: null}}, context);
	t.false('hooks' in config);
	t.false('annotations' in config);
	t.false('devices' in config.linux);
	t.false('seccomp' in config.linux);
});

test('unknown keys are ignored, and do not come out', t => {
	const config = validateConfig({...fullConfig(), windows: {a: 1}, process: {...fullConfig().process, commandLine: 'x'}}, context);
	t.false('windows' in config);
	t.false('commandLine' in config.process);
});

test('keys that JavaScript itself has are nothing special', t => {
	const annotations = JSON.parse('{"__proto__": "a", "constructor": "b", "toString": "c"}') as unknown;
	const config = validateConfig({...fullConfig(), annotations}, context);
	t.deepEqual(Object.entries(config.annotations!), [['__proto__', 'a'], ['constructor', 'b'], ['toString', 'c']]);
	t.like(verdict(Object.create(fullConfig())), {subject: 'ociVersion'});
});

test('the message says what was expected and what was found', t => {
	const {args, ...process} = fullConfig().process;
	t.true(args.length > 0);
	t.throws(() => validateConfig({...fullConfig(), process: {...process, args: {}}}, context), {
		message: 'config.json: process.args must be a non-empty array of strings, not {}',
	});
	t.throws(() => validateConfig({...fullConfig(), process: {...process, args: ['sh', 3]}}, context), {
		message: 'config.json: process.args[1] must be a string, not 3',
	});
	t.throws(() => validateConfig([], context), {message: 'config.json must be an object, not []'});
});

test('64-bit values may be bigints, and numbers that were rounded are refused', t => {
	const rlimit = (hard: unknown) => ({...fullConfig(), process: {...fullConfig().process, rlimits: [{type: 'RLIMIT_CORE', soft: 0, hard}]}});
	t.is(validateConfig(rlimit(2n ** 64n - 1n), context).process.rlimits![0]!.hard, 2n ** 64n - 1n);
	t.is(validateConfig(rlimit(JSON.parse('18446744073709551615')), context).process.rlimits![0]!.hard, 2n ** 64n - 1n);
	t.throws(() => validateConfig(rlimit(2 ** 60), context), {message: /process\.rlimits\[0\]\.hard must be a bigint/});
	t.throws(() => validateConfig(rlimit(2n ** 64n), context), {message: /an integer from 0 to 2\^64-1, not 18446744073709551616/});
});
