// Every kind of limit, in the files of the kernel.
import {existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync} from 'node:fs';
import type {Resources} from '../../ts/index.js';
import {changeHierarchies} from '../support/hierarchies.js';
import {behind, moreControllers, onlyCgroup2, onlyV1} from './private-mounts.js';
import {cgroupV1Test as test, World} from './world.js';

const withResources = (resources: Resources, cgroupsPath?: string) => ({
	args: ['sleep', '1000'],
	edit(config: {linux: {resources?: unknown; cgroupsPath?: string}}) {
		config.linux.resources = resources;
		if (cgroupsPath !== undefined) {
			config.linux.cgroupsPath = cgroupsPath;
		}
	},
});

const read = (controller: string, path: string, file: string): string => readFileSync(`/sys/fs/cgroup/${controller}/${path}/${file}`, 'utf8').trim();

/** A whole disk of this machine, as `major:minor`. */
const disk = (): {major: number; minor: number} => {
	const name = readdirSync('/sys/block').find(each => !/^(loop|ram|zram|dm|md)/.test(each))!;
	const [major, minor] = readFileSync(`/sys/block/${name}/dev`, 'utf8').trim().split(':').map(Number);
	return {major: major!, minor: minor!};
};

test('swap, burst, swappiness, the OOM killer and block I/O', async t => {
	const world = new World(t);
	const device = disk();
	const {id} = await world.create(withResources({
		memory: {limit: 64 << 20, swap: 80 << 20, swappiness: 7, disableOOMKiller: true},
		cpu: {quota: 20_000, period: 40_000, burst: 5000},
		blockIO: {throttleReadBpsDevice: [{...device, rate: 1_048_576}], throttleWriteIOPSDevice: [{...device, rate: 100}]},
	}));
	t.is(read('memory', id, 'memory.memsw.limit_in_bytes'), String(80 << 20));
	t.is(read('memory', id, 'memory.swappiness'), '7');
	t.regex(read('memory', id, 'memory.oom_control'), /oom_kill_disable 1/);
	t.is(read('cpu', id, 'cpu.cfs_burst_us'), '5000');
	t.is(read('blkio', id, 'blkio.throttle.read_bps_device'), `${device.major}:${device.minor} 1048576`);
	t.is(read('blkio', id, 'blkio.throttle.write_iops_device'), `${device.major}:${device.minor} 100`);
});

test('a weight goes to the scheduler that this kernel has', async t => {
	const world = new World(t);
	const {id} = await world.create(withResources({blockIO: {weight: 321}}));
	const file = existsSync(`/sys/fs/cgroup/blkio/${id}/blkio.weight`) ? 'blkio.weight' : 'blkio.bfq.weight';
	t.is(read('blkio', id, file), '321');
});

test('an idle container', async t => {
	const world = new World(t);
	const {id} = await world.create(withResources({cpu: {shares: 300, idle: 1}}));
	t.is(read('cpu', id, 'cpu.idle'), '1');
});

/** What stands above a container's cgroup stays: it may be others'. */
const removeAbove = (world: World): void => {
	for (const hierarchy of readdirSync('/sys/fs/cgroup')) {
		for (const directory of [`${world.prefix}parent/middle`, `${world.prefix}parent`]) {
			try {
				rmdirSync(`/sys/fs/cgroup/${hierarchy}/${directory}`);
			} catch {
				// Not there
			}
		}
	}
};

test('real-time is given to the cgroups above, too', async t => {
	const world = new World(t);
	const path = `/${world.prefix}parent/middle/leaf`;
	const container = await world.create(withResources({cpu: {realtimePeriod: 500_000, realtimeRuntime: 10_000}}, path));
	t.is(read('cpu', path, 'cpu.rt_runtime_us'), '10000');
	t.is(read('cpu', path, 'cpu.rt_period_us'), '500000');
	t.is(read('cpu', `${world.prefix}parent`, 'cpu.rt_runtime_us'), '20000');
	await container.delete();
	removeAbove(world);
});

