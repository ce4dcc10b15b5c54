// `linux.resources` of config.json: what the cgroup of the container may use.
//
// Memory sizes are bytes and -1 is "no limit", in all of them.

/** The cgroup limits. Only what is present is written to the cgroup. */
export interface Resources {
	/** Which devices may be opened and made, in order; the last rule that fits decides. */
	readonly devices?: readonly DeviceCgroup[];
	readonly memory?: Memory;
	readonly cpu?: Cpu;
	readonly pids?: Pids;
	readonly blockIO?: BlockIO;
	/** v1 hugetlb.*.limit_in_bytes, v2 hugetlb.*.max */
	readonly hugepageLimits?: readonly HugepageLimit[];
	readonly network?: Network;
	/** By device name. v1 and v2 rdma.max */
	readonly rdma?: Readonly<Record<string, Rdma>>;
	/** cgroup v2 files and what to write into them, such as `memory.high`. Refused on v1. */
	readonly unified?: Readonly<Record<string, string>>;
}

/** A rule of the device controller. */
export interface DeviceCgroup {
	/** Default: false. */
	readonly allow?: boolean;
	/** `a` all, `b` block, `c` character. Default: `a`. */
	readonly type?: 'a' | 'b' | 'c';
	/** -1 or absent: any. */
	readonly major?: number;
	/** -1 or absent: any. */
	readonly minor?: number;
	/** Some of `r` read, `w` write, `m` mknod. Not empty; absent counts as empty. */
	readonly access?: string;
}

export interface Memory {
	/** v1 memory.limit_in_bytes, v2 memory.max */
	readonly limit?: number | bigint;
	/** Kept when memory is short. v1 memory.soft_limit_in_bytes, v2 memory.low */
	readonly reservation?: number | bigint;
	/** Memory and swap together. v1 memory.memsw.limit_in_bytes; v2 memory.swap.max gets this minus `limit`. */
	readonly swap?: number | bigint;
	/** Deprecated, ignored as in runc. v1 memory.kmem.limit_in_bytes */
	readonly kernel?: number | bigint;
	/** Deprecated, ignored as in runc. v1 memory.kmem.tcp.limit_in_bytes */
	readonly kernelTCP?: number | bigint;
	/** 0 to 100. v1 memory.swappiness */
	readonly swappiness?: number | bigint;
	/** v1 memory.oom_control */
	readonly disableOOMKiller?: boolean;
	/** Deprecated, ignored: always on. v1 memory.use_hierarchy */
	readonly useHierarchy?: boolean;
	/** Refuse a new limit below what is in use already, instead of reclaiming. Default: false. */
	readonly checkBeforeUpdate?: boolean;
}

export interface Cpu {
	/** Relative weight, 2 to 262144, usual 1024. v1 cpu.shares, v2 converted to cpu.weight */
	readonly shares?: number | bigint;
	/** Unit: microseconds a period; -1 no limit. v1 cpu.cfs_quota_us, v2 cpu.max */
	readonly quota?: number | bigint;
	/** Unit: microseconds; unused quota that may be saved up. v1 cpu.cfs_burst_us, v2 cpu.max.burst */
	readonly burst?: number | bigint;
	/** Unit: microseconds, 1000 to 1000000. v1 cpu.cfs_period_us, v2 cpu.max */
	readonly period?: number | bigint;
	/** Unit: microseconds a realtimePeriod. v1 cpu.rt_runtime_us */
	readonly realtimeRuntime?: number | bigint;
	/** Unit: microseconds. v1 cpu.rt_period_us */
	readonly realtimePeriod?: number | bigint;
	/** CPU list such as `0-3,7`. cpuset.cpus */
	readonly cpus?: string;
	/** Memory node list. cpuset.mems */
	readonly mems?: string;
	/** 1: only when nothing else wants the CPU (SCHED_IDLE for the group). cpu.idle, Linux 5.15 */
	readonly idle?: number;
}

export interface Pids {
	/** Tasks; -1 (and 0, as in runc) no limit. pids.max */
	readonly limit?: number | bigint;
}

export interface BlockIO {
	/** 10 to 1000. v1 blkio.weight or blkio.bfq.weight, v2 io.bfq.weight or io.weight */
	readonly weight?: number;
	/** 10 to 1000. v1 blkio.leaf_weight, gone since Linux 5.0 */
	readonly leafWeight?: number;
	/** v1 blkio.weight_device */
	readonly weightDevice?: readonly WeightDevice[];
	/** Unit: bytes a second. v1 blkio.throttle.read_bps_device, v2 io.max rbps */
	readonly throttleReadBpsDevice?: readonly ThrottleDevice[];
	/** Unit: bytes a second. v1 blkio.throttle.write_bps_device, v2 io.max wbps */
	readonly throttleWriteBpsDevice?: readonly ThrottleDevice[];
	/** Unit: operations a second. v1 blkio.throttle.read_iops_device, v2 io.max riops */
	readonly throttleReadIOPSDevice?: readonly ThrottleDevice[];
	/** Unit: operations a second. v1 blkio.throttle.write_iops_device, v2 io.max wiops */
	readonly throttleWriteIOPSDevice?: readonly ThrottleDevice[];
}

export interface WeightDevice {
	readonly major: number;
	readonly minor: number;
	/** 10 to 1000. */
	readonly weight?: number;
	/** 10 to 1000. */
	readonly leafWeight?: number;
}

export interface ThrottleDevice {
	readonly major: number;
	readonly minor: number;
	/** A second. 0 removes the limit. */
	readonly rate: number | bigint;
}

export interface HugepageLimit {
	/** `<number><unit>` with unit KB, MB or GB, such as `2MB`, as the kernel names its files. */
	readonly pageSize: string;
	/** Unit: bytes. */
	readonly limit: number | bigint;
}

/** cgroup v1 only. */
export interface Network {
	/** Tag of the packets of the container. net_cls.classid */
	readonly classID?: number;
	/** net_prio.ifpriomap */
	readonly priorities?: readonly InterfacePriority[];
}

export interface InterfacePriority {
	/** Name of the interface in the runtime's network namespace. */
	readonly name: string;
	readonly priority: number;
}

export interface Rdma {
	/** Handles that may be open. Default: no limit. */
	readonly hcaHandles?: number;
	/** Objects that may exist. Default: no limit. */
	readonly hcaObjects?: number;
}
