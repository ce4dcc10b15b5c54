// cgroup2 with its controllers, where it is the only one: npm run test:vm has such a machine.
import {execFileSync, spawn} from 'node:child_process';
import {existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync} from 'node:fs';
import test from 'ava';
import type {Container, Resources} from '../../ts/index.js';
import {testUnless} from '../support/skip.js';
import {execOutput, World} from './world.js';

const root = '/sys/fs/cgroup';
const hasMemory = existsSync(`${root}/cgroup.controllers`) && readFileSync(`${root}/cgroup.controllers`, 'utf8').includes('memory');
const v2Test = testUnless(process.getuid!() !== 0 ? 'needs root' : hasMemory ? undefined : 'cgroup2 has no controllers here', test.serial);

const MiB = 1 << 20;

const withResources = (resources: Resources, cgroupsPath?: string) => ({
	args: ['sleep', '1000'],
	edit(config: {process: {capabilities?: unknown}; linux: {resources?: unknown; cgroupsPath?: string}}) {
		delete config.process.capabilities;
		config.linux.resources = resources;
		if (cgroupsPath !== undefined) {
			config.linux.cgroupsPath = cgroupsPath;
		}
	},
});

const read = ({id}: Container, file: string): string => readFileSync(`${root}/${id}/${file}`, 'utf8').trim();

v2Test('limits are in the files of the kernel', async t => {
	const world = new World(t);
	const container = await world.start(withResources({
		memory: {limit: 64 * MiB, swap: 80 * MiB, reservation: 32 * MiB},
		cpu: {shares: 2048, quota: 20_000, period: 40_000, burst: 5000, cpus: '0', mems: '0'},
		pids: {limit: 33},
		hugepageLimits: [{pageSize: '2MB', limit: 4 * MiB}],
		unified: {'memory.high': String(48 * MiB), 'cgroup.max.depth': '3'},
	}));
	t.deepEqual(['memory.max', 'memory.swap.max', 'memory.low', 'memory.high'].map(file => read(container, file)), [64, 16, 32, 48].map(size => String(size * MiB)));
	t.deepEqual(['cpu.weight', 'cpu.max', 'cpu.max.burst', 'cpuset.cpus', 'cpuset.mems', 'pids.max', 'hugetlb.2MB.max', 'cgroup.max.depth'].map(file => read(container, file)), [
		'174', '20000 40000', '5000', '0', '0', '33', String(4 * MiB), '3',
	]);
	const stats = await container.stats();
	t.deepEqual([stats.memory.usage.limit, stats.pids.limit, stats.cpuset?.cpus, stats.hugetlb['2MB']?.usage], [64 * MiB, 33, [0], 0]);
});

v2Test('block devices are throttled', async t => {
	const name = readdirSync('/sys/block').find(each => /^(sd|vd|nvme)/.test(each));
	if (name === undefined) {
		t.pass();
		return;
	}

	const world = new World(t);
	const dev = readFileSync(`/sys/block/${name}/dev`, 'utf8').trim();
	const [major, minor] = dev.split(':').map(Number) as [number, number];
	const container = await world.start(withResources({blockIO: {throttleReadBpsDevice: [{major, minor, rate: MiB}], throttleWriteIOPSDevice: [{major, minor, rate: 100}]}}));
	t.is(read(container, 'io.max'), `${dev} rbps=${MiB} wbps=max riops=max wiops=100`);
	await t.throwsAsync(container.update({blockIO: {throttleReadBpsDevice: [{major, minor, rate: 5}, {major: 4000, minor: 1, rate: 1}]}}), {code: 'ERR_CGROUP_LIMIT', message: /ENODEV/});
	t.is(read(container, 'io.max'), `${dev} rbps=${MiB} wbps=max riops=max wiops=100`);
});