test('a cpuset above that is narrower stays so, and is inherited', async t => {
	const world = new World(t);
	const above = `/sys/fs/cgroup/cpuset/${world.prefix}parent`;
	mkdirSync(above);
	writeFileSync(`${above}/cpuset.cpus`, '1');
	writeFileSync(`${above}/cpuset.mems`, '0');
	const path = `/${world.prefix}parent/middle/leaf`;
	const container = await world.create(withResources({cpu: {mems: '0'}}, path));
	t.is(read('cpuset', `${world.prefix}parent`, 'cpuset.cpus'), '1');
	t.is(read('cpuset', path, 'cpuset.cpus'), '1');
	await container.delete();
	await t.throwsAsync(world.create(withResources({cpu: {cpus: '0'}}, path)), {
		code: 'ERR_CGROUP_LIMIT',
		message: /^the kernel refused the cgroup limit cpuset\.cpus of linux\.resources\.cpu\.cpus: EACCES \(only CPUs/,
	});
	removeAbove(world);
});

test('a limit that the kernel refuses is told by its line of config.json, and nothing is left', async t => {
	const world = new World(t);
	for (const [resources, subject, message] of [
		[{cpu: {quota: 10}}, 'linux.resources.cpu.quota', /cpu\.cfs_quota_us of linux\.resources\.cpu\.quota: EINVAL \(a period is/],
		[{cpu: {cpus: '4000'}}, 'linux.resources.cpu.cpus', /cpuset\.cpus of linux\.resources\.cpu\.cpus: E\w+ \(/],
		[{blockIO: {throttleReadBpsDevice: [{major: 4000, minor: 1, rate: 1}]}}, 'linux.resources.blockIO.throttleReadBpsDevice[0]', /ENODEV \(there is no such block device/],
		[{blockIO: {leafWeight: 100}}, 'linux.resources.blockIO.leafWeight', /ENOENT \(this kernel has no such limit\)$/],
		[{pids: {limit: 2 ** 40}}, 'linux.resources.pids.limit', /pids\.max of linux\.resources\.pids\.limit: EINVAL/],
	] as const) {
		const error = await t.throwsAsync(world.create(withResources(resources as Resources)), {code: 'ERR_CGROUP_LIMIT', message});
		t.like(error, {subject});
	}
});

test('huge pages, network class and priorities, on the hierarchies that have them', async t => {
	await changeHierarchies(t);
	const world = new World(t);
	const bundle = world.bundle(withResources({
		hugepageLimits: [{pageSize: '2MB', limit: 4 << 20}],
		network: {classID: 0x10_0001, priorities: [{name: 'lo', priority: 5}]},
	}));
	const id = world.id();
	t.deepEqual(await behind(world, moreControllers, `
		const container = await runtime.run('${id}', {bundle: '${bundle}', stdio: 'ignore'});
		const read = path => fs.readFileSync('/mnt/' + path, 'utf8').trim();
		let found;
		try { found = [ // Whatever fails, only here can it be removed
			read('hugetlb/${id}/hugetlb.2MB.limit_in_bytes'),
			read('hugetlb/${id}/hugetlb.2MB.rsvd.limit_in_bytes'),
			read('net/${id}/net_cls.classid'),
			/^lo 5$/m.test(read('net/${id}/net_prio.ifpriomap')),
			read('hugetlb/${id}/tasks') === String(container.pid),
			read('net/${id}/tasks') === String(container.pid),
			Object.keys((await container.stats()).hugetlb),
		]; } finally {
			await container.delete({force: true});
		}
		return [...found, fs.existsSync('/mnt/hugetlb/${id}'), fs.existsSync('/mnt/net/${id}')];
	`), [String(4 << 20), String(4 << 20), String(0x10_0001), true, true, true, ['1GB', '2MB'], false, false]);
});

test('a page size that leads out of the cgroup is refused (GHSA-5g49-rx9x-qfc6)', async t => {
	const world = new World(t);
	await t.throwsAsync(world.create(withResources({hugepageLimits: [{pageSize: '../victim', limit: 0}]})), {
		code: 'ERR_CONFIG_INVALID',
		message: /linux\.resources\.hugepageLimits\[0\]\.pageSize must be a page size such as "2MB"/,
	});
});

test('v2 files by name are refused on v1', async t => {
	const world = new World(t);
	await t.throwsAsync(world.create(withResources({unified: {'memory.high': '1'}})), {code: 'ERR_CONFIG_INVALID', message: /linux\.resources\.unified needs cgroup v2/});
});

test('on cgroup2, files by name are written, those outside refused, and what it lacks is told', async t => {
	const world = new World(t);
	const good = world.bundle(withResources({unified: {'cgroup.max.depth': '3'}, memory: {swappiness: 1}}));
	const outside = world.bundle(withResources({unified: {'../x': '1'}}));
	const lacking = world.bundle(withResources({memory: {limit: 4096}}));
	const id = world.id();
	t.deepEqual(await behind(world, onlyCgroup2, `
		const code = async bundle => runtime.create('${id}', {bundle, stdio: 'ignore'}).then(() => 'made', error => error.code + ' ' + error.message);
		const container = await runtime.run('${id}', {bundle: '${good}', stdio: 'ignore'});
		const depth = fs.readFileSync('/sys/fs/cgroup/${id}/cgroup.max.depth', 'utf8').trim();
		await container.delete({force: true});
		return [depth, warnings, await code('${outside}'), await code('${lacking}')];
	`), [
		'3',
		['config.json: linux.resources.memory.swappiness does nothing: cgroup v2 has no such limit'],
		'ERR_CONFIG_INVALID config.json: linux.resources.unified["../x"] must be the name of a cgroup file, such as "memory.high", not "../x"',
		'ERR_CGROUP_LAYOUT the limit linux.resources.memory.limit needs the cgroup controller memory, which is not available here',
	]);
});

test('a container lives without cgroup2, too', async t => {
	const world = new World(t);
	const bundle = world.bundle(withResources({pids: {limit: 20}}));
	const id = world.id();
	t.deepEqual(await behind(world, onlyV1, `
		const container = await runtime.run('${id}', {bundle: '${bundle}', stdio: 'ignore'});
		await container.pause();
		const paused = await container.status();
		await container.resume();
		const count = (await container.processes()).length;
		await container.delete({force: true});
		return [paused, count];
	`), ['paused', 1]);
});
