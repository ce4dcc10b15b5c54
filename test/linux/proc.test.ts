import {readFileSync} from 'node:fs';
import test from 'ava';
import {parseMountInfo} from '../../ts/linux/mountinfo.js';
import {isAlive, parseCgroups, parseFilesystems, parseProcessStat, parseProcessStatus} from '../../ts/linux/proc.js';

const stat = (comm: string, state = 'S') => `7 (${comm}) ${state} 1 ${Array.from({length: 17}, (_, index) => index).join(' ')} 4711 99 100\n`;

test('the name of a process may hold anything', t => {
	for (const comm of ['sh', 'a b', ') R 1 2 3', '((', '', 'a\nb', 'x) S 1']) {
		t.deepEqual(parseProcessStat(stat(comm)), {pid: 7, comm, state: 'S', parent: 1, session: 1, startTime: 4711}, comm);
	}
});

test('what is no stat is undefined', t => {
	for (const text of ['', '\n', '7', '7 (sh', '7 sh) S 1', ') 7 (', '7 (sh) S 1 2 3']) {
		t.is(parseProcessStat(text), undefined, text);
	}
});

test('this process is alive, and a zombie is not', t => {
	const self = parseProcessStat(readFileSync('/proc/self/stat', 'utf8'));
	t.like(self, {pid: process.pid, parent: process.ppid});
	t.true(self!.startTime > 0);
	t.true(isAlive(self));
	t.false(isAlive(parseProcessStat(stat('sh', 'Z'))));
	t.false(isAlive(parseProcessStat(stat('sh', 'X'))));
	t.false(isAlive(undefined));
});

test('the status of this process is what Node says of it', t => {
	const status = parseProcessStatus(readFileSync('/proc/self/status', 'utf8'));
	t.is(status.uids[1], process.geteuid!());
	t.is(status.gids[1], process.getegid!());
	t.is(status.uids.length, 4);
	t.is(status.namespacePids.at(-1), process.pid);
});

test('a status is read by its names, and what is missing is nothing', t => {
	const status = parseProcessStatus('Name:\ta: b\nUid:\t0\t1\t2\t3\nGroups:\t10 20 \nNSpid:\t300\t1\nCapEff:\t000001ffffffffff\nCapAmb:\t0000000000000000\nNoNewPrivs:\t1\nSeccomp:\t2\n');
	t.deepEqual(status, {
		uids: [0, 1, 2, 3], gids: [], groups: [10, 20], namespacePids: [300, 1],
		capabilities: {inheritable: 0n, permitted: 0n, effective: 0x1ff_ffff_ffffn, bounding: 0n, ambient: 0n},
		noNewPrivileges: true, seccomp: 2,
	});
});

test('cgroups of v1, of v2 and of a hybrid machine are told apart', t => {
	t.deepEqual(parseCgroups('9:name=systemd:/\n3:cpu,cpuacct:/a:b\n0::/user.slice\nnonsense\n'), [
		{hierarchy: 9, controllers: ['name=systemd'], path: '/'},
		{hierarchy: 3, controllers: ['cpu', 'cpuacct'], path: '/a:b'},
		{hierarchy: 0, controllers: [], path: '/user.slice'},
	]);
});

test('filesystems are named with a device or without', t => {
	t.deepEqual([...parseFilesystems('nodev\tsysfs\nnodev\tproc\n\text4\n')], ['sysfs', 'proc', 'ext4']);
	t.true(parseFilesystems(readFileSync('/proc/filesystems', 'utf8')).has('proc'));
});

test('a line of mountinfo has optional fields in the middle and escapes in its paths', t => {
	t.deepEqual(parseMountInfo(
		'36 35 98:0 /mnt1 /mnt\\0402\\134\\012 rw,noatime master:1 shared:7 - ext3 /dev/root rw,errors=continue\n'
		+ '22 27 0:21 / / ro - fuse.x\\040y a#b rw\n\nno line\n1 2 3 4 5 6 7\n',
	), [
		{id: 36, parent: 35, device: '98:0', root: '/mnt1', mountPoint: '/mnt 2\\\n', options: ['rw', 'noatime'], propagation: ['master:1', 'shared:7'], type: 'ext3', source: '/dev/root', superOptions: ['rw', 'errors=continue']},
		{id: 22, parent: 27, device: '0:21', root: '/', mountPoint: '/', options: ['ro'], propagation: [], type: 'fuse.x y', source: 'a#b', superOptions: ['rw']},
	]);
});

test('mounts of some types are read without the others', t => {
	const line = (type: string) => `36 35 98:0 / /mnt1/${type} rw shared:7 - ${type} none rw`;
	const text = ['cgroup', 'cgroup2', 'ext4', 'cgroup'].map(type => line(type)).join('\n');
	t.deepEqual(parseMountInfo(text, ['cgroup']).map(({type}) => type), ['cgroup', 'cgroup']);
	t.deepEqual(parseMountInfo(text, ['cgroup2', 'resctrl']), parseMountInfo(line('cgroup2')));
});

test('every mount of this machine is read', t => {
	const text = readFileSync('/proc/self/mountinfo', 'utf8');
	const mounts = parseMountInfo(text);
	t.is(mounts.length, text.split('\n').length - 1);
	t.true(mounts.some(({mountPoint, type}) => mountPoint === '/proc' && type === 'proc'));
});
