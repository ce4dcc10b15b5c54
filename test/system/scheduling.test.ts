import {execFileSync} from 'node:child_process';
import ava from 'ava';
import {existsSync, readFileSync} from 'node:fs';
import {availableParallelism} from 'node:os';
import {testUnless} from '../support/skip.js';
import {execOutput, outputOf, systemTest as test, World} from './world.js';

const hasAppArmor = existsSync('/sys/module/apparmor/parameters/enabled') && readFileSync('/sys/module/apparmor/parameters/enabled', 'utf8').startsWith('Y');

/** Real-time programs need a share of their cgroup here, and a new one has none. */
const hasShares = existsSync('/sys/fs/cgroup/cpu/cpu.rt_runtime_us');

/** Fields of /proc/<pid>/stat from the third on, which are numbered as in proc_pid_stat(5). */
const statOf = (pid: number): string[] => ['', '', '', ...readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '').trim().split(' ')];

const said = (...args: string[]): string => execFileSync(args[0]!, args.slice(1), {encoding: 'utf8'});

test('scheduler: the policy, nice and priority of the program and of exec are those of the config', async t => {
	const world = new World(t);
	const inherited = statOf(process.pid)[19]!;
	for (const [scheduler, policy, priority, nice] of [
		[{policy: 'SCHED_BATCH', nice: 7}, '3', '0', '7'],
		[{policy: 'SCHED_OTHER', nice: -5}, '0', '0', '-5'],
		[{policy: 'SCHED_IDLE'}, '5', '0', inherited],
		...(hasShares ? [] : [[{policy: 'SCHED_RR', priority: 3, flags: ['SCHED_FLAG_RESET_ON_FORK']}, '2', '3', undefined] as const]),
	] as const) {
		const container = await world.start({edit: config => {
			config.process.scheduler = scheduler as never;
		}});
		const stat = statOf(container.pid);
		t.deepEqual([stat[41], stat[40]], [policy, priority]);
		if (nice !== undefined) {
			t.is(stat[19], nice);
		}

		const process = await container.exec({args: ['sleep', '1000']});
		t.is(statOf(process.pid)[41], policy);
		const other = await container.exec({args: ['sleep', '1000'], scheduler: {policy: 'SCHED_BATCH', nice: 1}});
		t.deepEqual([statOf(other.pid)[41], statOf(other.pid)[19]], ['3', '1']);
		await container.delete({force: true});
	}
});

test('ioPriority: class and level are those of the config', async t => {
	const world = new World(t);
	for (const [ioPriority, text] of [
		[{class: 'IOPRIO_CLASS_BE', priority: 6}, 'best-effort: prio 6'],
		[{class: 'IOPRIO_CLASS_RT', priority: 1}, 'realtime: prio 1'],
		[{class: 'IOPRIO_CLASS_IDLE'}, 'idle'],
	] as const) {
		const container = await world.start({edit: config => {
			config.process.ioPriority = ioPriority;
		}});
		t.is(said('ionice', '-p', String(container.pid)).trim(), text);
		await container.delete({force: true});
	}
});

testUnless(availableParallelism() < 2 ? 'one CPU' : process.getuid!() === 0 ? undefined : 'needs root', ava.serial)('execCPUAffinity holds for exec alone, and a program is not held to the CPUs of the runtime', async t => {
	const world = new World(t);
	const allowed = (pid: number): string => /^Cpus_allowed_list:\t(.*)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]!;
	const every = allowed(1);
	const container = await world.start({edit: config => {
		config.process.execCPUAffinity = {initial: '0', final: '1'};
	}});
	t.is(allowed(container.pid), every);
	t.is(allowed((await container.exec({args: ['sleep', '1000']})).pid), '1');
	t.is(allowed((await container.exec({args: ['sleep', '1000'], execCPUAffinity: {final: '0'}})).pid), '0');
	t.is(allowed((await container.exec({args: ['sleep', '1000'], execCPUAffinity: {initial: '0'}})).pid), every);
	await t.throwsAsync(container.exec({args: ['true'], execCPUAffinity: {final: '8000'}}), {code: 'ERR_INIT_STEP', message: /affinity: EINVAL/});

	const before = allowed(process.pid);
	execFileSync('taskset', ['-a', '-p', '-c', '0', String(process.pid)], {stdio: 'ignore'});
	try {
		const second = await world.start();
		t.is(allowed(second.pid), every);
		t.is(allowed((await second.exec({args: ['sleep', '1000'], execCPUAffinity: undefined as never})).pid), every);
	} finally {
		execFileSync('taskset', ['-a', '-p', '-c', before, String(process.pid)], {stdio: 'ignore'});
	}
});

