import {copyFileSync, existsSync, readFileSync, rmdirSync} from 'node:fs';
import {join} from 'node:path';
import type {BundleOptions, Spec} from '../support/bundle.js';
import {buildWorkload} from '../support/workload.js';
import type {Container} from '../../ts/index.js';
import {cgroupV1Test, execOutput, memoryInside, systemTest as test, until, World} from './world.js';

type Resources = NonNullable<Spec['linux']['resources']>;

const limited = (resources: Resources, more: BundleOptions = {}): BundleOptions => ({
	writable: true,
	prepare(rootfs) {
		copyFileSync(buildWorkload('probe'), join(rootfs, 'bin/probe'));
	},
	edit(config) {
		config.linux.resources = {...config.linux.resources, ...resources};
	},
	...more,
});

const v1File = (container: Container, controller: string, file: string): string =>
	readFileSync(`/sys/fs/cgroup/${controller}/${container.id}/${file}`, 'utf8').trim();

test('who needs more memory than the limit is killed, and the container tells so', async t => {
	const world = new World(t);
	const memory = {memory: {limit: 32 << 20, swap: 32 << 20}};
	t.like(await world.run(limited(memory, {args: ['probe', 'eat', '64']})), {code: null, signal: 'SIGKILL', stdout: ''});

	const container = await world.start(limited(memory));
	t.like(await execOutput(container, ['probe', 'eat', '64']), {code: null, signal: 'SIGKILL'}, 'exec lives in the same limit');
	t.is(await container.status(), 'running');
	const {memory: {usage}} = await container.stats();
	t.is(usage.limit, 32 << 20);
	t.is(usage.max, 32 << 20);
});

test('a program within its memory limit is counted', async t => {
	const world = new World(t);
	const container = await world.start(limited({memory: {limit: 128 << 20}}, {args: ['probe', 'eat', '48']}), {stdio: ['ignore', 'pipe', 'ignore']});
	await new Promise(resolve => {
		container.stdout!.once('data', resolve);
	});
	const {memory} = await container.stats();
	t.true(memory.usage.usage >= 48 << 20 && memory.usage.usage < 80 << 20, String(memory.usage.usage));
	t.true(memory.usage.max >= memory.usage.usage);
	t.true(memory.raw['rss'] === undefined || memory.raw['rss'] >= 48 << 20);
	container.stdout!.destroy();
});

