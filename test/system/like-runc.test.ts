// An unmodified config.json of `runc spec` (but for `terminal: false`) shows the program what runc shows.
import {execFileSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {tempDir, type BundleOptions} from '../support/bundle.js';
import {isV2, runcTest as test, World} from './world.js';

/** The config that this machine's runc writes, to the letter. */
const asSpec: NonNullable<BundleOptions['edit']> = config => {
	const directory = tempDir({teardown() {}});
	execFileSync('runc', ['spec', '--bundle', directory]);
	const spec = JSON.parse(readFileSync(join(directory, 'config.json'), 'utf8')) as typeof config;
	execFileSync('rm', ['-r', directory]);
	return {...spec, root: {...spec.root, path: config.root.path}, process: {...spec.process, terminal: false, args: config.process.args!}};
};

/** What both say, line by line; `tidy` takes out what is of the moment. */
const both = async (world: World, script: string, tidy = (line: string) => line): Promise<[ours: string[], theirs: string[]]> => {
	const options = {args: ['sh', '-c', script], edit: asSpec};
	const lines = ({stdout, stderr}: {stdout: string; stderr: string}) => `${stdout}${stderr}`.trimEnd().split('\n').map(tidy);
	return [lines(await world.run(options)), lines(await world.runc(options))];
};

/** [title, script, what to take out of each line] */
const same: ReadonlyArray<readonly [title: string, script: string, tidy?: (line: string) => string]> = [
	['environment', 'env | sort'],
	['ids', 'id; grep -E "^(Uid|Gid|Groups)" /proc/self/status'],
	['capabilities, NoNewPrivs, seccomp', 'grep -E "^(Cap|NoNewPrivs|Seccomp:)" /proc/self/status'],
	['signals', 'grep -E "^Sig(Blk|Ign|Cgt)|^ShdPnd" /proc/1/status'],
	['limits', 'cat /proc/1/limits; ulimit -a'],
	['names', 'hostname; cat /proc/sys/kernel/domainname'],
	['score for the OOM killer', 'cat /proc/self/oom_score_adj'],
	['umask and cwd', 'umask; pwd; readlink /proc/1/cwd; readlink /proc/1/root'],
	['processes', 'ps -o pid,ppid,pgid,sid,args'],
	['/dev', 'ls -lan /dev | sed "s/ [A-Z][a-z][a-z] .*[0-9][0-9]:[0-9][0-9] / /"; ls -lan /dev/pts /dev/shm | grep -v "\\.$" | sed "s/ [A-Z][a-z][a-z] .*[0-9][0-9]:[0-9][0-9] / /"'],
	['sizes of tmpfs', 'df -k | grep -E " /dev(/shm)?$"'],
	['the loopback interface', 'ip addr; ip route; ping -c1 -W1 127.0.0.1 | grep transmitted', line => line.replace(/, time.*/, '')],
	['masked paths', 'for p in /proc/acpi /proc/asound /proc/kcore /proc/keys /proc/latency_stats /proc/timer_list /proc/timer_stats /proc/sched_debug /proc/scsi /sys/firmware; do echo $p; cat $p | wc -c; ls -A $p | grep -v $p; done 2>&1'],
	['read-only paths', 'for p in /proc/bus /proc/fs /proc/irq /proc/sys /proc/sysrq-trigger /sys / /etc /sys/fs/cgroup/memory; do touch $p/new; [ -f $p ] && echo b > $p; done 2>&1'],
	['namespaces of its own', 'for n in cgroup ipc mnt net pid user uts; do [ "$(readlink /proc/1/ns/$n)" = "$HOST" ]; done; lsns 2>/dev/null | wc -l'],
	['descriptors', 'ls /proc/self/fd; ls /proc/1/fd'],
	['session and keyring', 'cat /proc/1/sessionid /proc/1/loginuid; cat /proc/self/personality'],
	['mqueue and sysctls of IPC', 'ls -ld /dev/mqueue | cut -c1-10; cat /proc/sys/kernel/msgmax /proc/sys/kernel/sem'],
];

for (const [title, script, tidy] of same) {
	test(`as under runc: ${title}`, async t => {
		const [ours, theirs] = await both(new World(t), script, tidy);
		t.deepEqual(ours, theirs);
		t.true(ours.join('').length > 0);
	});
}

/** [`target: ours | theirs`, reason] */
const known: ReadonlyArray<readonly [pattern: RegExp, reason: string]> = [
	[/^\/(proc|sys)\/\w+: tmpfs tmpfs mode=555,nodev,noexec,nosuid,relatime,ro \| tmpfs tmpfs relatime,ro$/, 'an empty directory that masks has stricter options'],
	[/^\/proc\/\w+: devtmpfs devtmpfs \S*,noexec,nosuid,relatime,ro\S* \| tmpfs tmpfs /, 'the null device that masks a file is the one of the host, read-only: an image cannot replace it'],
	...(isV2 ? [] : [
		[/^\/sys\/fs\/cgroup: (tmpfs tmpfs \S*),ro \| \1,rw$/, 'the directory of the hierarchies is read-only if config.json says so, and not only they are'],
		[/^\/sys\/fs\/cgroup\/\S+: not there \| cgroup \S+ /, 'only hierarchies that limit or count the container are there'],
	] as const),
];

/** Mounts as `target type options source`, sorted. */
const mountLines = (lines: readonly string[]): Map<string, string> => new Map(lines.map(line => {
	const [source, target, type, options] = line.split(' ');
	return [target!, `${type!} ${source!} ${options!.split(',').filter(option => !/^(seclabel|inode64|nr_inodes=.*)$/.test(option)).sort().join()}`];
}));

test('as under runc: mounts, but for the differences that are listed here', async t => {
	const [ours, theirs] = (await both(new World(t), 'cat /proc/self/mounts')).map(lines => mountLines(lines)) as [Map<string, string>, Map<string, string>];
	const different = [...new Set([...ours.keys(), ...theirs.keys()])].sort().flatMap(target => {
		const [one, other] = [ours.get(target), theirs.get(target)];
		return one === other ? [] : [`${target}: ${one ?? 'not there'} | ${other ?? 'not there'}`];
	});
	t.deepEqual(different.filter(line => !known.some(([pattern]) => pattern.test(line))), []);
	for (const [pattern, reason] of known) {
		t.true(different.some(line => pattern.test(line)), `no difference any more: ${reason}`);
	}
});

test('as under runc: whether mounts are slaves of the host', async t => {
	const script = 'awk \'{n = ""; for (i = 7; $i != "-"; i++) n = n " " substr($i, 1, 6); print $5 n}\' /proc/self/mountinfo | sort';
	const [ours, theirs] = await both(new World(t), script);
	t.deepEqual(ours.filter(line => !line.startsWith('/sys/fs/cgroup')), theirs.filter(line => !line.startsWith('/sys/fs/cgroup')));
});
