// The `process` of config.json, and of a process description for exec.

/** A program and everything it is started with. */
export interface Process {
	/** Give it a pseudoterminal as standard input, output and error. Default: false. */
	readonly terminal?: boolean;
	/** Size of that terminal. Default: left as the kernel makes it, 0 by 0. Ignored without `terminal`. */
	readonly consoleSize?: ConsoleSize;
	/** Who it runs as. Default: uid 0, gid 0. */
	readonly user?: User;
	/** argv; the first is looked up in the PATH of `env`. Not empty. */
	readonly args?: readonly string[];
	/** `KEY=value` each. Default: none, but HOME is set from the container's /etc/passwd. */
	readonly env?: readonly string[];
	/** Working directory inside the container, absolute. Made if it is missing. */
	readonly cwd: string;
	/** Capability sets. Absent: nothing is dropped. `{}`: none is kept. capabilities(7) */
	readonly capabilities?: Capabilities;
	/** Resource limits (setrlimit(2)), each type once. Default: inherited. */
	readonly rlimits?: readonly Rlimit[];
	/** Set PR_SET_NO_NEW_PRIVS: execve grants nothing from then on. Default: false. */
	readonly noNewPrivileges?: boolean;
	/** AppArmor profile to enter at execve (/proc/self/attr/apparmor/exec). Default: unconfined as the runtime is. */
	readonly apparmorProfile?: string;
	/** /proc/self/oom_score_adj, -1000 to 1000. Default: inherited. */
	readonly oomScoreAdj?: number;
	/** Scheduling policy (sched_setattr(2)). Default: inherited. */
	readonly scheduler?: Scheduler;
	/** SELinux label to enter at execve (/proc/self/attr/exec). Default: decided by the policy. */
	readonly selinuxLabel?: string;
	/** I/O scheduling class (ioprio_set(2)). Default: inherited. */
	readonly ioPriority?: IoPriority;
	/** CPUs a process of exec runs on; not for the container's init. Default: those of the runtime. */
	readonly execCPUAffinity?: ExecCpuAffinity;
}

/** Unit: characters; each 0 to 65535 (struct winsize). */
export interface ConsoleSize {
	/** Rows. */
	readonly height: number;
	/** Columns. */
	readonly width: number;
}

/** Ids are those inside the container's user namespace. */
export interface User {
	/** 0 to 4294967294. Default: 0. */
	readonly uid?: number;
	/** 0 to 4294967294. Default: 0. */
	readonly gid?: number;
	/** umask(2), 0 to 0o777; a number, so 18 is 0o022. Default: 0o022. */
	readonly umask?: number;
	/** Supplementary groups (setgroups(2)). Default: none. */
	readonly additionalGids?: readonly number[];
	/** User name; Windows only, ignored here. */
	readonly username?: string;
}

/** Each set lists names such as `CAP_KILL`; an absent set is empty. */
export interface Capabilities {
	/** The limit of what execve can gain. */
	readonly bounding?: readonly string[];
	/** What is in force. */
	readonly effective?: readonly string[];
	/** What survives execve of a file with matching inheritable capabilities. */
	readonly inheritable?: readonly string[];
	/** What may be made effective. */
	readonly permitted?: readonly string[];
	/** What survives execve of a plain file (Linux 4.3); must be permitted and inheritable to work. */
	readonly ambient?: readonly string[];
}

/** A pair for setrlimit(2). Unit: that of the type. 2^64-1 is "no limit". */
export interface Rlimit {
	/** `RLIMIT_` and the name of getrlimit(2), such as `RLIMIT_NOFILE`. */
	readonly type: string;
	/** What is enforced; at most `hard`. */
	readonly soft: number | bigint;
	/** What the process may raise `soft` to. */
	readonly hard: number | bigint;
}

export type SchedulerPolicy = 'SCHED_OTHER' | 'SCHED_FIFO' | 'SCHED_RR' | 'SCHED_BATCH' | 'SCHED_ISO' | 'SCHED_IDLE' | 'SCHED_DEADLINE';

export type SchedulerFlag =
	| 'SCHED_FLAG_RESET_ON_FORK' | 'SCHED_FLAG_RECLAIM' | 'SCHED_FLAG_DL_OVERRUN' | 'SCHED_FLAG_KEEP_POLICY'
	| 'SCHED_FLAG_KEEP_PARAMS' | 'SCHED_FLAG_UTIL_CLAMP_MIN' | 'SCHED_FLAG_UTIL_CLAMP_MAX';

/** struct sched_attr of sched_setattr(2). */
export interface Scheduler {
	readonly policy: SchedulerPolicy;
	/** -20 to 19, for SCHED_OTHER and SCHED_BATCH. Default: 0. */
	readonly nice?: number;
	/** 1 to 99 for SCHED_FIFO and SCHED_RR, 0 for all others. Default: 0. */
	readonly priority?: number;
	/** Default: none. */
	readonly flags?: readonly SchedulerFlag[];
	/** Unit: nanoseconds, SCHED_DEADLINE only. Default: 0. */
	readonly runtime?: number | bigint;
	/** Unit: nanoseconds, SCHED_DEADLINE only. Default: 0. */
	readonly deadline?: number | bigint;
	/** Unit: nanoseconds, SCHED_DEADLINE only. Default: 0. */
	readonly period?: number | bigint;
}

export interface IoPriority {
	readonly class: 'IOPRIO_CLASS_RT' | 'IOPRIO_CLASS_BE' | 'IOPRIO_CLASS_IDLE';
	/** 0 (most) to 7 (least). Default: 0. */
	readonly priority?: number;
}

/** CPU lists as in cpuset(7), such as `0-3,7`. */
export interface ExecCpuAffinity {
	/** Before the process enters the container's cgroup. Default: unchanged. */
	readonly initial?: string;
	/** After it has entered. Default: every CPU of the cgroup. */
	readonly final?: string;
}
