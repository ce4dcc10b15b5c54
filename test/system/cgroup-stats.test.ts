import {existsSync} from 'node:fs';
import {execOutput, systemTest as test, World} from './world.js';

test('stats have the shape of runc\'s, with numbers of the kernel', async t => {
	const world = new World(t);
	const container = await world.start({edit(config: {linux: {resources?: unknown}}) {
		config.linux.resources = {cpu: {cpus: '0', mems: '0'}, blockIO: {weight: 100}, memory: {limit: 64 << 20}};
	}});
	await execOutput(container, ['sh', '-c', 'i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; ip link set lo up; ping -c 1 127.0.0.1']);
	const stats = await container.stats();
	t.true(stats.cpu.usage.total > 0);
	t.is(stats.memory.usage.limit, 64 << 20);
	t.deepEqual(stats.network_interfaces?.map(({Name}) => Name).includes('lo'), true);
	if (existsSync('/sys/fs/cgroup/cpuacct')) {
		t.is(stats.cpu.usage.percpu.reduce((sum, each) => sum + each, 0) > 0, true);
		t.true(stats.memory.kernel !== undefined && stats.memory.kernel.usage >= 0);
		t.deepEqual(stats.cpuset?.cpus, [0]);
	}

	if (existsSync('/proc/pressure/cpu')) {
		t.true(stats.cpu.psi!.some.total >= 0 && stats.memory.psi !== undefined && stats.blkio.psi !== undefined);
	}
});

test('a container on the network of the host has no interfaces of its own', async t => {
	const world = new World(t);
	const container = await world.start({edit(config: {linux: {namespaces?: unknown}}) {
		config.linux.namespaces = [{type: 'mount'}, {type: 'pid'}, {type: 'uts'}];
	}});
	t.is((await container.stats()).network_interfaces, null);
});
