import test from 'ava';
import type {ExecutionContext} from 'ava';
import {errnos} from '../../ts/linux/errno.js';
import type {LinuxSeccomp, SeccompSyscall} from '../../ts/oci/config.js';
import {seccompFilter} from '../../ts/seccomp/cache.js';
import {compileSeccomp} from '../../ts/seccomp/compile.js';
import {BpfProgram, seccompData} from '../support/bpf.js';

const x64 = {arch: 'x64'} as const;
const kill = 0;
const allow = 0x7fff_0000;
const errno = (name: keyof typeof errnos): number => 0x5_0000 + errnos[name];

/** The verdict on a call of x86-64. */
const verdict = (profile: LinuxSeccomp, nr: number, ...args: bigint[]): number =>
	new BpfProgram(compileSeccomp(profile, x64).filter).run(seccompData({nr, arch: 0xc000_003e, args})).value;

const allowing = (...names: string[]): LinuxSeccomp => ({defaultAction: 'SCMP_ACT_ERRNO', syscalls: [{names, action: 'SCMP_ACT_ALLOW'}]});

// Numbers of x86-64: read 0, write 1, getpid 39, uname 63.

test('a call that is newer than all that the profile knows fails with ENOSYS', t => {
	t.is(verdict(allowing('read', 'getpid'), 39), allow);
	t.is(verdict(allowing('read', 'getpid'), 38), errno('EPERM'));
	t.is(verdict(allowing('read', 'getpid'), 40), errno('ENOSYS'));
	t.is(verdict({...allowing('read'), syscalls: [{names: ['uname'], action: 'SCMP_ACT_ERRNO'}]}, 63), errno('EPERM')); // Known, if only to be refused
	for (const defaultAction of ['SCMP_ACT_KILL', 'SCMP_ACT_KILL_PROCESS', 'SCMP_ACT_TRAP'] as const) {
		t.is(verdict({...allowing('getpid'), defaultAction}, 40), errno('ENOSYS'));
	}
});

test('no call is called newer if the default lets calls through, or the profile knows none', t => {
	t.is(verdict({defaultAction: 'SCMP_ACT_ALLOW', syscalls: [{names: ['getpid'], action: 'SCMP_ACT_ERRNO'}]}, 40), allow);
	t.is(verdict({defaultAction: 'SCMP_ACT_TRACE', defaultErrnoRet: 7, syscalls: [{names: ['getpid'], action: 'SCMP_ACT_ALLOW'}]}, 40), 0x7ff0_0007);
	t.is(verdict({defaultAction: 'SCMP_ACT_ERRNO', syscalls: [{names: ['no_such_call'], action: 'SCMP_ACT_ALLOW'}]}, 40), errno('EPERM'));
});

test('a tracer can skip a call with the number -1, though other numbers of x32 kill', t => {
	t.is(verdict(allowing('getpid'), 0xffff_ffff), errno('EPERM'));
	t.is(verdict(allowing('getpid'), 0x4000_0027), kill);
	t.is(verdict({...allowing('getpid'), architectures: ['SCMP_ARCH_X32']}, 0x4000_0027), allow);
});

test('arguments above 2^53 are exact if they are given as bigint', t => {
	const profile = (value: bigint): LinuxSeccomp =>
		({defaultAction: 'SCMP_ACT_ALLOW', syscalls: [{names: ['getpid'], action: 'SCMP_ACT_ERRNO', args: [{index: 5, op: 'SCMP_CMP_EQ', value}]}]});
	const [exact, near] = [0x20_0000_0000_0001n, 0x20_0000_0000_0000n];

	t.is(verdict(profile(exact), 39, 0n, 0n, 0n, 0n, 0n, exact), errno('EPERM'));
	t.is(verdict(profile(exact), 39, 0n, 0n, 0n, 0n, 0n, near), allow);
});

