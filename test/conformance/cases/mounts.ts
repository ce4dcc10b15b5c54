// mounts, root, maskedPaths, readonlyPaths, devices: what the container sees of files.
import type {Spec} from '../../support/runc-spec.js';
import type {InsideCase} from '../inside.js';

const add = (destination: string, type: string, source: string, ...options: string[]) => (config: Spec): void => {
	config.mounts.push({destination, type, source, options});
};

/** Options of the mount at /tmp, as mountinfo has them. */
const attributes = 'awk \'$5 == "/tmp" {print $6}\' /proc/self/mountinfo';
const superblock = 'sed -n "s/^[^ ]* [^ ]* [^ ]* [^ ]* \\/tmp .* - //p" /proc/self/mountinfo';
const propagation = 'awk \'$5 == "/tmp" {print ($7 == "-" ? "none" : $7)}\' /proc/self/mountinfo | sed "s/:.*//"';

const flags: ReadonlyArray<readonly [options: string[], shows: string]> = [
	[[], 'rw,relatime'], [['ro'], 'ro,relatime'], [['nosuid'], 'rw,nosuid,relatime'], [['nodev'], 'rw,nodev,relatime'], [['noexec'], 'rw,noexec,relatime'],
	[['noatime'], 'rw,noatime'], [['nodiratime'], 'rw,nodiratime,relatime'], [['relatime'], 'rw,relatime'], [['strictatime'], 'rw'],
	[['nosuid', 'nodev', 'noexec'], 'rw,nosuid,nodev,noexec,relatime'], [['ro', 'nosuid', 'nodev', 'noexec', 'noatime'], 'ro,nosuid,nodev,noexec,noatime'],
	[['nosuid', 'suid'], 'rw,relatime'], [['nodev', 'dev'], 'rw,relatime'], [['noexec', 'exec'], 'rw,relatime'], [['ro', 'rw'], 'rw,relatime'],
];

const tmpfs: InsideCase[] = flags.map(([options, shows]) => ({
	title: `a tmpfs with ${options.join(',') || 'no options'} is ${shows}`, edit: add('/tmp', 'tmpfs', 'tmpfs', ...options), script: attributes, prints: shows,
	...(new Set(['nosuid,suid', 'nodev,dev', 'noexec,exec', 'ro,rw']).has(options.join(',')) && {differs: {crun: 'the first of two opposites holds'}}),
}));

const tmpfsData: InsideCase[] = [['size=64k'], ['size=1m'], ['nr_inodes=100'], ['mode=700'], ['mode=1777', 'size=128k'], ['uid=1000'], ['gid=1000']].map(options => ({
	title: `a tmpfs with ${options.join(',')} has it`, edit: add('/tmp', 'tmpfs', 'tmpfs', ...options), script: superblock,
	prints: new RegExp(options.map(option => `(?=.*\\b${option.replace('1m', '1024k')}\\b)`).filter(part => !part.includes('mode=1777')).join('')),
}));

const binds: InsideCase[] = [['bind', 'ro'], ['rbind', 'ro'], ['bind', 'nosuid'], ['bind', 'nodev'], ['bind', 'noexec'], ['bind', 'ro', 'nosuid', 'nodev', 'noexec']].map(options => ({
	title: `a bind mount with ${options.join(',')} has that`, edit: add('/tmp', 'bind', '/var/tmp', ...options),
	script: attributes, prints: new RegExp(options.slice(1).map(option => `(?=.*\\b${option}\\b)`).join('')),
}));

const propagations: InsideCase[] = [['private', 'none'], ['shared', 'shared'], ['unbindable', 'unbindable'], ['rprivate', 'none'], ['rshared', 'shared'], ['runbindable', 'unbindable']].map(([option, shows]) => ({
	title: `a mount can be ${option!}`, edit: add('/tmp', 'tmpfs', 'tmpfs', option!), script: propagation, prints: shows!, differs: {crun: 'leaves a tmpfs private'},
}));

const masked: InsideCase[] = ['/proc/kcore', '/proc/timer_list', '/proc/keys', '/proc/cpuinfo', '/proc/meminfo', '/etc/passwd'].map(path => ({
	title: `a masked ${path} is empty`,
	edit(config) {
		config.linux.maskedPaths = [path];
	},
	script: `[ -e ${path} ] && wc -c <${path} || echo 0`, prints: '0',
}));

const readonly: InsideCase[] = ['/proc/sys', '/proc/irq', '/proc/bus', '/tmp', '/usr/bin'].map(path => ({
	title: `a readonly ${path} is mounted so`, writable: true,
	edit(config) {
		config.linux.readonlyPaths = [path];
	},
	script: `awk '$5 == "${path}" {print substr($6, 1, 2)}' /proc/self/mountinfo`, prints: 'ro',
}));

