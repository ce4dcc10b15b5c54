// A machine on which everything is as it should be, to take single things away from.
import type {CgroupLayout} from '../../ts/cgroups/layout.js';
import type {CheckItem} from '../../ts/preflight/check.js';
import {judge} from '../../ts/preflight/check.js';
import type {MachineFacts} from '../../ts/preflight/look.js';
import {parseMountInfo} from '../../ts/linux/mountinfo.js';
import {parseProcessStatus} from '../../ts/linux/proc.js';

export const status = (capabilities: string, uid = 0, seccomp = 0) =>
	parseProcessStatus(`Uid:\t${uid}\t${uid}\t${uid}\t${uid}\nCapPrm:\t${capabilities}\nCapEff:\t${capabilities}\nSeccomp:\t${seccomp}\n`);

export const mount = (mountPoint: string, type: string, options = 'rw') =>
	parseMountInfo(`30 20 0:30 / ${mountPoint} ${options} - ${type} ${type} rw`)[0]!;

/** Of the layout of cgroups, what the rules look at. */
export const layout = (fields: Pick<CgroupLayout, 'mode' | 'v1' | 'unified' | 'v2Controllers'>): CgroupLayout => fields as CgroupLayout;

export const goodFacts: MachineFacts = {
	arch: 'x64',
	release: '6.12.3-amd64',
	status: status('000001ffffffffff'),
	namespaces: ['cgroup', 'ipc', 'mnt', 'net', 'pid', 'pid_for_children', 'time', 'time_for_children', 'user', 'uts'],
	maxUserNamespaces: 1000,
	mounts: [mount('/sys/fs/cgroup', 'cgroup2')],
	cgroups: layout({mode: 'v2', v1: {}, unified: '/sys/fs/cgroup', v2Controllers: ['cpuset', 'cpu', 'io', 'memory', 'pids']}),
	seccompActions: ['kill_process', 'kill_thread', 'trap', 'errno', 'user_notif', 'trace', 'log', 'allow'],
	mountErrno: undefined,
	hasUserfaultfd: true,
	pipeMaxSize: 1_048_576,
	run: mount('/run', 'tmpfs'),
	state: mount('/run', 'tmpfs'),
	root: '/run/ctnative',
	programs: [{name: 'tar', path: '/usr/bin/tar'}, {name: 'ip', path: '/usr/sbin/ip'}],
	addon: '/app/node_modules/ctnative/prebuilds/linux-x64/ctnative.node',
	hasInit: true,
	criu: {
		path: '/usr/sbin/criu',
		version: {major: 4, minor: 2, sublevel: 1, gitid: undefined, text: '4.2.1'},
		works: true,
		lazyPages: true,
		memTrack: true,
		pidfdStore: true,
		findings: [],
	},
};

/** The item of this name, on a machine that differs in these facts. */
export const itemWith = (name: string, changes: Partial<MachineFacts>): CheckItem => {
	const found = judge({...goodFacts, ...changes}).items.filter(item => item.name === name);
	if (found.length !== 1) {
		throw new Error(`${found.length} items are named ${name}`);
	}

	return found[0]!;
};