test('flags are those of seccomp(2), and speculation is allowed if the profile says nothing', t => {
	const flags = (profile: Partial<LinuxSeccomp>): number => compileSeccomp({defaultAction: 'SCMP_ACT_ALLOW', ...profile}, x64).flags;
	const notify: Partial<LinuxSeccomp> = {listenerPath: '/run/agent.sock', syscalls: [{names: ['mkdir'], action: 'SCMP_ACT_NOTIFY'}]};

	t.is(flags({}), 4);
	t.is(flags({flags: []}), 0);
	t.is(flags({flags: ['SECCOMP_FILTER_FLAG_LOG']}), 2);
	t.is(flags({flags: ['SECCOMP_FILTER_FLAG_TSYNC', 'SECCOMP_FILTER_FLAG_SPEC_ALLOW']}), 5);
	t.is(flags(notify), 4 + 8);
	t.is(flags({...notify, flags: ['SECCOMP_FILTER_FLAG_TSYNC', 'SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV']}), 8 + 32);
});

test('a profile has a notify descriptor if a rule has SCMP_ACT_NOTIFY', t => {
	const rule: SeccompSyscall = {names: ['mkdir', 'read'], action: 'SCMP_ACT_NOTIFY'};

	t.true(compileSeccomp({defaultAction: 'SCMP_ACT_ALLOW', listenerPath: '/run/agent.sock', syscalls: [rule]}, x64).notify);
	t.false(compileSeccomp({defaultAction: 'SCMP_ACT_ALLOW', listenerPath: '/run/agent.sock'}, x64).notify);
});

function invalid(t: ExecutionContext, change: object, subject: string, message: RegExp): void {
	const error = t.throws(() => compileSeccomp({defaultAction: 'SCMP_ACT_ALLOW', ...change}, x64), {code: 'ERR_CONFIG_INVALID'});
	t.like(error, {subject: `linux.seccomp.${subject}`});
	t.regex(error!.message, message);
}

test('what a profile may not have is refused by its JSON path', t => {
	invalid(t, {defaultAction: 'SCMP_ACT_DENY'}, 'defaultAction', /SCMP_ACT_DENY/);
	invalid(t, {defaultAction: 'toString'}, 'defaultAction', /toString/);
	invalid(t, {defaultErrnoRet: 1}, 'defaultErrnoRet', /does not go with SCMP_ACT_ALLOW/);
	invalid(t, {architectures: ['SCMP_ARCH_X86', 'x86']}, 'architectures[1]', /x86$/);
	invalid(t, {flags: ['SECCOMP_FILTER_FLAG_LOG', 'LOG']}, 'flags[1]', /LOG$/);
	invalid(t, {flags: ['SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV']}, 'flags[0]', /needs a rule with SCMP_ACT_NOTIFY/);
	invalid(t, {listenerMetadata: 'x'}, 'listenerMetadata', /needs a listenerPath/);
	invalid(t, {defaultAction: 'SCMP_ACT_NOTIFY', listenerPath: '/s'}, 'defaultAction', /cannot be SCMP_ACT_NOTIFY/);
});

test('what a rule may not have is refused by its JSON path', t => {
	const rule = (change: object, subject: string, message: RegExp): void =>
		invalid(t, {syscalls: [{names: ['read'], action: 'SCMP_ACT_LOG'}, {names: ['read'], action: 'SCMP_ACT_ERRNO', ...change}]}, `syscalls[1].${subject}`, message);

	rule({names: []}, 'names', /no name/);
	rule({names: ['read', '']}, 'names', /empty/);
	rule({action: 'ERRNO'}, 'action', /ERRNO$/);
	rule({action: 'SCMP_ACT_KILL', errnoRet: 5}, 'errnoRet', /does not go with SCMP_ACT_KILL/);
	rule({errnoRet: 0x1_0000}, 'errnoRet', /65536/);
	rule({errnoRet: -1}, 'errnoRet', /-1/);
	invalid(t, {syscalls: [{names: ['read'], action: 'SCMP_ACT_NOTIFY'}]}, 'listenerPath', /needed/);
	invalid(t, {listenerPath: '/s', syscalls: [{names: ['read', 'write'], action: 'SCMP_ACT_NOTIFY'}]}, 'syscalls[0].action', /write/);
});

