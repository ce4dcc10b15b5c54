// The `linux` of config.json, but for resources and seccomp.
import type {Resources} from './config-resources.js';
import type {LinuxSeccomp} from './config-seccomp.js';

export type NamespaceType = 'pid' | 'network' | 'mount' | 'ipc' | 'uts' | 'user' | 'cgroup' | 'time';

export type Propagation = 'private' | 'rprivate' | 'slave' | 'rslave' | 'shared' | 'rshared' | 'unbindable' | 'runbindable';

/** The Linux section. */
export interface Linux {
	/** User ids of the new user namespace, at most 340 lines (/proc/pid/uid_map). Needs a `user` namespace. */
	readonly uidMappings?: readonly IdMapping[];
	/** Group ids of the new user namespace (/proc/pid/gid_map). Needs a `user` namespace. */
	readonly gidMappings?: readonly IdMapping[];
	/** Kernel parameters to set from inside; only those that a namespace of the container owns. sysctl(8) names. */
	readonly sysctl?: Readonly<Record<string, string>>;
	/** cgroup limits. Default: a cgroup without limits. */
	readonly resources?: Resources;
	/** Path of the cgroup below the hierarchy; relative ones start where the runtime decides. Default: the id. */
	readonly cgroupsPath?: string;
	/** Namespaces to make or join, each type once; one that is absent is shared with the runtime. */
	readonly namespaces?: readonly Namespace[];
	/** Device nodes to make besides the default ones. Default: none. */
	readonly devices?: readonly Device[];
	/** Network devices of the host to move in, by their name there. Needs a `network` namespace. Default: none. */
	readonly netDevices?: Readonly<Record<string, NetDevice>>;
	/** System call filter. Default: none. */
	readonly seccomp?: LinuxSeccomp;
	/** Propagation of the root mount. Default: `rslave` while setting up, then left so. mount_namespaces(7) */
	readonly rootfsPropagation?: Propagation;
	/** Paths made unreadable: files read as empty, directories are empty. Missing ones are skipped. */
	readonly maskedPaths?: readonly string[];
	/** Paths made read-only. Missing ones are skipped. */
	readonly readonlyPaths?: readonly string[];
	/** SELinux `context=` of the mounts. Default: none. */
	readonly mountLabel?: string;
	/** Cache and memory bandwidth allocation (resctrl filesystem). Default: none. */
	readonly intelRdt?: IntelRdt;
	/** NUMA memory policy (set_mempolicy(2)). Default: inherited. */
	readonly memoryPolicy?: MemoryPolicy;
	/** Execution domain (personality(2)). Default: inherited. */
	readonly personality?: Personality;
	/** Offsets of the clocks of the new time namespace. Needs a `time` namespace without path. */
	readonly timeOffsets?: TimeOffsets;
}

/** A namespace to make, or with `path` to join. */
export interface Namespace {
	readonly type: NamespaceType;
	/** File of a namespace of that type, absolute, such as `/proc/123/ns/net`. Default: a new one. */
	readonly path?: string;
}

/** `size` ids from `containerID` on inside are the ids from `hostID` on outside. */
export interface IdMapping {
	/** First id inside the namespace. */
	readonly containerID: number;
	/** First id outside. */
	readonly hostID: number;
	/** How many; more than 0. */
	readonly size: number;
}

/** A device node to make (mknod(2)). */
export interface Device {
	/** Where, inside the container; absolute. */
	readonly path: string;
	/** `c` or `u` character, `b` block, `p` fifo. */
	readonly type: 'c' | 'u' | 'b' | 'p';
	/** Not for fifos. Default: 0. */
	readonly major?: number;
	/** Not for fifos. Default: 0. */
	readonly minor?: number;
	/** Permission bits, 0 to 0o7777; a number, so 438 is 0o666. Default: 0o666. */
	readonly fileMode?: number;
	/** Owner inside the container. Default: 0. */
	readonly uid?: number;
	/** Group inside the container. Default: 0. */
	readonly gid?: number;
}

export interface NetDevice {
	/** Name in the container, at most 15 bytes. Default: as on the host. */
	readonly name?: string;
}

/** Intel Resource Director Technology and its like (resctrl). */
export interface IntelRdt {
	/** Name of the group below /sys/fs/resctrl. Default: the container id. */
	readonly closID?: string;
	/** Lines for the `schemata` file, written as they are. */
	readonly schemata?: readonly string[];
	/** `L3:` line of the schemata file. */
	readonly l3CacheSchema?: string;
	/** `MB:` line of the schemata file. */
	readonly memBwSchema?: string;
	/** Make a monitoring group for the container. Default: false. */
	readonly enableMonitoring?: boolean;
}

/** set_mempolicy(2). */
export interface MemoryPolicy {
	readonly mode: 'MPOL_DEFAULT' | 'MPOL_BIND' | 'MPOL_INTERLEAVE' | 'MPOL_WEIGHTED_INTERLEAVE' | 'MPOL_PREFERRED' | 'MPOL_PREFERRED_MANY' | 'MPOL_LOCAL';
	/** List of NUMA nodes, such as `0-3,7`. */
	readonly nodes?: string;
	readonly flags?: ReadonlyArray<'MPOL_F_NUMA_BALANCING' | 'MPOL_F_RELATIVE_NODES' | 'MPOL_F_STATIC_NODES'>;
}

export interface Personality {
	/** `LINUX` 64 bit as the kernel is, `LINUX32` what uname(2) and some calls show to 32-bit programs. */
	readonly domain: 'LINUX' | 'LINUX32';
	/** None is defined; runc ignores them with a warning, and so do we. */
	readonly flags?: readonly string[];
}

/** Offset of one clock. */
export interface TimeOffset {
	/** Unit: seconds; may be negative. Default: 0. */
	readonly secs?: number | bigint;
	/** Unit: nanoseconds, 0 to 999999999. Default: 0. */
	readonly nanosecs?: number;
}

/** Clocks of time_namespaces(7). */
export interface TimeOffsets {
	readonly monotonic?: TimeOffset;
	readonly boottime?: TimeOffset;
}