v2Test('an update is all or nothing', async t => {
	const world = new World(t);
	const container = await world.start(withResources({memory: {limit: 64 * MiB, swap: 96 * MiB}, cpu: {quota: 20_000, period: 40_000}, pids: {limit: 50}}));
	await container.update({memory: {limit: 48 * MiB, swap: 48 * MiB}, cpu: {quota: 10_000}, pids: {limit: 40}});
	const now = () => ['memory.max', 'memory.swap.max', 'cpu.max', 'pids.max'].map(file => read(container, file));
	const before = [String(48 * MiB), '0', '10000 40000', '40'];
	t.deepEqual(now(), before);
	const error = await t.throwsAsync(container.update({memory: {limit: 32 * MiB}, cpu: {quota: 30_000}, pids: {limit: 2 ** 40}}), {code: 'ERR_CGROUP_LIMIT'});
	t.like(error, {subject: 'linux.resources.pids.limit'});
	t.deepEqual(now(), before);
});

v2Test('devices are denied by the program, whatever nodes there are', async t => {
	const world = new World(t);
	const container = await world.start(withResources({devices: []}));
	t.regex((await execOutput(container, ['sh', '-c', 'mknod /dev/disk b 8 0 && cat /dev/disk'])).stderr, /not permitted/);
	t.is((await execOutput(container, ['sh', '-c', 'echo > /dev/null'])).code, 0);
});

v2Test('controllers are handed down to where the container is, and one that cannot be is told why', async t => {
	const world = new World(t);
	const above = `${world.prefix}above`;
	const id = world.id();
	const path = `/${above}/middle/${id}`;
	const container = await world.runtime.create(id, {bundle: world.bundle(withResources({memory: {limit: 32 * MiB}}, path)), stdio: 'ignore'});
	t.is(readFileSync(`${root}${path}/memory.max`, 'utf8').trim(), String(32 * MiB));
	await container.delete();
	rmdirSync(`${root}/${above}/middle`);

	// A cgroup with a process of its own hands out nothing
	mkdirSync(`${root}/${above}/middle`);
	const foreign = spawn('sleep', ['1000'], {stdio: 'ignore'});
	t.teardown(() => foreign.kill('SIGKILL'));
	const ended = new Promise(resolve => {
		foreign.once('exit', resolve);
	});
	writeFileSync(`${root}/${above}/middle/cgroup.procs`, String(foreign.pid));
	await t.throwsAsync(world.create(withResources({memory: {limit: 32 * MiB}}, path)), {
		code: 'ERR_CGROUP_LIMIT',
		message: new RegExp(`^the kernel refused the cgroup limit memory\\.max of linux\\.resources\\.memory\\.limit: ENOENT \\(${root}/${above}/middle has processes of its own`),
	});
	foreign.kill('SIGKILL');
	await ended;
	execFileSync('find', [`${root}/${above}`, '-depth', '-type', 'd', '-exec', 'rmdir', '{}', ';']);
});

v2Test('exec goes where init is when the cgroup of the container hands out controllers', async t => {
	const world = new World(t);
	const container = await world.start(withResources({pids: {limit: 50}}));
	const own = `${root}/${container.id}`;
	const cgroupOf = (pid: number): string => readFileSync(`/proc/${pid}/cgroup`, 'utf8').trim();
	mkdirSync(`${own}/init`); // As a systemd in the container does it
	writeFileSync(`${own}/init/cgroup.procs`, String(container.pid));
	writeFileSync(`${own}/cgroup.subtree_control`, '+memory');
	const process = await container.exec({args: ['sleep', '1000']});
	t.is(cgroupOf(process.pid), `0::/${container.id}/init`);
	const pinned = await container.exec({args: ['sleep', '1000'], execCPUAffinity: {initial: '0'}});
	t.is(cgroupOf(pinned.pid), `0::/${container.id}/init`);
	t.is((await container.processes()).length, 3);

	mkdirSync(`${own}/full`);
	mkdirSync(`${own}/full/below`);
	writeFileSync(`${own}/full/cgroup.subtree_control`, '+memory');
	await t.throwsAsync(container.exec({args: ['true'], cgroup: 'full'}), {code: 'ERR_NATIVE', message: /EBUSY/}, 'what is asked for is not replaced');
	await container.delete({force: true});
	t.false(existsSync(own));
});
