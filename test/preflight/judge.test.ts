import test from 'ava';
import {CtnError} from '../../ts/errors.js';
import {judge} from '../../ts/preflight/check.js';
import type {MachineFacts} from '../../ts/preflight/look.js';
import {goodFacts, itemWith, layout, mount, status} from './facts.js';

/** [name of the item, what is wrong with the machine, what the item then says] */
const cases: ReadonlyArray<readonly [name: string, changes: Partial<MachineFacts>, says: RegExp]> = [
	['native parts', {hasInit: false}, /without ctn-init.*npm rebuild/s],
	['kernel', {release: '5.13.19'}, /5\.13\.19.*5\.14/s],
	['kernel', {release: '4.18.0-553.el8.x86_64'}, /4\.18\.0.*Linux 5\.14/s],
	['kernel', {release: ''}, /which it has not all.*Linux 5\.14/s],
	['architecture', {arch: 'ia32'}, /ia32/],
	['mount API', {mountErrno: 'EPERM'}, /EPERM.*CAP_SYS_ADMIN/s],
	['mount API', {mountErrno: 'ENOSYS'}, /ENOSYS.*seccomp filter/s],
	['mount API', {mountErrno: 'EIO'}, /EIO/],
	['namespaces', {namespaces: ['ipc', 'mnt', 'net', 'uts']}, /no pid namespace.*CONFIG_PID_NS/s],
	['user namespaces', {maxUserNamespaces: 0}, /sysctl -w user\.max_user_namespaces/],
	['user namespaces', {namespaces: ['ipc', 'mnt', 'net', 'pid', 'uts']}, /CONFIG_USER_NS/],
	['cgroup namespace', {namespaces: ['user']}, /not in this kernel/],
	['time namespace', {namespaces: ['user']}, /monotonic clock/],
	['seccomp', {seccompActions: []}, /CONFIG_SECCOMP_FILTER/],
	['seccomp', {seccompActions: ['kill_thread', 'trap', 'errno', 'trace', 'log', 'allow']}, /a profile with kill_process/],
	['user', {status: status('000001ffffffffff', 1000)}, /uid 1000.*run as root/s],
	['capabilities', {status: status('00000000a80425fb')}, /without CAP_NET_ADMIN, CAP_SYS_ADMIN, CAP_SYS_PTRACE.*loopback/s],
	['CAP_SYS_RESOURCE', {status: status('000001fffeffffff')}, /oomScoreAdj.*user namespace/s],
	['own seccomp filter', {status: status('000001ffffffffff', 0, 2)}, /read the filters/],
	['cgroups', {cgroups: new CtnError('ERR_CGROUP_LAYOUT', 'no cgroup hierarchy is mounted on this machine', {cure: 'mount one'})}, /^no cgroup hierarchy is mounted on this machine\n.*\nmount one$/],
	['cgroups', {mounts: [mount('/sys/fs/cgroup', 'cgroup2', 'ro,nosuid')]}, /read-only at \/sys\/fs\/cgroup\n/],
	['cgroup controllers', {cgroups: layout({mode: 'v2', v1: {}, unified: '/c', v2Controllers: ['cpu', 'cpuset', 'pids']})}, /without memory\n.*no memory limits.*subtree_control/s],
	['cgroup controllers', {cgroups: layout({mode: 'v1', v1: {memory: '/m', cpu: '/c', pids: '/p', cpuset: '/s', cpuacct: '/a', devices: '/d'}, unified: undefined, v2Controllers: []})}, /without freezer\n.*pause/s],
	['cgroup controllers', {cgroups: layout({mode: 'hybrid', v1: {memory: '/m', cpu: '/c'}, unified: '/u', v2Controllers: ['pids', 'cpuset']})}, /without pids, cpuset, cpuacct, devices\n/],
	['state directory', {state: undefined}, /cannot be told/],
	['state directory', {state: mount('/', 'ext4', 'ro,relatime')}, /\/run\/ctnative on ext4, read-only/],
	['state in memory', {state: mount('/', 'ext4')}, /ext4.*create and delete/s],
	['/run in memory', {run: mount('/', 'ext4')}, /50 ms/],
	['CRIU', {criu: new CtnError('ERR_CRIU_NOT_FOUND', 'CRIU is not installed', {cure: 'run this'})}, /^CRIU is not installed\n.*checkpointed.*\nrun this$/],
	['lazy pages', {criu: new CtnError('ERR_CRIU_NOT_FOUND', 'CRIU is not installed')}, /unknown without a CRIU/],
	['userfaultfd', {hasUserfaultfd: false}, /CONFIG_USERFAULTFD/],
	['fs.pipe-max-size', {status: status('000001fffeffffff')}, /1048576 bytes.*sysctl -w fs\.pipe-max-size=4194304/s],
	['tar', {programs: [{name: 'tar', path: undefined}]}, /tmpfs.*install tar/s],
	['ip', {programs: [{name: 'ip', path: undefined}]}, /install iproute2/],
];