test('there are no more processes than the limit', async t => {
	const world = new World(t);
	const {stderr, stdout} = await world.shell('for i in 1 2 3 4 5 6 7 8; do sleep 1 & done; echo never', limited({pids: {limit: 4}}));
	t.is(stdout, '');
	t.regex(stderr, /can't fork|Resource temporarily unavailable/);

	const container = await world.start(limited({pids: {limit: 7}}));
	t.deepEqual((await container.stats()).pids, {current: 1, limit: 7});
	const unlimited = await world.start(limited({pids: {limit: -1}}));
	t.is((await unlimited.stats()).pids.limit, undefined);
});

test('CPU time is limited and counted', async t => {
	const world = new World(t);
	const container = await world.start(limited({cpu: {quota: 20_000, period: 100_000}}, {args: ['sh', '-c', 'while :; do :; done']}));
	let {cpu} = await container.stats();
	await until(async () => {
		({cpu} = await container.stats());
		return cpu.throttling.throttledPeriods > 2;
	}, 'the limit'); // One who has to share its CPU with many does not come to it in every period
	const {periods} = cpu.throttling;
	// Of each period a fifth, and a little more, as the kernel hands time out in slices; not by the clock of a machine that has others to serve
	t.true(cpu.usage.total > 0 && cpu.usage.total < (periods + 2) * 20e6 * 2, `${cpu.usage.total / 1e6} ms in ${periods} periods`);
});

cgroupV1Test('limits are written as they are given', async t => {
	const world = new World(t);
	const container = await world.start(limited({
		cpu: {shares: 512, quota: 50_000, period: 200_000, cpus: '0', mems: '0'},
		memory: {limit: 100 << 20, reservation: 50 << 20, swap: 200 << 20, swappiness: 10},
		pids: {limit: 33},
	}));
	const values = ([['cpu', 'cpu.shares'], ['cpu', 'cpu.cfs_quota_us'], ['cpu', 'cpu.cfs_period_us'], ['cpuset', 'cpuset.cpus'], ['cpuset', 'cpuset.mems'],
		['memory', 'memory.limit_in_bytes'], ['memory', 'memory.soft_limit_in_bytes'], ['memory', 'memory.swappiness'], ['pids', 'pids.max']] as const)
		.map(([controller, file]) => v1File(container, controller, file));
	t.deepEqual(values, ['512', '50000', '200000', '0', '0', String(100 << 20), String(50 << 20), '10', '33']);
	if (existsSync(`/sys/fs/cgroup/memory/${container.id}/memory.memsw.limit_in_bytes`)) {
		t.is(v1File(container, 'memory', 'memory.memsw.limit_in_bytes'), String(200 << 20));
	}

	t.is((await execOutput(container, ['nproc'])).stdout, '1\n');
});

cgroupV1Test('every process is in every cgroup of the container, as under runc', async t => {
	const world = new World(t);
	const container = await world.start({args: ['sh', '-c', 'sleep 1000 & sleep 1000; true']});
	const process = await container.exec({args: ['sleep', '1000']});
	await until(async () => (await container.processes()).length === 4, 'the processes');
	const pids = await container.processes();
	t.true(pids.includes(process.pid) && pids.includes(container.pid));
	for (const controller of ['memory', 'cpuacct', 'pids', 'devices', 'unified']) {
		t.deepEqual(v1File(container, controller, 'cgroup.procs').split('\n').map(Number).sort((a, b) => a - b), pids, controller);
	}
});

test('cgroupsPath puts the container where it says, and parents stay', async t => {
	const world = new World(t);
	const path = `${world.prefix}parent`;
	const at = (name: string): BundleOptions => ({edit(config) {
		config.linux.cgroupsPath = `/${path}/${name}`;
	}});
	const [one, two] = [await world.start(at('one')), await world.start(at('two'))];
	t.regex(readFileSync(`/proc/${one.pid}/cgroup`, 'utf8'), new RegExp(`:/${path}/one$`, 'm'));
	await one.delete({force: true});
	t.regex(readFileSync(`/proc/${two.pid}/cgroup`, 'utf8'), new RegExp(`:/${path}/two$`, 'm'));
	await two.delete({force: true});

	const left = (await world.leftBehind()).cgroups;
	t.true(left.length > 0 && left.every(name => name.endsWith(`/${path}`)), left.join());
	for (const name of left) {
		rmdirSync(name);
	}
});

test('cgroups that the container makes below its own go with it', async t => {
	const world = new World(t);
	const container = await world.start({edit(config) {
		delete config.process.capabilities;
		config.mounts = config.mounts.map(mount => mount.destination === '/sys/fs/cgroup' ? {...mount, options: ['nosuid']} : mount);
	}});
	const {code, stderr} = await execOutput(container, ['sh', '-c', `cd ${memoryInside}; mkdir -p a/b; sleep 1000 > /dev/null 2>&1 & echo $! > ${memoryInside}/a/b/cgroup.procs`]);
	t.is(code, 0, stderr);
	await container.delete({force: true});
	t.deepEqual((await world.leftBehind()).cgroups, []);
});

test('processes and stats end with the container', async t => {
	const world = new World(t);
	const container = await world.start({args: ['true']});
	await container.wait();
	t.deepEqual(await container.processes(), []);
	await t.throwsAsync(container.stats(), {code: 'ERR_CONTAINER_STATUS', message: /it is stopped/});
});
