// The systemd driver, where systemd is the init of the machine: npm run test:vm has one.
import {execFileSync} from 'node:child_process';
import {existsSync, readFileSync} from 'node:fs';
import test from 'ava';
import {Runtime} from '../../ts/index.js';
import {connectSystemd} from '../../ts/systemd/connection.js';
import {testUnless} from '../support/skip.js';
import {execOutput, World} from './world.js';

const systemdTest = testUnless(process.getuid!() !== 0 ? 'needs root' : existsSync('/run/systemd/system') ? undefined : 'needs systemd as init', test.serial);

const isV2 = (): boolean => existsSync('/sys/fs/cgroup/cgroup.controllers');

const show = (unit: string, property: string): string =>
	execFileSync('systemctl', ['show', '--value', '--property', property, unit], {encoding: 'utf8'}).trim();

const isLoaded = (unit: string): boolean => show(unit, 'LoadState') === 'loaded' && show(unit, 'ActiveState') !== 'inactive';

systemdTest('a container lives in a scope, with its limits, until it is deleted', async t => {
	await connectSystemd(); // A library that was used keeps its connection
	const world = new World(t);
	const runtime = new Runtime({root: world.root, cgroupDriver: 'systemd'});
	const id = world.id();
	const unit = `ct-${id}.scope`;
	const bundle = world.bundle({args: ['sleep', '1000'], edit(config: {process: {capabilities?: unknown}; linux: {resources?: unknown; cgroupsPath?: string}; annotations?: unknown}) {
		delete config.process.capabilities;
		config.linux.cgroupsPath = `ctnative-test.slice:ct:${id}`;
		config.linux.resources = {memory: {limit: 64 << 20}, cpu: {shares: 2048, quota: 25_000, period: 100_000}, pids: {limit: 44}};
		config.annotations = {'org.systemd.property.TimeoutStopUSec': 'uint64 7000000', 'org.systemd.property.CollectMode': '\'inactive-or-failed\''};
	}});
	const container = await runtime.run(id, {bundle, stdio: 'ignore'});
	t.true(isLoaded(unit));
	t.is(show(unit, 'ControlGroup'), `/ctnative.slice/ctnative-test.slice/${unit}`);
	t.is(show(unit, 'Delegate'), 'yes');
	t.is(show(unit, 'TimeoutStopUSec'), '7s');
	t.is(show(unit, 'TasksMax'), '44');
	t.is(show(unit, isV2() ? 'IOAccounting' : 'BlockIOAccounting'), 'yes');
	t.is(show(unit, 'DevicePolicy'), 'strict');
	const devices = show(unit, 'DeviceAllow');
	t.true(['/dev/char/1:3 rwm', 'char-pts rwm', 'block-* m'].every(line => devices.split('\n').includes(line)), devices);
	t.is(show(unit, isV2() ? 'MemoryMax' : 'MemoryLimit'), String(64 << 20));
	const lines = readFileSync(`/proc/${container.pid}/cgroup`, 'utf8').trim().split('\n');
	t.true(lines.filter(line => isV2() || /memory|pids|name=systemd|devices/.test(line)).every(line => line.endsWith(`/${unit}`)), lines.join());
	const stats = await container.stats();
	t.deepEqual([stats.pids.limit, stats.memory.usage.limit], [44, 64 << 20]);
	t.is((await execOutput(container, ['sh', '-c', ': < /dev/null && cat /proc/self/cgroup'])).code, 0);

	execFileSync('systemctl', ['daemon-reload']);
	t.regex((await execOutput(container, ['sh', '-c', 'mknod /dev/disk b 8 0 && cat /dev/disk'])).stderr, /not permitted/, 'devices stay denied');
	t.is((await container.stats()).pids.limit, 44);
	await container.update({pids: {limit: 55}, memory: {limit: 80 << 20}});
	t.deepEqual([show(unit, 'TasksMax'), (await container.stats()).pids.limit], ['55', 55]);
	t.regex((await execOutput(container, ['sh', '-c', 'cat /dev/disk'])).stderr, /not permitted/, 'after an update, too');
	t.is((await execOutput(container, ['sh', '-c', 'head -c 1 /dev/zero | wc -c'])).stdout.trim(), '1');
	await container.pause();
	await container.resume();
	await container.delete({force: true});
	t.false(isLoaded(unit));
});

systemdTest('a program that ends takes its scope along, and delete finds nothing to stop', async t => {
	await connectSystemd(); // A library that was used keeps its connection
	const world = new World(t);
	const runtime = new Runtime({root: world.root, cgroupDriver: 'systemd'});
	const id = world.id();
	const container = await runtime.run(id, {bundle: world.bundle({args: ['true']}), stdio: 'ignore'});
	await container.wait();
	await container.delete();
	t.false(isLoaded(`ctnative-${id}.scope`));
	const again = await runtime.run(id, {bundle: world.bundle({args: ['true']}), stdio: 'ignore'});
	await again.wait();
	await again.delete();
});

systemdTest('a scope that there is already is refused, and stays', async t => {
	await connectSystemd(); // A library that was used keeps its connection
	const world = new World(t);
	const runtime = new Runtime({root: world.root, cgroupDriver: 'systemd'});
	const other = new Runtime({root: `${world.root}-other`, cgroupDriver: 'systemd'});
	const id = world.id();
	const bundle = world.bundle({args: ['sleep', '1000']});
	const container = await runtime.run(id, {bundle, stdio: 'ignore'});
	await t.throwsAsync(other.run(id, {bundle, stdio: 'ignore'}), {code: 'ERR_SYSTEMD', message: new RegExp(`^systemd could not start ctnative-${id}\\.scope: .*already`)});
	t.is(await container.status(), 'running');
	t.true(isLoaded(`ctnative-${id}.scope`));
	await container.delete({force: true});
});

systemdTest('a property that systemd does not know is its error, and nothing is left', async t => {
	await connectSystemd(); // A library that was used keeps its connection
	const world = new World(t);
	const runtime = new Runtime({root: world.root, cgroupDriver: 'systemd'});
	const id = world.id();
	const bundle = world.bundle({edit(config: {annotations?: unknown}) {
		config.annotations = {'org.systemd.property.NoSuchThing': 'true'};
	}});
	await t.throwsAsync(runtime.run(id, {bundle, stdio: 'ignore'}), {code: 'ERR_SYSTEMD', message: /NoSuchThing/});
	t.false(isLoaded(`ctnative-${id}.scope`));
});