test('memoryPolicy: the pages of the program come from where the config says', async t => {
	const world = new World(t);
	for (const [memoryPolicy, text] of [
		[{mode: 'MPOL_BIND', nodes: '0'}, /bind:0/],
		[{mode: 'MPOL_PREFERRED', nodes: '0', flags: ['MPOL_F_STATIC_NODES']}, /prefer=static:0/],
		[{mode: 'MPOL_INTERLEAVE', nodes: '0'}, /interleave:0/],
		[{mode: 'MPOL_LOCAL'}, /local/],
	] as const) {
		const container = await world.start({edit: config => {
			config.linux.memoryPolicy = memoryPolicy as never;
		}});
		t.regex(readFileSync(`/proc/${container.pid}/numa_maps`, 'utf8'), text);
		const process = await container.exec({args: ['sleep', '1000']});
		t.regex(readFileSync(`/proc/${process.pid}/numa_maps`, 'utf8'), text);
		await container.delete({force: true});
	}

	await t.throwsAsync(world.create({edit: config => {
		config.linux.memoryPolicy = {mode: 'MPOL_BIND', nodes: '63'};
	}}), {code: 'ERR_INIT_STEP', message: /memory_policy: EINVAL/});
});

test('personality: a 32-bit domain shows in uname', async t => {
	const world = new World(t);
	const output = await world.run({args: ['uname', '-m'], edit: config => {
		config.linux.personality = {domain: 'LINUX32'};
	}});
	t.is(output.stdout, 'i686\n');
});

test('a time namespace has the clocks of timeOffsets, for exec, too', async t => {
	const world = new World(t);
	const offset = 5_000_000;
	const host = Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]);
	for (const user of [false, true]) {
		const container = await world.start({edit: config => {
			config.linux.namespaces!.push({type: 'time'});
			config.linux.timeOffsets = {boottime: {secs: offset, nanosecs: 5}, monotonic: {secs: -1}};
			if (user) {
				config.linux.namespaces!.push({type: 'user'});
				config.linux.uidMappings = config.linux.gidMappings = [{containerID: 0, hostID: 100_000, size: 65_536}];
			}
		}});
		const {stdout} = await execOutput(container, ['sh', '-c', 'cut -d. -f1 /proc/uptime; echo $$; readlink /proc/1/ns/time; readlink /proc/self/ns/time']);
		const [uptime, , ofInit, ofExec] = stdout.split('\n');
		t.true(Math.abs(Number(uptime) - offset - host) < 120, `user namespace: ${user}`);
		t.is(ofInit, ofExec);
		t.regex(readFileSync(`/proc/${container.pid}/timens_offsets`, 'utf8'), /monotonic +-1 +0\nboottime +5000000 +5\n/);
		t.like(await execOutput(container, ['sh', '-c', 'ls /proc | grep -c "^1$"']), {stdout: '1\n'});

		const joined = await world.start({edit: config => {
			config.linux.namespaces!.push({type: 'time', path: `/proc/${container.pid}/ns/time`});
		}});
		t.true(Math.abs(Number((await execOutput(joined, ['cut', '-d.', '-f1', '/proc/uptime'])).stdout) - offset - host) < 120);
		await joined.delete({force: true});
		await container.delete({force: true});
	}
});

test('a label without its security module is refused by name', async t => {
	const world = new World(t);
	const labels: ReadonlyArray<readonly [string, string, object]> = [
		...(hasAppArmor ? [] : [['process.apparmorProfile', 'AppArmor', {apparmorProfile: 'box'}] as const]),
		['process.selinuxLabel', 'SELinux', {selinuxLabel: 'a:b:c:d'}],
	];
	for (const [subject, module, process] of labels) {
		await t.throwsAsync(world.create({edit: config => {
			Object.assign(config.process, process);
		}}), {code: 'ERR_CONFIG_INVALID', message: `config.json: ${subject} needs ${module}, which is off here`});
	}

	await t.throwsAsync(world.create({edit: config => {
		config.linux.mountLabel = 'a:b:c:d';
	}}), {code: 'ERR_CONFIG_INVALID', message: /mountLabel needs SELinux/});
	const container = await world.start();
	await t.throwsAsync(container.exec({args: ['true'], apparmorProfile: 'box'}), hasAppArmor
		? {code: 'ERR_INIT_STEP', message: /AppArmor has no profile of this name/}
		: {code: 'ERR_CONFIG_INVALID', message: /AppArmor/});
});

test('a container has a session keyring of its own, unless noNewKeyring', async t => {
	const world = new World(t);
	const keyring = async (noNewKeyring: boolean): Promise<string> => {
		const container = await world.create({args: ['cat', '/proc/keys'], edit: config => {
			config.linux.maskedPaths = [];
		}}, {noNewKeyring, stdio: ['ignore', 'pipe', 'pipe']});
		await container.start();
		const {stdout} = await outputOf(container);
		return stdout.replaceAll(container.id, 'ID');
	};

	t.regex(await keyring(false), /keyring +_ses\.ID/);
	t.notRegex(await keyring(true), /_ses\.ID/);
});
