import {copyFileSync} from 'node:fs';
import {join} from 'node:path';
import type {BundleOptions, Spec} from '../support/bundle.js';
import {buildWorkload} from '../support/workload.js';
import {parseProcessStatus} from '../../ts/linux/proc.js';
import {execOutput, outputOf, systemTest as test, World} from './world.js';

type Seccomp = NonNullable<Spec['linux']['seccomp']>;

const [getpriority, personality] = process.arch === 'x64' ? [140, 135] : [141, 92];

const withProfile = (args: readonly string[], seccomp: Seccomp, noNewPrivileges = true): BundleOptions => ({
	writable: true,
	args,
	prepare(rootfs) {
		copyFileSync(buildWorkload('probe'), join(rootfs, 'bin/probe'));
	},
	edit(config) {
		config.process.noNewPrivileges = noNewPrivileges;
		config.linux.seccomp = seccomp;
	},
});

const allowBut = (...syscalls: NonNullable<Seccomp['syscalls']>): Seccomp => ({defaultAction: 'SCMP_ACT_ALLOW', syscalls});

test('a call that the profile refuses fails with its errno, all others work', async t => {
	const world = new World(t);
	const script = `probe call ${getpriority} 0 0; probe call ${personality} 0xffffffff; mkdir /made; echo $?`;
	for (const noNewPrivileges of [true, false]) {
		const {stdout} = await world.run(withProfile(['sh', '-c', script], allowBut(
			{names: ['getpriority'], action: 'SCMP_ACT_ERRNO'},
			{names: ['personality', 'no_such_call_of_any_kernel'], action: 'SCMP_ACT_ERRNO', errnoRet: 38},
			{names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_ERRNO', errnoRet: 95},
		), noNewPrivileges));
		t.is(stdout, 'EPERM\nENOSYS\n1\n', `noNewPrivileges: ${noNewPrivileges}`);
	}
});

test('arguments decide, as the profile says', async t => {
	const world = new World(t);
	const script = `probe call ${personality} 0xffffffff; probe call ${personality} 8; probe call ${personality} 0x20000`;
	const {stdout} = await world.run(withProfile(['sh', '-c', script], allowBut(
		{names: ['personality'], action: 'SCMP_ACT_ERRNO', errnoRet: 1, args: [{index: 0, value: 8, op: 'SCMP_CMP_EQ'}]},
		{names: ['personality'], action: 'SCMP_ACT_ERRNO', errnoRet: 22, args: [{index: 0, value: 0x20_0000, valueTwo: 0x20_000, op: 'SCMP_CMP_MASKED_EQ'}, {index: 0, value: 0x20_000, op: 'SCMP_CMP_EQ'}]},
	)));
	t.regex(stdout, /^0\nEPERM\n/);
});

test('a call that the profile kills for ends the program with SIGSYS', async t => {
	const world = new World(t);
	for (const action of ['SCMP_ACT_KILL_PROCESS', 'SCMP_ACT_KILL'] as const) {
		const {stdout} = await world.run(withProfile(['sh', '-c', `probe call ${getpriority}; echo $?`], allowBut({names: ['getpriority'], action})));
		t.is(stdout, '159\n', action);
	}

	const {signal} = await world.run(withProfile(['probe', 'call', String(getpriority)], allowBut({names: ['getpriority'], action: 'SCMP_ACT_KILL_PROCESS'})));
	t.is(signal, 'SIGSYS');
});

test('exec is filtered, too, and both say so in their status', async t => {
	const world = new World(t);
	for (const noNewPrivileges of [true, false]) {
		const container = await world.start(withProfile(['sleep', '1000'], allowBut({names: ['getpriority'], action: 'SCMP_ACT_ERRNO'}), noNewPrivileges));
		t.is((await execOutput(container, ['probe', 'call', String(getpriority)])).stdout, 'EPERM\n');
		for (const path of ['/proc/self/status', '/proc/1/status']) {
			const status = parseProcessStatus((await execOutput(container, ['cat', path])).stdout);
			t.is(status.seccomp, 2);
			t.is(status.noNewPrivileges, noNewPrivileges);
		}
	}
});

test('with noNewPrivileges a profile need not allow anything but what the program calls', async t => {
	const world = new World(t);
	const names = ['execve', 'exit', 'exit_group', 'write', 'brk', 'arch_prctl', 'set_tid_address', 'set_robust_list', 'rseq', 'prlimit64', 'readlink', 'readlinkat', 'getrandom', 'mprotect', 'fstat', 'newfstatat', 'getresuid', 'ioctl'];
	const seccomp: Seccomp = {defaultAction: 'SCMP_ACT_ERRNO', defaultErrnoRet: 1, syscalls: [{names, action: 'SCMP_ACT_ALLOW'}]};
	t.like(await world.run(withProfile(['probe', 'ids'], seccomp)), {code: 0, stdout: '0 0 0\n'});
});

test('a profile that does not allow execve is an error of start', async t => {
	const world = new World(t);
	const bundle = world.bundle(withProfile(['true'], allowBut({names: ['execve'], action: 'SCMP_ACT_ERRNO'})));
	const container = await world.runtime.create(world.id(), {bundle, stdio: 'ignore'});
	await t.throwsAsync(container.start(), {code: 'ERR_COMMAND_NOT_EXECUTABLE', message: /EPERM/});
	await container.wait();
	t.is(await container.status(), 'stopped');
});

test('the filter is there before the program, and not before its start', async t => {
	const world = new World(t);
	const seccomp = allowBut({names: ['accept4', 'read', 'openat'], action: 'SCMP_ACT_KILL_PROCESS'});
	const container = await world.create(withProfile(['cat', '/etc/passwd'], seccomp), {stdio: ['ignore', 'pipe', 'pipe']});
	t.is(await container.status(), 'created');
	await container.start();
	t.is((await outputOf(container)).signal, 'SIGSYS');
});