for (const [name, changes, says] of cases) {
	test(`${name} is not ok with ${Object.keys(changes).join()}: ${says.source}`, t => {
		t.true(itemWith(name, {}).ok);
		const item = itemWith(name, changes);
		t.false(item.ok);
		t.regex([item.value, item.missing, item.cure].filter(Boolean).join('\n'), says);
	});
}

test('features that CRIU does not have here are told with its reason', t => {
	const criu = goodFacts.criu as Exclude<MachineFacts['criu'], CtnError>;
	const finding = {feature: 'memTrack', reason: 'this kernel has no soft-dirty bits', cure: 'take full checkpoints'} as const;
	t.like(itemWith('memory tracking', {criu: {...criu, memTrack: false, findings: [finding]}}), {
		ok: false, level: 'optional', value: finding.reason, cure: finding.cure,
	});
	t.true(itemWith('lazy pages', {criu: {...criu, memTrack: false, findings: [finding]}}).ok);
	t.is(itemWith('CRIU', {}).value, '4.2.1 at /usr/sbin/criu');
});

test('a small pipe limit is no matter with CAP_SYS_RESOURCE, nor is a large one without', t => {
	t.true(itemWith('fs.pipe-max-size', {pipeMaxSize: 65_536}).ok);
	t.true(itemWith('fs.pipe-max-size', {pipeMaxSize: 4_194_304, status: status('000001fffeffffff')}).ok);
});

test('the first kernel that has everything is ok', t => {
	t.true(itemWith('kernel', {release: '5.14.0-427.el9.x86_64'}).ok);
	t.true(itemWith('kernel', {release: '10.0'}).ok);
});

test('a hybrid machine may have its controllers on either side, but those of cgroup2 are of no use to us', t => {
	const v1 = Object.fromEntries(['memory', 'cpu', 'pids', 'cpuset', 'cpuacct', 'devices'].map(name => [name, `/c/${name}`]));
	const item = itemWith('cgroup controllers', {cgroups: layout({mode: 'hybrid', v1, unified: '/c/unified', v2Controllers: []})});
	t.true(item.ok);
});

test('a v1 hierarchy beside cgroup2 is no business of ours, read-only or not', t => {
	const changes: Partial<MachineFacts> = {
		cgroups: layout({mode: 'v2', v1: {net_cls: '/c/net_cls', memory: '/c/memory'}, unified: '/c', v2Controllers: ['cpu', 'cpuset', 'pids']}),
		mounts: [mount('/c', 'cgroup2'), mount('/c/net_cls', 'cgroup', 'ro')],
	};
	t.like(itemWith('cgroups', changes), {ok: true, value: 'v2: cgroup2 cpu, cpuset, pids'});
	t.is(itemWith('cgroup controllers', changes).value, 'without memory');
});

test('an unlimited number of user namespaces is told so', t => {
	t.is(itemWith('user namespaces', {maxUserNamespaces: undefined}).value, 'at most unlimited');
});

test('the report is ok if all that is required is, whatever else is missing', t => {
	t.true(judge(goodFacts).ok);
	const poor = judge({...goodFacts, criu: new CtnError('ERR_CRIU_NOT_FOUND', 'no'), programs: [{name: 'tar', path: undefined}], hasUserfaultfd: false, seccompActions: []});
	t.true(poor.ok);
	t.true(poor.items.some(({ok}) => !ok));
	t.false(judge({...goodFacts, release: '5.4.0'}).ok);
});

test('names are unique; what is ok has nothing missing and nothing to cure; what is not has a cost', t => {
	const facts: MachineFacts = {...goodFacts, status: status('0', 1000, 2), namespaces: [], seccompActions: [], hasUserfaultfd: false, run: undefined, state: undefined, criu: new CtnError('ERR_CRIU_NOT_FOUND', 'no')};
	for (const {items} of [judge(goodFacts), judge(facts)]) {
		t.is(new Set(items.map(({name}) => name)).size, items.length);
		t.deepEqual(items.filter(item => item.ok && ('missing' in item || 'cure' in item)), []);
		t.deepEqual(items.filter(item => !item.ok && !item.missing), []);
		t.deepEqual(items.filter(item => item.value === ''), []);
	}
});
