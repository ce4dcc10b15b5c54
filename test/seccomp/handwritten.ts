// Profiles that together use every action, every operator and every way of libseccomp to resolve rules.
import {seccompActions, seccompOperators} from '../../ts/oci/config-seccomp.js';
import type {LinuxSeccomp, SeccompArg, SeccompOperator, SeccompSyscall} from '../../ts/oci/config.js';

export const x86Architectures = ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X86', 'SCMP_ARCH_X32'] as const;

const arg = (index: number, op: SeccompOperator, value: number | bigint, valueTwo?: number | bigint): SeccompArg =>
	({index, op, value, ...(valueTwo === undefined ? {} : {valueTwo})});

const allow = (names: readonly string[], ...args: SeccompArg[]): SeccompSyscall => ({names, action: 'SCMP_ACT_ALLOW', args});
const refuse = (errnoRet: number, names: readonly string[], ...args: SeccompArg[]): SeccompSyscall => ({names, action: 'SCMP_ACT_ERRNO', errnoRet, args});

/** openat2 is newer than all that the rules name: what is newer than the profile is not what these are about. */
const deny = (...syscalls: SeccompSyscall[]): LinuxSeccomp =>
	({defaultAction: 'SCMP_ACT_ERRNO', architectures: x86Architectures, syscalls: [...syscalls, refuse(40, ['openat2'])]});

const values = [0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0x1_0000_0000, 0x1_0000_0005, 0x7fff_ffff_ffff_ffffn, 0x8000_0000_0000_0000n, 0xffff_ffff_ffff_ffffn];

/** One rule with one condition: every operator with every value. */
const operators: Record<string, LinuxSeccomp> = Object.fromEntries(seccompOperators.flatMap(op => values.map(value =>
	[`${op} 0x${value.toString(16)}`, deny(allow(['ioctl', 'socket', 'semop'], arg(1, op, value, 0x5_0000_0005)))])));

/** Every action by default and by rule. */
const actions: Record<string, LinuxSeccomp> = Object.fromEntries(seccompActions.map(action => [action, {
	defaultAction: action === 'SCMP_ACT_NOTIFY' ? 'SCMP_ACT_LOG' : action,
	...action === 'SCMP_ACT_TRACE' ? {defaultErrnoRet: 4711} : {},
	architectures: x86Architectures,
	listenerPath: '/run/agent.sock',
	syscalls: seccompActions.map((rule, n) => ({
		names: [['getpid', 'getppid', 'gettid', 'getuid', 'geteuid', 'getgid', 'getegid', 'uname', 'times'][n]!],
		action: rule,
		...(rule === 'SCMP_ACT_ERRNO' ? {errnoRet: 22} : {}),
	})),
}]));

export const handwritten: Readonly<Record<string, LinuxSeccomp>> = {
	...operators,
	...actions,
	'conditions on several arguments all hold': deny(
		allow(['socket'], arg(0, 'SCMP_CMP_EQ', 16), arg(2, 'SCMP_CMP_EQ', 9)),
		allow(['clone'], arg(0, 'SCMP_CMP_MASKED_EQ', 0x7e02_0000, 0), arg(1, 'SCMP_CMP_GE', 0x1_0000_0000)),
		allow(['mmap'], arg(3, 'SCMP_CMP_NE', 0x10), arg(2, 'SCMP_CMP_LE', 3)),
	),
	'conditions on one argument are alternatives': deny(allow(['personality'], arg(0, 'SCMP_CMP_EQ', 0), arg(0, 'SCMP_CMP_EQ', 8), arg(1, 'SCMP_CMP_EQ', 0x1_0000_0000))),
	'a rule without conditions drops those before it': deny(refuse(2, ['ioctl'], arg(1, 'SCMP_CMP_EQ', 5)), allow(['ioctl']), refuse(3, ['ioctl'], arg(1, 'SCMP_CMP_EQ', 6))),
	'the first rule without conditions stays': deny(refuse(2, ['setns', 'clone3']), allow(['setns', 'clone3']), refuse(3, ['setns'], arg(0, 'SCMP_CMP_EQ', 1))),
	'a condition that always holds is none': deny(allow(['ioctl'], arg(1, 'SCMP_CMP_MASKED_EQ', 0, 7)), refuse(2, ['ioctl'], arg(0, 'SCMP_CMP_EQ', 1))),
	'a condition on the high half is none for 32 bits': deny(allow(['ioctl'], arg(1, 'SCMP_CMP_MASKED_EQ', 0xffff_ffff_0000_0000n, 0))),
	'equality goes before order': deny(allow(['ioctl'], arg(1, 'SCMP_CMP_GE', 5)), refuse(2, ['ioctl'], arg(1, 'SCMP_CMP_EQ', 7)), refuse(3, ['ioctl'], arg(1, 'SCMP_CMP_LT', 3))),
	'the narrower range goes first': deny(refuse(2, ['ioctl'], arg(1, 'SCMP_CMP_GT', 5)), refuse(3, ['ioctl'], arg(1, 'SCMP_CMP_GT', 10)), allow(['ioctl'], arg(1, 'SCMP_CMP_GE', 0x2_0000_0000))),
	'of equality and masked equality the first goes first': deny(allow(['ioctl'], arg(1, 'SCMP_CMP_MASKED_EQ', 0xffff_ffff_0000_0000n, 0)), refuse(2, ['ioctl'], arg(1, 'SCMP_CMP_EQ', 1))),
	'the last argument goes first': deny(refuse(2, ['ioctl'], arg(0, 'SCMP_CMP_EQ', 1)), refuse(3, ['ioctl'], arg(1, 'SCMP_CMP_EQ', 2)), refuse(4, ['ioctl'], arg(2, 'SCMP_CMP_NE', 0))),
	'the same rule twice is one': deny(allow(['ioctl'], arg(1, 'SCMP_CMP_EQ', 5)), allow(['ioctl'], arg(1, 'SCMP_CMP_EQ', 5)), allow(['ioctl', 'ioctl'])),
	'names that no architecture has are skipped': deny(allow(['read', 'no_such_call', 's390_pci_mmio_read'])),
	'names of one architecture are for it alone': deny(allow(['_llseek', 'arch_prctl', 'breakpoint', 'waitpid', 'newfstatat'])),
	'socketcall and ipc stand for others': {
		defaultAction: 'SCMP_ACT_ALLOW',
		architectures: x86Architectures,
		syscalls: [refuse(2, ['socket', 'accept', 'semop']), refuse(3, ['shmget', 'recv']), refuse(4, ['bind'], arg(2, 'SCMP_CMP_EQ', 16)), refuse(5, ['accept4', 'msgctl'], arg(0, 'SCMP_CMP_EQ', 3))],
	},
	'socketcall itself can be named': deny(allow(['bind', 'socketcall']), refuse(2, ['ipc']), allow(['semget'])),
	'no rules': {defaultAction: 'SCMP_ACT_KILL_PROCESS', architectures: x86Architectures},
	'nothing but a default': {defaultAction: 'SCMP_ACT_ALLOW'},
	'rules that say the default': deny({names: ['read', 'clone3'], action: 'SCMP_ACT_ERRNO'}, allow(['write', 'read'])),
	'the native architecture alone': {...deny(allow(['read', 'ioctl'])), architectures: []},
};
