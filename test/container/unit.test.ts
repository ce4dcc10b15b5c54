// The systemd driver without a systemd: what it is asked for, and what is left when anything fails.
import test from 'ava';
import type {Systemd, UnitProperty} from '../../ts/cgroups/systemd.js';
import {RuntimeCore} from '../../ts/container/runtime.js';
import {CtnError} from '../../ts/errors.js';
import type {Resources} from '../../ts/oci/config.js';
import {defaultConfig} from '../../ts/oci/spec.js';
import {FakeNative} from '../support/fake-native.js';

const spec = defaultConfig({cgroupVersion: 1});
const config = {...spec, process: {...spec.process!, terminal: false}};

class FakeSystemd implements Systemd {
	readonly units = new Map<string, readonly UnitProperty[]>();
	readonly calls: string[] = [];
	readonly delegated: string | undefined;
	readonly #native: FakeNative;
	readonly #fail: string | undefined;

	constructor(native: FakeNative, fail?: string, delegated?: string) {
		this.#native = native;
		this.#fail = fail;
		this.delegated = delegated;
	}

	#call(name: string, unit: string): void {
		this.calls.push(`${name} ${unit}`);
		if (this.#fail === name) {
			throw new CtnError('ERR_SYSTEMD', `systemd could not ${name} ${unit}`);
		}
	}

	async start(unit: string, properties: readonly UnitProperty[]): Promise<void> {
		this.#call('start', unit);
		const [pid] = properties.find(([name]) => name === 'PIDs')![2] as number[];
		if (!this.#native.alive.includes(pid!)) {
			throw new Error('a scope needs a process');
		}

		this.units.set(unit, properties);
	}

	async set(unit: string, properties: readonly UnitProperty[]): Promise<void> {
		this.#call(`set ${properties.map(([name, , value]) => `${name}=${String(value)}`).join()}`, unit);
	}

	async stop(unit: string): Promise<void> {
		this.#call('stop', unit);
		this.units.delete(unit);
	}

	async attach(unit: string, path: string, pids: readonly number[]): Promise<void> {
		this.#call('attach', `${pids.map(pid => this.#native.alive.includes(pid) ? 'a process' : 'nobody').join()} to ${unit}${path}`);
	}
}

const world = (options: ConstructorParameters<typeof FakeNative>[0] = {}, fail?: string) => {
	const native = new FakeNative(options);
	const systemd = new FakeSystemd(native, fail);
	return {native, systemd, runtime: new RuntimeCore(native, {root: '/state', cgroupDriver: 'systemd'}, [], {systemd: async () => systemd})};
};

const create = async (runtime: RuntimeCore) => runtime.create('web', {bundle: '/bundle', config: {...config, linux: {...config.linux!, resources: {pids: {limit: 7}}}}, stdio: 'ignore'});

test('a scope is there before the container, held by a process that ends with create', async t => {
	const {native, systemd, runtime} = world();
	const container = await create(runtime);
	t.deepEqual([...systemd.units.keys()], ['ctnative-web.scope']);
	t.deepEqual(native.alive, [container.pid]);
	await container.delete({force: true});
	t.deepEqual([...systemd.units.keys()], []);
	t.deepEqual(native.alive, []);
});

test('an update is told to systemd first, and taken back when the kernel refuses it', async t => {
	const {systemd, runtime} = world();
	const container = await create(runtime);
	await container.update({pids: {limit: 9}});
	t.is(systemd.calls.at(-1), 'set TasksMax=9 ctnative-web.scope');
});

test('whichever call fails, no scope and no process is left', async t => {
	for (let failAt = 1; ; failAt++) {
		const {native, systemd, runtime} = world({failAt});
		const container = await create(runtime).catch(() => undefined);
		if (native.calls < failAt) {
			t.truthy(container);
			break;
		}

		await container?.delete({force: true});
		t.deepEqual([[...systemd.units.keys()], native.alive], [[], []], `after failing call ${failAt}`);
		t.deepEqual([...native.directories].filter(path => path !== '/state' && !path.endsWith('.slice')), [], `after failing call ${failAt}`);
	}
});