const nodes: InsideCase[] = [['null', '1,3'], ['zero', '1,5'], ['full', '1,7'], ['random', '1,8'], ['urandom', '1,9'], ['tty', '5,0']].map(([name, numbers]) => ({
	title: `/dev/${name!} is the device ${numbers!}`, script: `stat -c "%F %t,%T %a" /dev/${name!}`, prints: `character special file ${numbers!} 666`,
}));

const links: InsideCase[] = [['fd', '/proc/self/fd'], ['stdin', '/proc/self/fd/0'], ['stdout', '/proc/self/fd/1'], ['stderr', '/proc/self/fd/2'], ['ptmx', 'pts/ptmx']].map(([name, target]) => ({
	title: `/dev/${name!} leads to ${target!}`, script: `readlink /dev/${name!}`, prints: target!,
	...(name === 'ptmx' && {differs: {crun: 'an absolute link'}}),
}));

const device = (type: string, major: number, minor: number, fileMode: number, uid = 0, gid = 0) => (config: Spec): void => {
	config.linux.devices = [{path: '/dev/ours', type, major, minor, fileMode, uid, gid}] as never;
};

const others: InsideCase[] = [
	{title: 'a device of its own is made', edit: device('c', 10, 229, 0o640, 1000, 5), script: 'stat -c "%F %t,%T %a %u:%g" /dev/ours', prints: 'character special file a,e5 640 1000:5'},
	{title: 'a block device, too', edit: device('b', 7, 3, 0o600), script: 'stat -c "%F %t,%T %a" /dev/ours', prints: 'block special file 7,3 600'},
	{title: 'and a fifo', edit: device('p', 0, 0, 0o622), script: 'stat -c "%F %a" /dev/ours', prints: 'fifo 622'},
	{title: 'the root is read-only where it says so', script: 'touch /x 2>&1 || echo no', prints: /Read-only file system\nno$/},
	{title: 'the root is writable where it says so', script: 'touch /x && echo yes', writable: true, prints: 'yes'},
	{title: 'a new mount point is made in the image', edit: add('/new/dir', 'tmpfs', 'tmpfs'), script: 'stat -f -c %T /new/dir', writable: true, prints: 'tmpfs'},
	{title: 'a file is bound to a file that is made', edit: add('/etc/bound', 'bind', '/etc/hostname', 'bind'), script: '[ -f /etc/bound ] && echo file', writable: true, prints: 'file'},
	{title: 'mounts are made in their order', edit(config) {
		add('/tmp', 'tmpfs', 'tmpfs')(config);
		add('/tmp/in', 'tmpfs', 'tmpfs', 'size=64k')(config);
	}, script: 'stat -f -c %T /tmp/in', prints: 'tmpfs'},
	{title: 'a symlink in the image does not lead out of it', writable: true, edit: add('/link/x', 'tmpfs', 'tmpfs'), script: 'grep -c " /link/x " /proc/self/mountinfo', prints: '1'},
	{title: '/proc is procfs', script: 'awk \'$5 == "/proc" {print $9}\' /proc/self/mountinfo', prints: 'proc'},
	{title: '/sys is read-only', script: 'awk \'$5 == "/sys" {print substr($6, 1, 2)}\' /proc/self/mountinfo', prints: 'ro'},
	{title: '/dev/pts is an instance of its own', script: 'ls /dev/pts', prints: 'ptmx'},
	{title: '/dev/shm is a tmpfs of 64 MiB', script: 'df -k /dev/shm | awk \'NR == 2 {print $2}\'', prints: '65536'},
	{title: '/dev/mqueue is there', script: 'awk \'$5 == "/dev/mqueue" {print $9}\' /proc/self/mountinfo', prints: 'mqueue'},
	{title: 'a masked directory is empty', edit(config) {
		config.linux.maskedPaths = ['/usr'];
	}, script: 'ls /usr', prints: ''},
	{title: 'a masked path that is missing does not matter', edit(config) {
		config.linux.maskedPaths = ['/no/such'];
	}, script: 'echo ok', prints: 'ok'},
	{title: 'a readonly path that is missing does not matter', edit(config) {
		config.linux.readonlyPaths = ['/no/such'];
	}, script: 'echo ok', prints: 'ok'},
	{title: 'tmpcopyup copies what the image has', edit: add('/etc', 'tmpfs', 'tmpfs', 'tmpcopyup'), script: 'head -1 /etc/passwd | cut -d: -f1', prints: 'root'},
];

export const mountCases: readonly InsideCase[] = [...tmpfs, ...tmpfsData, ...binds, ...propagations, ...masked, ...readonly, ...nodes, ...links, ...others];