test('what a condition may not have is refused by its JSON path', t => {
	const condition = (change: object, subject: string, message: RegExp): void =>
		invalid(t, {syscalls: [{names: ['read'], action: 'SCMP_ACT_ERRNO', args: [{index: 0, op: 'SCMP_CMP_EQ', value: 0, ...change}]}]}, `syscalls[0].args[0].${subject}`, message);

	condition({index: 6}, 'index', /6$/);
	condition({index: 0.5}, 'index', /0.5/);
	condition({op: 'EQ'}, 'op', /EQ$/);
	condition({value: -1}, 'value', /-1/);
	condition({value: -1n}, 'value', /-1/);
	condition({value: 2 ** 53}, 'value', /give a bigint/);
	condition({value: 2n ** 64n}, 'value', /18446744073709551616/);
	condition({op: 'SCMP_CMP_MASKED_EQ', valueTwo: 1.5}, 'valueTwo', /1.5/);
});

test('rules that contradict each other are refused, and the later is named', t => {
	const args = [{index: 0, op: 'SCMP_CMP_EQ', value: 5}];
	invalid(t, {syscalls: [{names: ['read'], action: 'SCMP_ACT_ERRNO', args}, {names: ['read'], action: 'SCMP_ACT_KILL', args}]}, 'syscalls[1]', /contradicts/);
});

/** Every call of the profile compares with values of its own. */
const large = (calls: number, valuesEach: number): LinuxSeccomp => ({
	defaultAction: 'SCMP_ACT_ALLOW',
	syscalls: ['read', 'write', 'open', 'close', 'stat', 'fstat', 'lstat', 'poll', 'lseek', 'mmap'].slice(0, calls).flatMap((name, call) =>
		Array.from({length: valuesEach}, (_, n) => ({names: [name], action: 'SCMP_ACT_ERRNO', errnoRet: 1 + n % 3, args: [{index: 0, op: 'SCMP_CMP_EQ', value: 1000 * call + n}]} as const))),
});

test('a filter is right however far its jumps go', t => {
	const profile = large(10, 150);
	const program = new BpfProgram(compileSeccomp(profile, x64).filter);
	t.true(program.length > 1500);

	for (let call = 0; call < 10; call++) {
		for (let n = -1; n <= 150; n++) {
			const {value} = program.run(seccompData({nr: call, arch: 0xc000_003e, args: [BigInt.asUintN(64, BigInt(1000 * call + n))]}));
			t.is(value, n >= 0 && n < 150 ? 0x5_0001 + n % 3 : allow, `call ${call}, ${n}`);
		}
	}
});

test('a filter that the kernel would not take is refused, and says how large it is', t => {
	t.throws(() => compileSeccomp(large(10, 900), x64), {code: 'ERR_CONFIG_UNSUPPORTED', message: /filter of \d{4,5} instructions, the kernel takes 4096$/});
});

test('a filter is compiled once for equal profiles, and anew for others', t => {
	const first = seccompFilter(allowing('read'), x64);

	t.is(seccompFilter(allowing('read'), x64), first);
	t.not(seccompFilter(allowing('read'), {arch: 'arm64'}), first);
	t.not(seccompFilter(allowing('write'), x64), first);
	t.deepEqual(seccompFilter(allowing('read'), x64), compileSeccomp(allowing('read'), x64));
});

test('a filter that was not asked for in a long time is forgotten', t => {
	const first = seccompFilter(allowing('getpid'), x64);
	const used = seccompFilter(allowing('getppid'), x64);
	for (let n = 0; n < 40; n++) {
		seccompFilter(allowing('getpid', `unknown${n}`), x64);
		seccompFilter(allowing('getppid'), x64);
	}

	t.not(seccompFilter(allowing('getpid'), x64), first);
	t.is(seccompFilter(allowing('getppid'), x64), used);
});

test('a bigint is not taken for its text by the cache', t => {
	const profile = (value: number | bigint): LinuxSeccomp =>
		({defaultAction: 'SCMP_ACT_ALLOW', syscalls: [{names: ['read'], action: 'SCMP_ACT_ERRNO', args: [{index: 0, op: 'SCMP_CMP_EQ', value}]}]});

	t.deepEqual(seccompFilter(profile(5n), x64), seccompFilter(profile(5), x64));
	t.not(seccompFilter(profile(2n ** 64n - 1n), x64), seccompFilter(profile(2n ** 64n - 2n), x64));
});
