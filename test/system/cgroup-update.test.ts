import {mkdirSync, readFileSync, rmdirSync, writeFileSync} from 'node:fs';
import type {Container, Resources} from '../../ts/index.js';
import {behind, onlyCgroup2} from './private-mounts.js';
import {cgroupV1Test as test, execOutput, until, World} from './world.js';

const read = (controller: string, {id}: Container, file: string): string => readFileSync(`/sys/fs/cgroup/${controller}/${id}/${file}`, 'utf8').trim();

const withResources = (resources: Resources) => ({
	edit(config: {linux: {resources?: unknown}}) {
		config.linux.resources = resources;
	},
});

const MiB = 1 << 20;

test('memory and swap grow and shrink together', async t => {
	const world = new World(t);
	const container = await world.start(withResources({memory: {limit: 64 * MiB, swap: 64 * MiB}}));
	const now = () => [read('memory', container, 'memory.limit_in_bytes'), read('memory', container, 'memory.memsw.limit_in_bytes')].map(Number);
	await container.update({memory: {limit: 128 * MiB, swap: 192 * MiB}});
	t.deepEqual(now(), [128 * MiB, 192 * MiB]);
	await container.update({memory: {limit: 32 * MiB, swap: 48 * MiB}});
	t.deepEqual(now(), [32 * MiB, 48 * MiB]);
	await container.update({memory: {limit: -1}});
	t.true(now().every(value => value > 2 ** 60));
});

test('CPU bandwidth goes from any to any other', async t => {
	const world = new World(t);
	const container = await world.start(withResources({cpu: {quota: 50_000, period: 100_000, burst: 40_000}}));
	const now = () => ['period', 'quota', 'burst'].map(name => Number(read('cpu', container, `cpu.cfs_${name}_us`)));
	for (const [period, quota, burst] of [[10_000, 5000, 1000], [200_000, 100_000, 90_000], [20_000, 2000, 2000]] as const) {
		await container.update({cpu: {period, quota, burst}});
		t.deepEqual(now(), [period, quota, burst]);
	}
});

test('a container that idles can be given a weight again', async t => {
	const world = new World(t);
	const container = await world.start(withResources({cpu: {shares: 512, idle: 1}}));
	await container.update({cpu: {idle: 0, shares: 700}});
	t.deepEqual([read('cpu', container, 'cpu.idle'), read('cpu', container, 'cpu.shares')], ['0', '700']);
});

test('one limit that is refused takes back those before it, and is named', async t => {
	const world = new World(t);
	const container = await world.start(withResources({memory: {limit: 64 * MiB}, cpu: {shares: 300, quota: 20_000}, pids: {limit: 50}}));
	const error = await t.throwsAsync(container.update({memory: {limit: 96 * MiB, swap: 96 * MiB}, cpu: {shares: 500, quota: 30_000}, pids: {limit: 2 ** 40}}), {
		code: 'ERR_CGROUP_LIMIT',
		message: 'the kernel refused the cgroup limit pids.max of linux.resources.pids.limit: EINVAL',
	});
	t.like(error, {subject: 'linux.resources.pids.limit', errno: 'EINVAL'});
	t.is(read('memory', container, 'memory.limit_in_bytes'), String(64 * MiB));
	t.true(Number(read('memory', container, 'memory.memsw.limit_in_bytes')) > 2 ** 60);
	t.is(read('cpu', container, 'cpu.shares'), '300');
	t.is(read('cpu', container, 'cpu.cfs_quota_us'), '20000');
	t.is(read('pids', container, 'pids.max'), '50');
	await container.update({pids: {limit: 51}});
	t.is(read('pids', container, 'pids.max'), '51');
});

test('an update is saved, and another program goes on from it', async t => {
	const world = new World(t);
	const container = await world.start(withResources({pids: {limit: 50}, memory: {limit: 64 * MiB}}));
	await container.update({pids: {limit: 60}, cpu: {shares: 2n ** 10n}});
	const saved = JSON.parse(readFileSync(`${world.root}/${container.id}/config.json`, 'utf8')) as {linux: {resources: Resources}};
	t.like(saved.linux.resources, {pids: {limit: 60}, memory: {limit: 64 * MiB}, cpu: {shares: 1024}});
	const again = await world.runtime.load(container.id);
	await again.update({pids: {limit: 70}});
	t.is(read('pids', container, 'pids.max'), '70');
});

