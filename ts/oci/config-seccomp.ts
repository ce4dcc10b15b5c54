// `linux.seccomp` of config.json. Names are those of libseccomp.

export const seccompActions = [
	'SCMP_ACT_KILL',
	'SCMP_ACT_KILL_PROCESS',
	'SCMP_ACT_KILL_THREAD',
	'SCMP_ACT_TRAP',
	'SCMP_ACT_ERRNO',
	'SCMP_ACT_TRACE',
	'SCMP_ACT_ALLOW',
	'SCMP_ACT_LOG',
	'SCMP_ACT_NOTIFY',
] as const;

/** What happens to a system call. SCMP_ACT_KILL is SCMP_ACT_KILL_THREAD. */
export type SeccompAction = typeof seccompActions[number];

export const seccompOperators = [
	'SCMP_CMP_NE',
	'SCMP_CMP_LT',
	'SCMP_CMP_LE',
	'SCMP_CMP_EQ',
	'SCMP_CMP_GE',
	'SCMP_CMP_GT',
	'SCMP_CMP_MASKED_EQ',
] as const;

export type SeccompOperator = typeof seccompOperators[number];

export const seccompArchitectures = [
	'SCMP_ARCH_X86',
	'SCMP_ARCH_X86_64',
	'SCMP_ARCH_X32',
	'SCMP_ARCH_ARM',
	'SCMP_ARCH_AARCH64',
	'SCMP_ARCH_LOONGARCH64',
	'SCMP_ARCH_M68K',
	'SCMP_ARCH_MIPS',
	'SCMP_ARCH_MIPS64',
	'SCMP_ARCH_MIPS64N32',
	'SCMP_ARCH_MIPSEL',
	'SCMP_ARCH_MIPSEL64',
	'SCMP_ARCH_MIPSEL64N32',
	'SCMP_ARCH_PPC',
	'SCMP_ARCH_PPC64',
	'SCMP_ARCH_PPC64LE',
	'SCMP_ARCH_RISCV64',
	'SCMP_ARCH_S390',
	'SCMP_ARCH_S390X',
	'SCMP_ARCH_SH',
	'SCMP_ARCH_SHEB',
	'SCMP_ARCH_PARISC',
	'SCMP_ARCH_PARISC64',
] as const;

export type SeccompArchitecture = typeof seccompArchitectures[number];

export const seccompFlags = [
	'SECCOMP_FILTER_FLAG_TSYNC',
	'SECCOMP_FILTER_FLAG_LOG',
	'SECCOMP_FILTER_FLAG_SPEC_ALLOW',
	'SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV',
] as const;

/** Flags of seccomp(2), SECCOMP_SET_MODE_FILTER. */
export type SeccompFlag = typeof seccompFlags[number];

/** A system call filter. */
export interface LinuxSeccomp {
	/** For every call that no rule names. */
	readonly defaultAction: SeccompAction;
	/** errno of SCMP_ACT_ERRNO, message of SCMP_ACT_TRACE; 0 to 65535. Default: EPERM. */
	readonly defaultErrnoRet?: number;
	/** Besides the native one, which is always there. */
	readonly architectures?: readonly SeccompArchitecture[];
	/** Absent: SECCOMP_FILTER_FLAG_SPEC_ALLOW, as in runc. `[]`: none. */
	readonly flags?: readonly SeccompFlag[];
	/** Unix socket that is sent the notify descriptor. Needed by SCMP_ACT_NOTIFY. */
	readonly listenerPath?: string;
	/** Opaque text for the listener. Needs listenerPath. */
	readonly listenerMetadata?: string;
	/** The rules. */
	readonly syscalls?: readonly SeccompSyscall[];
}

/** A rule. */
export interface SeccompSyscall {
	/** Names of system calls; unknown ones are skipped. Not empty. */
	readonly names: readonly string[];
	readonly action: SeccompAction;
	/** As defaultErrnoRet. Default: EPERM. */
	readonly errnoRet?: number;
	/** All must hold; but conditions on one index are alternatives, as libseccomp's users expect. Default: none. */
	readonly args?: readonly SeccompArg[];
}

/** A comparison of one argument, all 64 bits, unsigned. */
export interface SeccompArg {
	/** 0 to 5. */
	readonly index: number;
	/** What to compare with; for SCMP_CMP_MASKED_EQ the mask. */
	readonly value: number | bigint;
	/** For SCMP_CMP_MASKED_EQ what the masked argument must be. Default: 0. */
	readonly valueTwo?: number | bigint;
	readonly op: SeccompOperator;
}
