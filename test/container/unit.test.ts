// The systemd driver without a systemd: what it is asked for, and what is left when anything fails.
import test from 'ava';
import type {Systemd, UnitProperty} from '../../ts/cgroups/systemd.js';
import {RuntimeCore} from '../../ts/container/runtime.js';
import {CtnError} from '../../ts/errors.js';
import {defaultConfig} from '../../ts/oci/spec.js';
import {FakeNative} from '../support/fake-native.js';

const spec = defaultConfig({cgroupVersion: 1});
const config = {...spec, process: {...spec.process!, terminal: false}};

class FakeSystemd implements Systemd {
	readonly units = new Map<string, readonly UnitProperty[]>();
	readonly calls: string[] = [];
	readonly #native: FakeNative;
	readonly #fail: string | undefined;

	constructor(native: FakeNative, fail?: string) {
		this.#native = native;
		this.#fail = fail;
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

test('a user without privileges is told that the driver is not for him', async t => {
	const {runtime, systemd} = world({files: {'/proc/self/status': 'Uid:\t1000\t1000\t1000\t1000\nCapPrm:\t0\n'}});
	const rootless = defaultConfig({cgroupVersion: 1, rootless: {uid: 1000, gid: 1000}});
	const user = {...rootless, process: {...rootless.process!, terminal: false}};
	await t.throwsAsync(runtime.create('web', {bundle: '/bundle', config: user, stdio: 'ignore'}), {code: 'ERR_ARGUMENT', message: /^cgroupDriver systemd needs root/});
	t.deepEqual(systemd.calls, []);
});

test('a driver that there is not is refused', t => {
	t.throws(() => new RuntimeCore(new FakeNative(), {cgroupDriver: 'openrc' as 'systemd'}), {code: 'ERR_ARGUMENT', message: 'cgroupDriver must be cgroupfs or systemd, not "openrc"'});
	t.throws(() => new RuntimeCore(new FakeNative(), {cgroupDriver: 'systemd'}), {code: 'ERR_ARGUMENT', message: /needs Node/});
});