test('devices stay as they are', async t => {
	const world = new World(t);
	const container = await world.start();
	const before = read('devices', container, 'devices.list');
	await container.update({devices: [{allow: true, access: 'rwm'}], pids: {limit: 9}} as Resources);
	t.is(read('devices', container, 'devices.list'), before);
});

test('a limit of a hierarchy that the container was not in moves it there, with all its processes', async t => {
	const world = new World(t);
	const container = await world.start({args: ['sh', '-c', 'sleep 1000 & exec sleep 1000']});
	await until(async () => (await container.processes()).length === 2, 'the processes');
	await container.update({cpu: {cpus: '0'}});
	t.is(read('cpuset', container, 'cpuset.cpus'), '0');
	t.deepEqual(read('cpuset', container, 'cgroup.procs').split('\n').map(Number).sort((a, b) => a - b), await container.processes());
	const {stdout} = await execOutput(await world.runtime.load(container.id), ['cat', '/proc/self/cgroup']);
	t.regex(stdout, new RegExp(`cpuset:/${container.id}|cpuset:/$`, 'm'));
	await container.delete({force: true});
});

test('created and paused containers are updated, stopped ones are not', async t => {
	const world = new World(t);
	const container = await world.create({args: ['sleep', '1000']});
	await container.update({pids: {limit: 11}});
	await container.start();
	await container.pause();
	await container.update({pids: {limit: 12}});
	t.is(read('pids', container, 'pids.max'), '12');
	t.is(await container.status(), 'paused');
	await container.resume();
	await container.kill('SIGKILL');
	await container.wait();
	await t.throwsAsync(container.update({pids: {limit: 13}}), {code: 'ERR_CONTAINER_STATUS', message: /^cannot update container .*: it is stopped/});
});

test('a limit below what is in use is refused if that was asked for', async t => {
	const world = new World(t);
	const container = await world.start(withResources({memory: {limit: 256 * MiB, checkBeforeUpdate: true}}));
	await t.throwsAsync(container.update({memory: {limit: 4096}}), {code: 'ERR_CGROUP_LIMIT', message: /^linux\.resources\.memory\.limit 4096 is below the \d+ bytes that are in use/});
	t.is(read('memory', container, 'memory.limit_in_bytes'), String(256 * MiB));
});

test('an update that cannot be saved is taken back', async t => {
	const world = new World(t);
	const container = await world.start(withResources({pids: {limit: 50}}));
	// A directory in the way of the file
	mkdirSync(`${world.root}/${container.id}/config.json.new`);
	t.like(await t.throwsAsync(container.update({pids: {limit: 60}}), {code: 'ERR_NATIVE'}), {errno: 'EISDIR'});
	t.is(read('pids', container, 'pids.max'), '50');
	rmdirSync(`${world.root}/${container.id}/config.json.new`);
	writeFileSync(`${world.root}/${container.id}/config.json.new`, 'of an update that was cut off');
	await container.update({pids: {limit: 60}});
});

test('cgroup2: files by name', async t => {
	const world = new World(t);
	const bundle = world.bundle({args: ['sleep', '1000']});
	const id = world.id();
	t.deepEqual(await behind(world, onlyCgroup2, `
		const container = await runtime.run('${id}', {bundle: '${bundle}', stdio: 'ignore'});
		const read = () => fs.readFileSync('/sys/fs/cgroup/${id}/cgroup.max.depth', 'utf8').trim();
		await container.update({unified: {'cgroup.max.depth': '5'}});
		const first = read();
		const error = await container.update({unified: {'cgroup.max.depth': '7', 'cgroup.max.descendants': 'x'}}).catch(error => error);
		const second = read();
		await container.delete({force: true});
		return [first, second, error.subject];
	`), ['5', '5', 'linux.resources.unified["cgroup.max.descendants"]']);
});
