import {spawn} from 'node:child_process';
import {readdirSync, readlinkSync, rmdirSync} from 'node:fs';
import {Runtime} from '../../ts/index.js';
import {projectPath} from '../support/paths.js';
import {cgroupsOf} from './leftovers.js';
import {execOutput, systemTest as test, until, World} from './world.js';

/** Of the pools of one process: other programs have theirs. */
const pooled = (pid = process.pid): string[] => cgroupsOf('ctnative-pool-').filter(path => path.includes(`-${pid}-`));

/** Each is in several hierarchies. */
const namesOf = (paths: readonly string[]): Set<string> => new Set(paths.map(path => path.split('/').at(-1)!));

/** Descriptors of network namespaces that this process holds. */
const namespaces = (): number => readdirSync('/proc/self/fd').filter(fd => {
	try {
		return readlinkSync(`/proc/self/fd/${fd}`).startsWith('net:');
	} catch {
		return false;
	}
}).length;

test('containers take what the pool has ready, each for itself, and it is filled again', async t => {
	const world = new World(t);
	const runtime = new Runtime({root: world.root, pool: {networkNamespaces: 3, cgroups: 3}});
	await until(() => namespaces() === 3 && namesOf(pooled()).size === 3, 'the pool');
	const bundle = world.bundle({args: ['sleep', '1000']});
	const containers = await Promise.all(Array.from({length: 8}, async () => runtime.run(world.id(), {bundle, stdio: 'ignore'})));

	const networks = containers.map(({pid}) => readlinkSync(`/proc/${pid}/ns/net`));
	t.is(new Set([...networks, readlinkSync('/proc/self/ns/net')]).size, 9);
	const pids = await Promise.all(containers.map(async container => container.processes()));
	t.deepEqual(pids, containers.map(({pid}) => [pid]));
	for (const container of containers) {
		t.like(await execOutput(container, ['sh', '-c', 'ping -c 1 127.0.0.1 >/dev/null; cat /sys/class/net/lo/operstate; ls /sys/class/net | grep -c eth; cat /proc/net/unix | wc -l']), {stdout: 'unknown\n0\n1\n'});
	}

	await until(() => namespaces() === 3, 'the pool to be filled again');
	await Promise.all(containers.map(async container => container.delete({force: true})));
	await runtime.close();
	t.is(namespaces(), 0);
	t.deepEqual(pooled(), []);

	const late = await runtime.run(world.id(), {bundle, stdio: 'ignore'});
	await late.delete({force: true});
	t.deepEqual(pooled(), []);
	t.is(namespaces(), 0);
});

test('what a create that failed had taken is gone; limits and paths of config.json hold as without a pool', async t => {
	const world = new World(t);
	const runtime = new Runtime({root: world.root, pool: {networkNamespaces: 1, cgroups: 1}});
	await until(() => namespaces() === 1 && pooled().length > 0, 'the pool');
	await t.throwsAsync(runtime.create(world.id(), {bundle: world.bundle({args: ['nonesuch']}), stdio: 'ignore'}), {code: 'ERR_COMMAND_NOT_FOUND'});
	const limited = world.bundle({args: ['sleep', '1000'], edit: config => {
		config.linux.resources = {...config.linux.resources, memory: {limit: 50_000_000}, cpu: {shares: 100}};
	}});
	const container = await runtime.run(world.id(), {bundle: limited, stdio: 'ignore'});
	t.is((await container.stats()).memory.usage.limit, 49_999_872);
	const elsewhere = await runtime.run(world.id(), {bundle: world.bundle({args: ['sleep', '1000'], edit: config => {
		config.linux.cgroupsPath = `/${world.prefix}own`;
	}}), stdio: 'ignore'});
	t.deepEqual(await elsewhere.processes(), [elsewhere.pid]);
	t.true(cgroupsOf(`${world.prefix}own`).length > 0);
	const inUser = await runtime.run(world.id(), {bundle: world.bundle({args: ['sleep', '1000'], edit: config => {
		config.linux.namespaces!.push({type: 'user'});
		config.linux.uidMappings = [{containerID: 0, hostID: 0, size: 1000}];
		config.linux.gidMappings = [{containerID: 0, hostID: 0, size: 1000}];
	}}), stdio: 'ignore'});
	t.is((await execOutput(inUser, ['ip', 'link', 'set', 'lo', 'up'])).code, 0);
	for (const one of [container, elsewhere, inUser]) {
		await (await world.runtime.load(one.id)).delete({force: true});
	}

	await runtime.close();
	t.deepEqual([namespaces(), pooled()], [0, []]);
});

test('what a killed program had ready is removed by the next pool', async t => {
	const world = new World(t);
	const script = `
		const {Runtime} = require(${JSON.stringify(projectPath('dist/ts/index.js'))});
		new Runtime({root: ${JSON.stringify(world.root)}, pool: {cgroups: 2}});
		setInterval(() => {}, 1000);
	`;
	const child = spawn(process.execPath, ['-e', script], {stdio: 'ignore'});
	const ended = new Promise(resolve => {
		child.once('exit', (_, signal) => resolve(signal));
	});
	const pid = child.pid!;
	await until(() => namesOf(pooled(pid)).size === 2, 'its pool');
	child.kill('SIGKILL');
	t.is(await ended, 'SIGKILL');
	t.true(pooled(pid).length > 0);
	const runtime = new Runtime({root: world.root, pool: {cgroups: 1}});
	await until(() => pooled().length > 0 && pooled(pid).length === 0, 'the sweep');
	await runtime.close();
	t.deepEqual(pooled(), []);
});

test('two pools of one program do not take from one another', async t => {
	const world = new World(t);
	const runtimes = [1, 2].map(number => new Runtime({root: `${world.root}-${number}`, pool: {cgroups: 2}}));
	await until(() => namesOf(pooled()).size === 4, 'both pools');
	const bundle = world.bundle({args: ['sleep', '1000']});
	const containers = await Promise.all(runtimes.map(async runtime => runtime.run(world.id(), {bundle, stdio: 'ignore'})));
	t.deepEqual(await Promise.all(containers.map(async container => container.processes())), containers.map(({pid}) => [pid]));
	await Promise.all(containers.map(async container => container.delete({force: true})));
	await Promise.all(runtimes.map(async runtime => runtime.close()));
	t.deepEqual(pooled(), []);
	for (const {root} of runtimes) {
		rmdirSync(root);
	}
});

test('a pool of a wrong size is refused', t => {
	for (const [key, value] of [['networkNamespaces', -1], ['cgroups', 1.5], ['cgroups', 5000]] as const) {
		t.throws(() => new Runtime({root: '/run/x', pool: {[key]: value}}), {code: 'ERR_ARGUMENT', message: new RegExp(`pool\\.${key}`)});
	}
});
