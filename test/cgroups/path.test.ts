// Where a container's cgroup is, on each layout.
import test from 'ava';
import {planCgroup, type CgroupPlan} from '../../ts/cgroups/plan.js';
import {layouts} from '../launch/launches.js';

const made = ({create}: CgroupPlan): string[] =>
	create.flatMap(op => op.op === 'mkdir' ? [`${op.path}${op.okErrno === 'EEXIST' ? ' or there' : op.okErrno ?? ''}`] : []);

test('the cgroup of a container is called as it is, unless cgroupsPath says otherwise', t => {
	for (const layout of Object.values(layouts)) {
		t.is(planCgroup(layout, 'web', undefined).record.path, '/web');
		t.is(planCgroup(layout, 'web', '').record.path, '/web');
		t.is(planCgroup(layout, 'web', '/pods/one').record.path, '/pods/one');
		t.is(planCgroup(layout, 'web', 'pods//./one/').record.path, '/pods/one');
	}
});

test('a cgroup that leads upwards, or is the root, is refused', t => {
	for (const path of ['..', '/..', '/a/../b', 'a/..', '../../etc', '/', '//', '.', './.']) {
		for (const layout of Object.values(layouts)) {
			t.throws(() => planCgroup(layout, 'web', path), {code: 'ERR_CONFIG_INVALID', message: /linux\.cgroupsPath must name a cgroup below the root/}, path);
		}
	}

	t.is(planCgroup(layouts.v2, 'web', '/a..b/...').record.path, '/a..b/...', 'dots in a name lead nowhere');
});

test('a directory above may be there already, the last may not', t => {
	t.deepEqual(made(planCgroup(layouts.v2, 'web', '/a/b/c')), ['/sys/fs/cgroup/a or there', '/sys/fs/cgroup/a/b or there', '/sys/fs/cgroup/a/b/c']);
	for (const layout of [layouts.v1, layouts.hybrid]) {
		const all = made(planCgroup(layout, 'web', '/a/b'));
		t.true(all.includes('/sys/fs/cgroup/memory/a or there') && all.includes('/sys/fs/cgroup/memory/a/b'));
		t.true(all.every(line => line.endsWith('/a or there') || line.endsWith('/a/b')));
		t.is(new Set(all).size, all.length, 'each once');
	}
});

test('the record knows the directory of each controller, and of cgroup2', t => {
	const {record, tasks} = planCgroup(layouts.hybrid, 'web', '/a');

	t.is(record.v1['cpuacct'], '/sys/fs/cgroup/cpu,cpuacct/a');
	t.is(record.v1['cpu'], '/sys/fs/cgroup/cpu,cpuacct/a', 'what is mounted with it comes with it');
	t.is(record.unified, '/sys/fs/cgroup/unified/a');
	t.true(tasks.includes('/sys/fs/cgroup/cpu,cpuacct/a/tasks'));
	t.deepEqual(tasks, [...new Set(Object.values(record.v1))].map(directory => `${directory}/tasks`));
});

test('controllers that are mounted together are had together, and each is prepared', t => {
	const together = {...layouts.v1, v1: {memory: '/cg/memory', net_cls: '/cg/net', net_prio: '/cg/net', cpuacct: '/cg/cpus', cpuset: '/cg/cpus', devices: '/cg/devices'}};
	const {record, create} = planCgroup(together, 'web', undefined, {network: {classID: 1}});

	t.deepEqual(record.v1, {memory: '/cg/memory/web', net_cls: '/cg/net/web', net_prio: '/cg/net/web', cpuacct: '/cg/cpus/web', cpuset: '/cg/cpus/web', devices: '/cg/devices/web'});
	t.true(JSON.stringify(create).includes('/cg/cpus/web/cpuset.mems'), 'a cpuset without memory takes no process');
});

test('v1 alone has a freezer, elsewhere cgroup2 freezes', t => {
	t.is(planCgroup(layouts.v1, 'web', undefined).record.v1['freezer'], '/sys/fs/cgroup/freezer/web');
	t.is(planCgroup(layouts.hybrid, 'web', undefined).record.v1['freezer'], undefined);
});

test('on v2 init joins nothing: it is started there', t => {
	const {record, tasks} = planCgroup(layouts.v2, 'web', undefined);

	t.deepEqual(record, {mode: 'v2', path: '/web', v1: {}, unified: '/sys/fs/cgroup/web'});
	t.deepEqual(tasks, []);
});
