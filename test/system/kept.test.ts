import {closeSync, openSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {execOutput, outputOf, systemTest as test, World} from './world.js';

test('descriptors that are kept are 3, 4, … of the program, and nothing else is', async t => {
	const world = new World(t);
	const path = join(world.bundle(), 'file');
	writeFileSync(path, '');
	const first = openSync(path, 'a');
	const second = openSync('/dev/zero', 'r');
	try {
		const script = 'echo init >&4; head -c 1 <&3 | od -An -tx1; ls /proc/self/fd | tr "\\n" " "; echo "$LISTEN_FDS $LISTEN_PID"';
		const container = await world.runtime.run(world.id(), {bundle: world.bundle({args: ['sh', '-c', `${script}; : >/dev/shm/said; sleep 1000`]}), stdio: ['ignore', 'pipe', 'pipe'], listenFds: [second], fds: [first]});
		t.regex((await execOutput(container, ['sh', '-c', 'while ! test -e /dev/shm/said; do usleep 1000; done; echo exec >&3; ls /proc/self/fd | tr "\\n" " "; echo "<$LISTEN_FDS>"'], {fds: [first]})).stdout, /^0 1 2 3 4 <>\n$/);
		await container.kill('SIGKILL');
		t.regex((await outputOf(container)).stdout, /^ 00\n0 1 2 3 4 5 1 1\n$/);
		t.is(readFileSync(path, 'utf8'), 'init\nexec\n');
		await container.delete();
	} finally {
		closeSync(first);
		closeSync(second);
	}
});

test('a descriptor that is not open is refused, and nothing is left', async t => {
	const world = new World(t);
	await t.throwsAsync(world.create({}, {fds: [9999]}), {code: 'ERR_ARGUMENT', message: /not open/});
	await t.throwsAsync(world.create({}, {fds: [-1]}), {code: 'ERR_ARGUMENT'});
	const container = await world.start();
	await t.throwsAsync(container.exec({args: ['true'], listenFds: [9999]}), {code: 'ERR_ARGUMENT', message: /not open/});
	await t.throwsAsync(container.exec({args: ['true'], listenFds: ['x' as never]}), {code: 'ERR_ARGUMENT'});
});

test('what the filter denies can still be asked of the kernel by the config', async t => {
	const world = new World(t);
	const output = await world.run({args: ['sh', '-c',  'uname -m; cut -d" " -f19 /proc/self/stat'], edit: config => {
		config.process.scheduler = {policy: 'SCHED_OTHER', nice: 4};
		config.process.ioPriority = {class: 'IOPRIO_CLASS_IDLE'};
		config.linux.personality = {domain: 'LINUX32'};
		config.linux.memoryPolicy = {mode: 'MPOL_LOCAL'};
		config.linux.seccomp = {defaultAction: 'SCMP_ACT_ALLOW', syscalls: [{names: ['personality', 'sched_setattr', 'sched_setaffinity', 'ioprio_set', 'set_mempolicy'], action: 'SCMP_ACT_KILL_PROCESS'}]};
	}});
	t.like(output, {code: 0, stdout: 'i686\n4\n'});
});
