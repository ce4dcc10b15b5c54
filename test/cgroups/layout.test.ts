import test from 'ava';
import {detectLayout} from '../../ts/cgroups/layout.js';
import {FakeNative} from '../support/fake-native.js';

const layoutOf = async (mountinfo: string, files: Readonly<Record<string, string>> = {}) =>
	detectLayout(new FakeNative({files: {'/proc/self/mountinfo': mountinfo, ...files}}));

/** A hybrid machine whose v1 controllers all are on their own. */
const separate = `23 1 254:0 / / rw,relatime - ext4 /dev/vda rw
25 23 0:22 / /proc rw,relatime - proc proc rw
31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu
33 31 0:30 / /sys/fs/cgroup/cpuacct rw,relatime - cgroup cgroup rw,cpuacct
35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
36 31 0:33 / /sys/fs/cgroup/devices rw,relatime - cgroup cgroup rw,devices
39 31 0:36 / /sys/fs/cgroup/pids rw,relatime - cgroup cgroup rw,pids
40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,name=systemd
41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
`;

/** systemd.unified_cgroup_hierarchy=0: some controllers are mounted together. */
const systemdHybrid = `27 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
29 28 0:25 / /sys/fs/cgroup ro,nosuid,nodev,noexec shared:9 - tmpfs tmpfs ro,mode=755
30 29 0:26 / /sys/fs/cgroup/unified rw,nosuid,nodev,noexec,relatime shared:10 - cgroup2 cgroup2 rw,nsdelegate
31 29 0:27 / /sys/fs/cgroup/systemd rw,nosuid,nodev,noexec,relatime shared:11 - cgroup cgroup rw,xattr,name=systemd
34 29 0:31 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid,nodev,noexec,relatime shared:15 - cgroup cgroup rw,cpu,cpuacct
35 29 0:32 / /sys/fs/cgroup/cpuset rw,nosuid,nodev,noexec,relatime shared:16 - cgroup cgroup rw,cpuset,clone_children
36 29 0:33 / /sys/fs/cgroup/net_cls,net_prio rw,nosuid,nodev,noexec,relatime shared:17 - cgroup cgroup rw,net_cls,net_prio
37 29 0:34 / /sys/fs/cgroup/memory rw,nosuid,nodev,noexec,relatime shared:18 - cgroup cgroup rw,memory
38 29 0:35 / /sys/fs/cgroup/devices rw,nosuid,nodev,noexec,relatime shared:19 - cgroup cgroup rw,devices
39 29 0:36 / /sys/fs/cgroup/pids rw,nosuid,nodev,noexec,relatime shared:20 - cgroup cgroup rw,pids
`;

const pureV2 = `24 30 0:22 / /sys rw,nosuid,nodev,noexec,relatime shared:7 - sysfs sysfs rw
30 1 252:1 / / rw,relatime shared:1 - xfs /dev/vda1 rw
32 24 0:29 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:9 - cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot
`;

const v2Files = {'/sys/fs/cgroup/cgroup.controllers': 'cpuset cpu io memory hugetlb pids rdma misc\n'};

test('a machine with controllers in v1 and a cgroup2 beside them is hybrid', async t => {
	t.like(await layoutOf(separate), {
		mode: 'hybrid',
		v1: {
			cpu: '/sys/fs/cgroup/cpu',
			cpuacct: '/sys/fs/cgroup/cpuacct',
			memory: '/sys/fs/cgroup/memory',
			devices: '/sys/fs/cgroup/devices',
			pids: '/sys/fs/cgroup/pids',
			'name=systemd': '/sys/fs/cgroup/systemd',
		},
		unified: '/sys/fs/cgroup/unified',
		v2Controllers: [],
	});
});

test('controllers that are mounted together are found in one place', async t => {
	const {mode, v1, unified} = await layoutOf(systemdHybrid);

	t.is(mode, 'hybrid');
	t.is(unified, '/sys/fs/cgroup/unified');
	t.deepEqual(v1, {
		'name=systemd': '/sys/fs/cgroup/systemd',
		cpu: '/sys/fs/cgroup/cpu,cpuacct',
		cpuacct: '/sys/fs/cgroup/cpu,cpuacct',
		cpuset: '/sys/fs/cgroup/cpuset',
		net_cls: '/sys/fs/cgroup/net_cls,net_prio',
		net_prio: '/sys/fs/cgroup/net_cls,net_prio',
		memory: '/sys/fs/cgroup/memory',
		devices: '/sys/fs/cgroup/devices',
		pids: '/sys/fs/cgroup/pids',
	});
});

test('a machine without cgroup2 is v1', async t => {
	const {mode, unified} = await layoutOf(separate.replace(/.*cgroup2.*\n/, ''));

	t.is(mode, 'v1');
	t.is(unified, undefined);
});

test('a machine with cgroup2 alone is v2, and has the controllers that it says', async t => {
	t.like(await layoutOf(pureV2, v2Files), {
		mode: 'v2',
		v1: {},
		unified: '/sys/fs/cgroup',
		v2Controllers: ['cpuset', 'cpu', 'io', 'memory', 'hugetlb', 'pids', 'rdma', 'misc'],
	});
});

test('a v1 hierarchy that manages no containers leaves a v2 machine what it is', async t => {
	const netCls = '77 32 0:60 / /sys/fs/cgroup/net_cls rw,relatime - cgroup net_cls rw,net_cls\n';
	const named = '78 32 0:61 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,seclabel,xattr,name=systemd\n';

	for (const beside of [netCls, named, netCls + named]) {
		t.is((await layoutOf(pureV2 + beside, v2Files)).mode, 'v2', beside);
	}
});

test('options of a mount are no controllers', async t => {
	const options = 'rw,seclabel,noprefix,xattr,cpuset_v2_mode,clone_children,favordynmods,release_agent=/sbin/agent,memory';
	const {v1} = await layoutOf(`35 31 0:32 / /cg/memory rw - cgroup cgroup ${options}\n`);

	t.deepEqual(Object.keys(v1), ['memory']);
});

test('of two mounts of a hierarchy the first counts', async t => {
	const again = '90 23 0:32 /docker /chroot/memory rw - cgroup cgroup rw,memory\n91 23 0:38 / /chroot/unified rw - cgroup2 none rw\n';
	const {v1, unified} = await layoutOf(separate + again);

	t.is(v1['memory'], '/sys/fs/cgroup/memory');
	t.is(unified, '/sys/fs/cgroup/unified');
});

test('a mount point with a space in it is found', async t => {
	t.is((await layoutOf('35 31 0:32 / /my\\040cg/memory rw - cgroup cgroup rw,memory\n')).v1['memory'], '/my cg/memory');
});

test('a machine without cgroups is told how to get them', async t => {
	await t.throwsAsync(layoutOf('23 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n40 31 0:37 / /s rw - cgroup cgroup rw,name=systemd\n'), {
		code: 'ERR_CGROUP_LAYOUT',
		message: /^no cgroup hierarchy is mounted on this machine \(mount -t cgroup2 /,
	});
});