test('a systemd that refuses the scope is the error of create', async t => {
	const {native, systemd, runtime} = world({}, 'start');
	await t.throwsAsync(create(runtime), {code: 'ERR_SYSTEMD', message: 'systemd could not start ctnative-web.scope'});
	t.deepEqual(native.alive, []);
	t.false(native.directories.has('/state/web'));
	t.false(systemd.calls.includes('stop ctnative-web.scope'), 'it may be another\'s');
});

const delegated = '/user.slice/user-1000.slice/user@1000.service';

/** A machine of cgroup2 alone, with the systemd of user 1000, who has memory and pids. */
const userWorld = (options: {mountinfo?: string; fail?: string; failAt?: number} = {}) => {
	const native = new FakeNative({...(options.failAt !== undefined && {failAt: options.failAt}), files: {
		'/proc/self/status': 'Uid:\t1000\t1000\t1000\t1000\nGid:\t1000\t1000\t1000\t1000\nCapPrm:\t0\n',
		'/proc/self/mountinfo': options.mountinfo ?? '40 20 0:40 / /cg rw - cgroup2 cgroup2 rw',
		'/cg/cgroup.controllers': 'cpuset cpu io memory pids',
		[`/cg${delegated}/cgroup.controllers`]: 'memory pids',
	}});
	const systemd = new FakeSystemd(native, options.fail, delegated);
	const runtime = new RuntimeCore(native, {root: '/state', cgroupDriver: 'systemd'}, [], {systemd: async () => systemd});
	const rootless = defaultConfig({cgroupVersion: 2, rootless: {uid: 1000, gid: 1000}});
	const make = async (resources: Resources = {pids: {limit: 7}}) => runtime.create('web', {
		bundle: '/bundle', config: {...rootless, process: {...rootless.process!, terminal: false}, linux: {...rootless.linux!, resources}}, stdio: 'ignore',
	});
	return {native, systemd, runtime, make};
};

test('a user\'s own systemd keeps the scope below what was delegated to it, and moves init there', async t => {
	const {native, systemd, make} = userWorld();
	const container = await make();
	t.deepEqual(systemd.calls, ['start ctnative-web.scope', 'attach a process to ctnative-web.scope']);
	t.is(systemd.units.get('ctnative-web.scope')!.find(([name]) => name === 'Slice')![2], 'user.slice');
	t.false(systemd.units.get('ctnative-web.scope')!.some(([name]) => name.startsWith('Device')), 'no program for devices without privileges');
	t.true(container.needsSystemd);
	await container.exec({args: ['a']});
	t.is(systemd.calls.at(-1), 'attach a process to ctnative-web.scope');
	await container.exec({args: ['a'], cgroup: 'below/it'});
	t.is(systemd.calls.at(-1), 'attach a process to ctnative-web.scope/below/it');
	await container.delete({force: true});
	t.deepEqual([[...systemd.units.keys()], native.directories.has('/state/web')], [[], false]);
});

test('a user\'s limits need controllers that were delegated, and cgroup2', async t => {
	await t.throwsAsync(userWorld().make({cpu: {shares: 5}}), {code: 'ERR_CGROUP_LAYOUT', message: /linux\.resources\.cpu\.shares needs the cgroup controller cpu/});
	const hybrid = userWorld({mountinfo: '30 20 0:1 / /cg/memory rw - cgroup cgroup rw,memory\n40 20 0:40 / /cg rw - cgroup2 cgroup2 rw'});
	await t.throwsAsync(hybrid.make(), {code: 'ERR_CGROUP_LAYOUT', message: /^the systemd of a user has no cgroups to give on cgroup hybrid/});
});

test('an init that a user\'s systemd does not move ends, and leaves nothing', async t => {
	const {native, systemd, make} = userWorld({fail: 'attach'});
	await t.throwsAsync(make(), {code: 'ERR_SYSTEMD', message: 'systemd could not attach a process to ctnative-web.scope'});
	t.deepEqual([native.alive, [...systemd.units.keys()], native.directories.has('/state/web')], [[], [], false]);
});

test('a driver that there is not is refused', t => {
	t.throws(() => new RuntimeCore(new FakeNative(), {cgroupDriver: 'openrc' as 'systemd'}), {code: 'ERR_ARGUMENT', message: 'cgroupDriver must be cgroupfs or systemd, not "openrc"'});
	t.throws(() => new RuntimeCore(new FakeNative(), {cgroupDriver: 'systemd'}), {code: 'ERR_ARGUMENT', message: /needs Node/});
});
