// Made from proto/images.proto and proto/image-files.proto by `npm run gen`. Do not edit.
import type {INamespace} from 'protobufjs';

export type Lsmtype = 'NO_LSM' | 'SELINUX' | 'APPARMOR';

export type March = 'UNKNOWN' | 'X86_64' | 'ARM' | 'AARCH64' | 'PPC64' | 'S390' | 'MIPS' | 'LOONGARCH64' | 'RISCV64';

export type SeccompMode = 'disabled' | 'strict' | 'filter';

export interface InventoryEntry {
	readonly img_version: number;
	readonly fdinfo_per_id?: boolean | undefined;
	readonly root_ids?: TaskKobjIdsEntry | undefined;
	readonly ns_per_id?: boolean | undefined;
	readonly root_cg_set?: number | undefined;
	readonly lsmtype?: Lsmtype | undefined;
	readonly dump_uptime?: bigint | undefined;
	readonly pre_dump_mode?: number | undefined;
	readonly tcp_close?: boolean | undefined;
	readonly network_lock_method?: number | undefined;
	readonly plugins_entry?: PluginsEntry | undefined;
	readonly dump_criu_run_id?: string | undefined;
	readonly allow_uprobes?: boolean | undefined;
}

export interface PluginsEntry {
	readonly plugins: readonly string[];
}

export interface TaskKobjIdsEntry {
	readonly vm_id: number;
	readonly files_id: number;
	readonly fs_id: number;
	readonly sighand_id: number;
	readonly pid_ns_id?: number | undefined;
	readonly net_ns_id?: number | undefined;
	readonly ipc_ns_id?: number | undefined;
	readonly uts_ns_id?: number | undefined;
	readonly mnt_ns_id?: number | undefined;
	readonly user_ns_id?: number | undefined;
	readonly cgroup_ns_id?: number | undefined;
	readonly time_ns_id?: number | undefined;
}

export interface PstreeEntry {
	readonly pid: number;
	readonly ppid: number;
	readonly pgid: number;
	readonly sid: number;
	readonly threads: readonly number[];
}

export interface CoreEntry {
	readonly mtype: March;
	readonly tc?: TaskCoreEntry | undefined;
	readonly ids?: TaskKobjIdsEntry | undefined;
	readonly thread_core?: ThreadCoreEntry | undefined;
}

export interface TaskCoreEntry {
	readonly task_state: number;
	readonly exit_code: number;
	readonly personality: number;
	readonly flags: number;
	readonly blk_sigset: bigint;
	readonly comm: string;
	readonly timers?: TaskTimersEntry | undefined;
	readonly rlimits?: TaskRlimitsEntry | undefined;
	readonly cg_set?: number | undefined;
	readonly old_seccomp_mode?: SeccompMode | undefined;
	readonly old_seccomp_filter?: number | undefined;
	readonly loginuid?: number | undefined;
	readonly oom_score_adj?: number | undefined;
	readonly child_subreaper?: boolean | undefined;
	readonly blk_sigset_extended?: bigint | undefined;
	readonly stop_signo?: number | undefined;
	readonly membarrier_registration_mask?: number | undefined;
}

export interface ThreadCoreEntry {
	readonly futex_rla: bigint;
	readonly futex_rla_len: number;
	readonly sched_nice?: number | undefined;
	readonly sched_policy?: number | undefined;
	readonly sched_prio?: number | undefined;
	readonly blk_sigset?: bigint | undefined;
	readonly pdeath_sig?: number | undefined;
	readonly creds?: CredsEntry | undefined;
	readonly seccomp_mode?: SeccompMode | undefined;
	readonly seccomp_filter?: number | undefined;
	readonly comm?: string | undefined;
	readonly blk_sigset_extended?: bigint | undefined;
	readonly cg_set?: number | undefined;
}

export interface CredsEntry {
	readonly uid: number;
	readonly gid: number;
	readonly euid: number;
	readonly egid: number;
	readonly suid: number;
	readonly sgid: number;
	readonly fsuid: number;
	readonly fsgid: number;
	readonly cap_inh: readonly number[];
	readonly cap_prm: readonly number[];
	readonly cap_eff: readonly number[];
	readonly cap_bnd: readonly number[];
	readonly secbits: number;
	readonly groups: readonly number[];
	readonly lsm_profile?: string | undefined;
	readonly lsm_sockcreate?: string | undefined;
	readonly apparmor_data?: Uint8Array | undefined;
	readonly no_new_privs?: number | undefined;
	readonly cap_amb: readonly number[];
}

export interface TaskRlimitsEntry {
	readonly rlimits: readonly RlimitEntry[];
}

export interface RlimitEntry {
	readonly cur: bigint;
	readonly max: bigint;
}

export interface TaskTimersEntry {
	readonly real: ItimerEntry;
	readonly virt: ItimerEntry;
	readonly prof: ItimerEntry;
	readonly posix: readonly PosixTimerEntry[];
}

export interface ItimerEntry {
	readonly isec: bigint;
	readonly iusec: bigint;
	readonly vsec: bigint;
	readonly vusec: bigint;
}

export interface PosixTimerEntry {
	readonly it_id: number;
	readonly clock_id: number;
	readonly si_signo: number;
	readonly it_sigev_notify: number;
	readonly sival_ptr: bigint;
	readonly overrun: number;
	readonly isec: bigint;
	readonly insec: bigint;
	readonly vsec: bigint;
	readonly vnsec: bigint;
	readonly notify_thread_id?: number | undefined;
}

export interface FsEntry {
	readonly cwd_id: number;
	readonly root_id: number;
	readonly umask?: number | undefined;
}

export interface MmEntry {
	readonly mm_start_code: bigint;
	readonly mm_end_code: bigint;
	readonly mm_start_data: bigint;
	readonly mm_end_data: bigint;
	readonly mm_start_stack: bigint;
	readonly mm_start_brk: bigint;
	readonly mm_brk: bigint;
	readonly mm_arg_start: bigint;
	readonly mm_arg_end: bigint;
	readonly mm_env_start: bigint;
	readonly mm_env_end: bigint;
	readonly exe_file_id: number;
	readonly mm_saved_auxv: readonly bigint[];
	readonly vmas: readonly VmaEntry[];
	readonly dumpable?: number | undefined;
	readonly aios: readonly AioRingEntry[];
	readonly thp_disabled?: boolean | undefined;
}

export interface VmaEntry {
	readonly start: bigint;
	readonly end: bigint;
	readonly pgoff: bigint;
	readonly shmid: bigint;
	readonly prot: number;
	readonly flags: number;
	readonly status: number;
	readonly fd: bigint;
	readonly madv?: bigint | undefined;
	readonly fdflags?: number | undefined;
}

export interface AioRingEntry {
	readonly id: bigint;
	readonly nr_req: number;
	readonly ring_len: number;
}

export interface PagemapHead {
	readonly pages_id: number;
}

export interface PagemapEntry {
	readonly vaddr: bigint;
	readonly compat_nr_pages: number;
	readonly in_parent?: boolean | undefined;
	readonly flags?: number | undefined;
	readonly nr_pages?: bigint | undefined;
}

export interface MntEntry {
	readonly fstype: number;
	readonly mnt_id: number;
	readonly root_dev: number;
	readonly parent_mnt_id: number;
	readonly flags: number;
	readonly root: string;
	readonly mountpoint: string;
	readonly source: string;
	readonly options: string;
	readonly shared_id?: number | undefined;
	readonly master_id?: number | undefined;
	readonly with_plugin?: boolean | undefined;
	readonly ext_mount?: boolean | undefined;
	readonly fsname?: string | undefined;
	readonly internal_sharing?: boolean | undefined;
	readonly deleted?: boolean | undefined;
	readonly sb_flags?: number | undefined;
	readonly ext_key?: string | undefined;
}

export interface UsernsEntry {
	readonly uid_map: readonly UidGidExtent[];
	readonly gid_map: readonly UidGidExtent[];
}

export interface UidGidExtent {
	readonly first: number;
	readonly lower_first: number;
	readonly count: number;
}

export interface StatsEntry {
	readonly dump?: DumpStatsEntry | undefined;
	readonly restore?: RestoreStatsEntry | undefined;
}

export interface DumpStatsEntry {
	readonly freezing_time: number;
	readonly frozen_time: number;
	readonly memdump_time: number;
	readonly memwrite_time: number;
	readonly pages_scanned: bigint;
	readonly pages_skipped_parent: bigint;
	readonly pages_written: bigint;
	readonly irmap_resolve?: number | undefined;
	readonly pages_lazy: bigint;
	readonly page_pipes?: bigint | undefined;
	readonly page_pipe_bufs?: bigint | undefined;
	readonly shpages_scanned?: bigint | undefined;
	readonly shpages_skipped_parent?: bigint | undefined;
	readonly shpages_written?: bigint | undefined;
}

export interface RestoreStatsEntry {
	readonly pages_compared: bigint;
	readonly pages_skipped_cow: bigint;
	readonly forking_time: number;
	readonly restore_time: number;
	readonly pages_restored?: bigint | undefined;
}

export type FdTypes = 'UND' | 'REG' | 'PIPE' | 'FIFO' | 'INETSK' | 'UNIXSK' | 'EVENTFD' | 'EVENTPOLL' | 'INOTIFY' | 'SIGNALFD' | 'PACKETSK' | 'TTY' | 'FANOTIFY' | 'NETLINKSK' | 'NS' | 'TUNF' | 'EXT' | 'TIMERFD' | 'MEMFD' | 'BPFMAP' | 'PIDFD' | 'CTL_TTY' | 'AUTOFS_PIPE';

export type SkShutdown = 'NONE' | 'READ' | 'WRITE' | 'BOTH';

export interface FdinfoEntry {
	readonly id: number;
	readonly flags: number;
	readonly type: FdTypes;
	readonly fd: number;
	readonly xattr_security_selinux?: string | undefined;
}

export interface FileEntry {
	readonly type: FdTypes;
	readonly id: number;
	readonly reg?: RegFileEntry | undefined;
	readonly isk?: InetSkEntry | undefined;
	readonly nsf?: NsFileEntry | undefined;
	readonly efd?: EventfdFileEntry | undefined;
	readonly epfd?: EventpollFileEntry | undefined;
	readonly sgfd?: SignalfdEntry | undefined;
	readonly tfd?: TimerfdEntry | undefined;
	readonly ify?: InotifyFileEntry | undefined;
	readonly ext?: ExtFileEntry | undefined;
	readonly usk?: UnixSkEntry | undefined;
	readonly fifo?: FifoEntry | undefined;
	readonly pipe?: PipeEntry | undefined;
	readonly tty?: TtyFileEntry | undefined;
	readonly memfd?: MemfdFileEntry | undefined;
	readonly pidfd?: PidfdEntry | undefined;
}

export interface FownEntry {
	readonly uid: number;
	readonly euid: number;
	readonly signum: number;
	readonly pid_type: number;
	readonly pid: number;
}

export interface FilePermsEntry {
	readonly mode: number;
	readonly uid: number;
	readonly gid: number;
}

export interface RegFileEntry {
	readonly id: number;
	readonly flags: number;
	readonly pos: bigint;
	readonly fown: FownEntry;
	readonly name: string;
	readonly mnt_id?: number | undefined;
	readonly size?: bigint | undefined;
	readonly ext?: boolean | undefined;
	readonly mode?: number | undefined;
	readonly build_id: readonly number[];
	readonly checksum?: number | undefined;
	readonly checksum_config?: number | undefined;
	readonly checksum_parameter?: number | undefined;
}

export interface ExtFileEntry {
	readonly id: number;
	readonly fown: FownEntry;
}

export interface MemfdFileEntry {
	readonly id: number;
	readonly flags: number;
	readonly pos: bigint;
	readonly fown: FownEntry;
	readonly inode_id: number;
}

export interface MemfdInodeEntry {
	readonly name: string;
	readonly size: bigint;
	readonly shmid: number;
	readonly inode_id: bigint;
}

export interface PipeEntry {
	readonly id: number;
	readonly pipe_id: number;
	readonly flags: number;
	readonly fown: FownEntry;
}

export interface FifoEntry {
	readonly id: number;
	readonly pipe_id: number;
	readonly regf_id?: number | undefined;
}

export interface TtyFileEntry {
	readonly id: number;
	readonly tty_info_id: number;
	readonly flags: number;
	readonly fown: FownEntry;
	readonly regf_id?: number | undefined;
}

export interface NsFileEntry {
	readonly id: number;
	readonly ns_id: number;
	readonly ns_cflag: number;
	readonly flags: number;
}

export interface PidfdEntry {
	readonly id: number;
	readonly ino: number;
	readonly flags: number;
	readonly nspid: number;
	readonly fown: FownEntry;
}

export interface EventfdFileEntry {
	readonly id: number;
	readonly flags: number;
	readonly fown: FownEntry;
	readonly counter: bigint;
}

export interface SignalfdEntry {
	readonly id: number;
	readonly flags: number;
	readonly fown: FownEntry;
	readonly sigmask: bigint;
}

export interface TimerfdEntry {
	readonly id: number;
	readonly flags: number;
	readonly fown: FownEntry;
	readonly clockid: number;
	readonly ticks: bigint;
	readonly settime_flags: number;
	readonly vsec: bigint;
	readonly vnsec: bigint;
	readonly isec: bigint;
	readonly insec: bigint;
}

export interface EventpollFileEntry {
	readonly id: number;
	readonly flags: number;
	readonly fown: FownEntry;
	readonly tfd: readonly EventpollTfdEntry[];
}

export interface EventpollTfdEntry {
	readonly id: number;
	readonly tfd: number;
	readonly events: number;
	readonly data: bigint;
	readonly dev?: number | undefined;
	readonly inode?: bigint | undefined;
	readonly pos?: bigint | undefined;
}

export interface InotifyFileEntry {
	readonly id: number;
	readonly flags: number;
	readonly fown: FownEntry;
	readonly wd: readonly InotifyWdEntry[];
}

export interface InotifyWdEntry {
	readonly id: number;
	readonly i_ino: bigint;
	readonly mask: number;
	readonly ignored_mask: number;
	readonly s_dev: number;
	readonly wd: number;
	readonly f_handle: FhEntry;
}

export interface FhEntry {
	readonly bytes: number;
	readonly type: number;
	readonly handle: readonly bigint[];
	readonly path?: string | undefined;
	readonly mnt_id?: number | undefined;
}

export interface InetSkEntry {
	readonly id: number;
	readonly ino: number;
	readonly family: number;
	readonly type: number;
	readonly proto: number;
	readonly state: number;
	readonly src_port: number;
	readonly dst_port: number;
	readonly flags: number;
	readonly backlog: number;
	readonly src_addr: readonly number[];
	readonly dst_addr: readonly number[];
	readonly fown: FownEntry;
	readonly opts: SkOptsEntry;
	readonly v6only?: boolean | undefined;
	readonly ip_opts?: IpOptsEntry | undefined;
	readonly ifname?: string | undefined;
	readonly ns_id?: number | undefined;
	readonly shutdown?: SkShutdown | undefined;
	readonly tcp_opts?: TcpOptsEntry | undefined;
}

export interface UnixSkEntry {
	readonly id: number;
	readonly ino: number;
	readonly type: number;
	readonly state: number;
	readonly flags: number;
	readonly uflags: number;
	readonly backlog: number;
	readonly peer: number;
	readonly fown: FownEntry;
	readonly opts: SkOptsEntry;
	readonly name: Uint8Array;
	readonly shutdown?: SkShutdown | undefined;
	readonly file_perms?: FilePermsEntry | undefined;
	readonly name_dir?: string | undefined;
	readonly deleted?: boolean | undefined;
	readonly ns_id?: number | undefined;
	readonly mnt_id?: number | undefined;
}

export interface SkOptsEntry {
	readonly so_sndbuf: number;
	readonly so_rcvbuf: number;
	readonly so_snd_tmo_sec: bigint;
	readonly so_snd_tmo_usec: bigint;
	readonly so_rcv_tmo_sec: bigint;
	readonly so_rcv_tmo_usec: bigint;
	readonly reuseaddr?: boolean | undefined;
	readonly so_priority?: number | undefined;
	readonly so_rcvlowat?: number | undefined;
	readonly so_mark?: number | undefined;
	readonly so_passcred?: boolean | undefined;
	readonly so_passsec?: boolean | undefined;
	readonly so_dontroute?: boolean | undefined;
	readonly so_no_check?: boolean | undefined;
	readonly so_bound_dev?: string | undefined;
	readonly so_filter: readonly bigint[];
	readonly so_reuseport?: boolean | undefined;
	readonly so_broadcast?: boolean | undefined;
	readonly so_keepalive?: boolean | undefined;
	readonly tcp_keepcnt?: number | undefined;
	readonly tcp_keepidle?: number | undefined;
	readonly tcp_keepintvl?: number | undefined;
	readonly so_oobinline?: number | undefined;
	readonly so_linger?: number | undefined;
	readonly so_buf_lock?: number | undefined;
}

export interface TcpOptsEntry {
	readonly cork?: boolean | undefined;
	readonly nodelay?: boolean | undefined;
	readonly keepcnt?: number | undefined;
	readonly keepidle?: number | undefined;
	readonly keepintvl?: number | undefined;
}

export interface IpOptsEntry {
	readonly freebind?: boolean | undefined;
	readonly raw?: IpOptsRawEntry | undefined;
	readonly pktinfo?: boolean | undefined;
	readonly tos?: number | undefined;
	readonly ttl?: number | undefined;
}

export interface IpOptsRawEntry {
	readonly hdrincl?: boolean | undefined;
	readonly nodefrag?: boolean | undefined;
	readonly checksum?: boolean | undefined;
	readonly icmpv_filter: readonly number[];
}

/** As protobufjs reads it: `Root.fromJSON(schema)`. */
export const schema: INamespace = {
	nested: {
		lsmtype: {"edition":"proto2","values":{"NO_LSM":0,"SELINUX":1,"APPARMOR":2}},
		march: {"edition":"proto2","values":{"UNKNOWN":0,"X86_64":1,"ARM":2,"AARCH64":3,"PPC64":4,"S390":5,"MIPS":6,"LOONGARCH64":7,"RISCV64":8}},
		seccomp_mode: {"edition":"proto2","values":{"disabled":0,"strict":1,"filter":2}},
		inventory_entry: {"edition":"proto2","fields":{"img_version":{"rule":"required","type":"uint32","id":1},"fdinfo_per_id":{"type":"bool","id":2},"root_ids":{"type":"task_kobj_ids_entry","id":3},"ns_per_id":{"type":"bool","id":4},"root_cg_set":{"type":"uint32","id":5},"lsmtype":{"type":"lsmtype","id":6},"dump_uptime":{"type":"uint64","id":8},"pre_dump_mode":{"type":"uint32","id":9},"tcp_close":{"type":"bool","id":10},"network_lock_method":{"type":"uint32","id":11},"plugins_entry":{"type":"plugins_entry","id":12},"dump_criu_run_id":{"type":"string","id":13},"allow_uprobes":{"type":"bool","id":14}}},
		plugins_entry: {"edition":"proto2","fields":{"plugins":{"rule":"repeated","type":"string","id":12}}},
		task_kobj_ids_entry: {"edition":"proto2","fields":{"vm_id":{"rule":"required","type":"uint32","id":1},"files_id":{"rule":"required","type":"uint32","id":2},"fs_id":{"rule":"required","type":"uint32","id":3},"sighand_id":{"rule":"required","type":"uint32","id":4},"pid_ns_id":{"type":"uint32","id":5},"net_ns_id":{"type":"uint32","id":6},"ipc_ns_id":{"type":"uint32","id":7},"uts_ns_id":{"type":"uint32","id":8},"mnt_ns_id":{"type":"uint32","id":9},"user_ns_id":{"type":"uint32","id":10},"cgroup_ns_id":{"type":"uint32","id":11},"time_ns_id":{"type":"uint32","id":12}}},
		pstree_entry: {"edition":"proto2","fields":{"pid":{"rule":"required","type":"uint32","id":1},"ppid":{"rule":"required","type":"uint32","id":2},"pgid":{"rule":"required","type":"uint32","id":3},"sid":{"rule":"required","type":"uint32","id":4},"threads":{"rule":"repeated","type":"uint32","id":5}}},
		core_entry: {"edition":"proto2","fields":{"mtype":{"rule":"required","type":"march","id":1},"tc":{"type":"task_core_entry","id":3},"ids":{"type":"task_kobj_ids_entry","id":4},"thread_core":{"type":"thread_core_entry","id":5}}},
		task_core_entry: {"edition":"proto2","fields":{"task_state":{"rule":"required","type":"uint32","id":1},"exit_code":{"rule":"required","type":"uint32","id":2},"personality":{"rule":"required","type":"uint32","id":3},"flags":{"rule":"required","type":"uint32","id":4},"blk_sigset":{"rule":"required","type":"uint64","id":5},"comm":{"rule":"required","type":"string","id":6},"timers":{"type":"task_timers_entry","id":7},"rlimits":{"type":"task_rlimits_entry","id":8},"cg_set":{"type":"uint32","id":9},"old_seccomp_mode":{"type":"seccomp_mode","id":11},"old_seccomp_filter":{"type":"uint32","id":12},"loginuid":{"type":"uint32","id":13},"oom_score_adj":{"type":"int32","id":14},"child_subreaper":{"type":"bool","id":18},"blk_sigset_extended":{"type":"uint64","id":20},"stop_signo":{"type":"uint32","id":21},"membarrier_registration_mask":{"type":"uint32","id":22}}},
		thread_core_entry: {"edition":"proto2","fields":{"futex_rla":{"rule":"required","type":"uint64","id":1},"futex_rla_len":{"rule":"required","type":"uint32","id":2},"sched_nice":{"type":"sint32","id":3},"sched_policy":{"type":"uint32","id":4},"sched_prio":{"type":"uint32","id":5},"blk_sigset":{"type":"uint64","id":6},"pdeath_sig":{"type":"uint32","id":8},"creds":{"type":"creds_entry","id":10},"seccomp_mode":{"type":"seccomp_mode","id":11},"seccomp_filter":{"type":"uint32","id":12},"comm":{"type":"string","id":13},"blk_sigset_extended":{"type":"uint64","id":14},"cg_set":{"type":"uint32","id":16}}},
		creds_entry: {"edition":"proto2","fields":{"uid":{"rule":"required","type":"uint32","id":1},"gid":{"rule":"required","type":"uint32","id":2},"euid":{"rule":"required","type":"uint32","id":3},"egid":{"rule":"required","type":"uint32","id":4},"suid":{"rule":"required","type":"uint32","id":5},"sgid":{"rule":"required","type":"uint32","id":6},"fsuid":{"rule":"required","type":"uint32","id":7},"fsgid":{"rule":"required","type":"uint32","id":8},"cap_inh":{"rule":"repeated","type":"uint32","id":9},"cap_prm":{"rule":"repeated","type":"uint32","id":10},"cap_eff":{"rule":"repeated","type":"uint32","id":11},"cap_bnd":{"rule":"repeated","type":"uint32","id":12},"secbits":{"rule":"required","type":"uint32","id":13},"groups":{"rule":"repeated","type":"uint32","id":14},"lsm_profile":{"type":"string","id":15},"lsm_sockcreate":{"type":"string","id":16},"apparmor_data":{"type":"bytes","id":17},"no_new_privs":{"type":"uint32","id":18},"cap_amb":{"rule":"repeated","type":"uint32","id":19}}},
		task_rlimits_entry: {"edition":"proto2","fields":{"rlimits":{"rule":"repeated","type":"rlimit_entry","id":1}}},
		rlimit_entry: {"edition":"proto2","fields":{"cur":{"rule":"required","type":"uint64","id":1},"max":{"rule":"required","type":"uint64","id":2}}},
		task_timers_entry: {"edition":"proto2","fields":{"real":{"rule":"required","type":"itimer_entry","id":1},"virt":{"rule":"required","type":"itimer_entry","id":2},"prof":{"rule":"required","type":"itimer_entry","id":3},"posix":{"rule":"repeated","type":"posix_timer_entry","id":4}}},
		itimer_entry: {"edition":"proto2","fields":{"isec":{"rule":"required","type":"uint64","id":1},"iusec":{"rule":"required","type":"uint64","id":2},"vsec":{"rule":"required","type":"uint64","id":3},"vusec":{"rule":"required","type":"uint64","id":4}}},
		posix_timer_entry: {"edition":"proto2","fields":{"it_id":{"rule":"required","type":"uint32","id":1},"clock_id":{"rule":"required","type":"uint32","id":2},"si_signo":{"rule":"required","type":"uint32","id":3},"it_sigev_notify":{"rule":"required","type":"uint32","id":4},"sival_ptr":{"rule":"required","type":"uint64","id":5},"overrun":{"rule":"required","type":"uint32","id":6},"isec":{"rule":"required","type":"uint64","id":7},"insec":{"rule":"required","type":"uint64","id":8},"vsec":{"rule":"required","type":"uint64","id":9},"vnsec":{"rule":"required","type":"uint64","id":10},"notify_thread_id":{"type":"int32","id":11}}},
		fs_entry: {"edition":"proto2","fields":{"cwd_id":{"rule":"required","type":"uint32","id":1},"root_id":{"rule":"required","type":"uint32","id":2},"umask":{"type":"uint32","id":3}}},
		mm_entry: {"edition":"proto2","fields":{"mm_start_code":{"rule":"required","type":"uint64","id":1},"mm_end_code":{"rule":"required","type":"uint64","id":2},"mm_start_data":{"rule":"required","type":"uint64","id":3},"mm_end_data":{"rule":"required","type":"uint64","id":4},"mm_start_stack":{"rule":"required","type":"uint64","id":5},"mm_start_brk":{"rule":"required","type":"uint64","id":6},"mm_brk":{"rule":"required","type":"uint64","id":7},"mm_arg_start":{"rule":"required","type":"uint64","id":8},"mm_arg_end":{"rule":"required","type":"uint64","id":9},"mm_env_start":{"rule":"required","type":"uint64","id":10},"mm_env_end":{"rule":"required","type":"uint64","id":11},"exe_file_id":{"rule":"required","type":"uint32","id":12},"mm_saved_auxv":{"rule":"repeated","type":"uint64","id":13},"vmas":{"rule":"repeated","type":"vma_entry","id":14},"dumpable":{"type":"int32","id":15},"aios":{"rule":"repeated","type":"aio_ring_entry","id":16},"thp_disabled":{"type":"bool","id":17}}},
		vma_entry: {"edition":"proto2","fields":{"start":{"rule":"required","type":"uint64","id":1},"end":{"rule":"required","type":"uint64","id":2},"pgoff":{"rule":"required","type":"uint64","id":3},"shmid":{"rule":"required","type":"uint64","id":4},"prot":{"rule":"required","type":"uint32","id":5},"flags":{"rule":"required","type":"uint32","id":6},"status":{"rule":"required","type":"uint32","id":7},"fd":{"rule":"required","type":"sint64","id":8},"madv":{"type":"uint64","id":9},"fdflags":{"type":"uint32","id":10}}},
		aio_ring_entry: {"edition":"proto2","fields":{"id":{"rule":"required","type":"uint64","id":1},"nr_req":{"rule":"required","type":"uint32","id":2},"ring_len":{"rule":"required","type":"uint32","id":3}}},
		pagemap_head: {"edition":"proto2","fields":{"pages_id":{"rule":"required","type":"uint32","id":1}}},
		pagemap_entry: {"edition":"proto2","fields":{"vaddr":{"rule":"required","type":"uint64","id":1},"compat_nr_pages":{"rule":"required","type":"uint32","id":2},"in_parent":{"type":"bool","id":3},"flags":{"type":"uint32","id":4},"nr_pages":{"type":"uint64","id":5}}},
		mnt_entry: {"edition":"proto2","fields":{"fstype":{"rule":"required","type":"uint32","id":1},"mnt_id":{"rule":"required","type":"uint32","id":2},"root_dev":{"rule":"required","type":"uint32","id":3},"parent_mnt_id":{"rule":"required","type":"uint32","id":4},"flags":{"rule":"required","type":"uint32","id":5},"root":{"rule":"required","type":"string","id":6},"mountpoint":{"rule":"required","type":"string","id":7},"source":{"rule":"required","type":"string","id":8},"options":{"rule":"required","type":"string","id":9},"shared_id":{"type":"uint32","id":10},"master_id":{"type":"uint32","id":11},"with_plugin":{"type":"bool","id":12},"ext_mount":{"type":"bool","id":13},"fsname":{"type":"string","id":14},"internal_sharing":{"type":"bool","id":15},"deleted":{"type":"bool","id":16},"sb_flags":{"type":"uint32","id":17},"ext_key":{"type":"string","id":18}}},
		userns_entry: {"edition":"proto2","fields":{"uid_map":{"rule":"repeated","type":"uid_gid_extent","id":1},"gid_map":{"rule":"repeated","type":"uid_gid_extent","id":2}}},
		uid_gid_extent: {"edition":"proto2","fields":{"first":{"rule":"required","type":"uint32","id":1},"lower_first":{"rule":"required","type":"uint32","id":2},"count":{"rule":"required","type":"uint32","id":3}}},
		stats_entry: {"edition":"proto2","fields":{"dump":{"type":"dump_stats_entry","id":1},"restore":{"type":"restore_stats_entry","id":2}}},
		dump_stats_entry: {"edition":"proto2","fields":{"freezing_time":{"rule":"required","type":"uint32","id":1},"frozen_time":{"rule":"required","type":"uint32","id":2},"memdump_time":{"rule":"required","type":"uint32","id":3},"memwrite_time":{"rule":"required","type":"uint32","id":4},"pages_scanned":{"rule":"required","type":"uint64","id":5},"pages_skipped_parent":{"rule":"required","type":"uint64","id":6},"pages_written":{"rule":"required","type":"uint64","id":7},"irmap_resolve":{"type":"uint32","id":8},"pages_lazy":{"rule":"required","type":"uint64","id":9},"page_pipes":{"type":"uint64","id":10},"page_pipe_bufs":{"type":"uint64","id":11},"shpages_scanned":{"type":"uint64","id":12},"shpages_skipped_parent":{"type":"uint64","id":13},"shpages_written":{"type":"uint64","id":14}}},
		restore_stats_entry: {"edition":"proto2","fields":{"pages_compared":{"rule":"required","type":"uint64","id":1},"pages_skipped_cow":{"rule":"required","type":"uint64","id":2},"forking_time":{"rule":"required","type":"uint32","id":3},"restore_time":{"rule":"required","type":"uint32","id":4},"pages_restored":{"type":"uint64","id":5}}},
		fd_types: {"edition":"proto2","values":{"UND":0,"REG":1,"PIPE":2,"FIFO":3,"INETSK":4,"UNIXSK":5,"EVENTFD":6,"EVENTPOLL":7,"INOTIFY":8,"SIGNALFD":9,"PACKETSK":10,"TTY":11,"FANOTIFY":12,"NETLINKSK":13,"NS":14,"TUNF":15,"EXT":16,"TIMERFD":17,"MEMFD":18,"BPFMAP":19,"PIDFD":20,"CTL_TTY":65534,"AUTOFS_PIPE":65535}},
		sk_shutdown: {"edition":"proto2","values":{"NONE":0,"READ":1,"WRITE":2,"BOTH":3}},
		fdinfo_entry: {"edition":"proto2","fields":{"id":{"rule":"required","type":"uint32","id":1},"flags":{"rule":"required","type":"uint32","id":2},"type":{"rule":"required","type":"fd_types","id":3},"fd":{"rule":"required","type":"uint32","id":4},"xattr_security_selinux":{"type":"string","id":5}}},
		file_entry: {"edition":"proto2","fields":{"type":{"rule":"required","type":"fd_types","id":1},"id":{"rule":"required","type":"uint32","id":2},"reg":{"type":"reg_file_entry","id":3},"isk":{"type":"inet_sk_entry","id":4},"nsf":{"type":"ns_file_entry","id":5},"efd":{"type":"eventfd_file_entry","id":8},"epfd":{"type":"eventpoll_file_entry","id":9},"sgfd":{"type":"signalfd_entry","id":10},"tfd":{"type":"timerfd_entry","id":12},"ify":{"type":"inotify_file_entry","id":13},"ext":{"type":"ext_file_entry","id":15},"usk":{"type":"unix_sk_entry","id":16},"fifo":{"type":"fifo_entry","id":17},"pipe":{"type":"pipe_entry","id":18},"tty":{"type":"tty_file_entry","id":19},"memfd":{"type":"memfd_file_entry","id":20},"pidfd":{"type":"pidfd_entry","id":22}}},
		fown_entry: {"edition":"proto2","fields":{"uid":{"rule":"required","type":"uint32","id":1},"euid":{"rule":"required","type":"uint32","id":2},"signum":{"rule":"required","type":"uint32","id":3},"pid_type":{"rule":"required","type":"uint32","id":4},"pid":{"rule":"required","type":"uint32","id":5}}},
		file_perms_entry: {"edition":"proto2","fields":{"mode":{"rule":"required","type":"uint32","id":1},"uid":{"rule":"required","type":"uint32","id":2},"gid":{"rule":"required","type":"uint32","id":3}}},
		reg_file_entry: {"edition":"proto2","fields":{"id":{"rule":"required","type":"uint32","id":1},"flags":{"rule":"required","type":"uint32","id":2},"pos":{"rule":"required","type":"uint64","id":3},"fown":{"rule":"required","type":"fown_entry","id":5},"name":{"rule":"required","type":"string","id":6},"mnt_id":{"type":"sint32","id":7,"options":{"default":-1}},"size":{"type":"uint64","id":8},"ext":{"type":"bool","id":9},"mode":{"type":"uint32","id":10},"build_id":{"rule":"repeated","type":"uint32","id":11},"checksum":{"type":"uint32","id":12},"checksum_config":{"type":"uint32","id":13},"checksum_parameter":{"type":"uint32","id":14}}},
		ext_file_entry: {"edition":"proto2","fields":{"id":{"rule":"required","type":"uint32","id":1},"fown":{"rule":"required","type":"fown_entry","id":5}}},
		memfd_file_entry: {"edition":"proto2","fields":{"id":{"rule":"required","type":"uint32","id":1},"flags":{"rule":"required","type":"uint32","id":2},"pos":{"rule":"required","type":"uint64","id":3},"fown":{"rule":"required","type":"fown_entry","id":4},"inode_id":{"rule":"required","type":"uint32","id":5}}},
		memfd_inode_entry: {"edition":"proto2","fields":{"name":{"rule":"required","type":"string","id":1},"size":{"rule":"required","type":"uint64","id":4},"shmid":{"rule":"required","type":"uint32","id":5},"inode_id":{"rule":"required","type":"uint64","id":7}}},
		pipe_entry: {"edition":"proto2","fields":{"id":{"rule":"required","type":"uint32","id":1},"pipe_id":{"rule":"required","type":"uint32","id":2},"flags":{"rule":"required","type":"uint32","id":3},"fown":{"rule":"required","type":"fown_entry","id":4}}},
		fifo_entry: {"edition":"proto2","fields":{"id":{"rule":"required","type":"uint32","id":1},"pipe_id":{"rule":"required","type":"uint32","id":2},"regf_id":{"type":"uint32","id":3}}},
		tty_file_entry: {"edition":"proto2","fields":{"id":{"rule":"required","type":"uint32","id":1},"tty_info_id":{"rule":"required","type":"uint32","id":2},"flags":{"rule":"required","type":"uint32","id":3},"fown":{"rule":"required","type":"fown_entry","id":4},"regf_id":{"type":"uint32","id":6}}},
		ns_file_entry: {"edition":"proto2","fields":{"id":{"rule":"required","type":"uint32","id":1},"ns_id":{"rule":"required","type":"uint32","id":2},"ns_cflag":{"rule":"required","type":"uint32","id":3},"flags":{"rule":"required","type":"uint32","id":4}}},
		pidfd_entry: {"edition":"proto2","fields":{"id":{"rule":"required","type":"uint32","id":1},"ino":{"rule":"required","type":"uint32","id":2},"flags":{"rule":"required","type":"uint32","id":3},"nspid":{"rule":"required","type":"int32","id":4},"fown":{"rule":"required","type":"fown_entry","id":5}}},
		eventfd_file_entry: {"edition":"proto2","fields":{"id":{"rule":"required","type":"uint32","id":1},"flags":{"rule":"required","type":"uint32","id":2},"fown":{"rule":"required","type":"fown_entry","id":3},"counter":{"rule":"required","type":"uint64","id":4}}},
		signalfd_entry: {"edition":"proto2","fields":{"id":{"rule":"required","type":"uint32","id":1},"flags":{"rule":"required","type":"uint32","id":2},"fown":{"rule":"required","type":"fown_entry","id":3},"sigmask":{"rule":"required","type":"uint64","id":4}}},
		timerfd_entry: {"edition":"proto2","fields":{"id":{"rule":"required","type":"uint32","id":1},"flags":{"rule":"required","type":"uint32","id":2},"fown":{"rule":"required","type":"fown_entry","id":3},"clockid":{"rule":"required","type":"uint32","id":4},"ticks":{"rule":"required","type":"uint64","id":5},"settime_flags":{"rule":"required","type":"uint32","id":6},"vsec":{"rule":"required","type":"uint64","id":7},"vnsec":{"rule":"required","type":"uint64","id":8},"isec":{"rule":"required","type":"uint64","id":9},"insec":{"rule":"required","type":"uint64","id":10}}},
		eventpoll_file_entry: {"edition":"proto2","fields":{"id":{"rule":"required","type":"uint32","id":1},"flags":{"rule":"required","type":"uint32","id":2},"fown":{"rule":"required","type":"fown_entry","id":3},"tfd":{"rule":"repeated","type":"eventpoll_tfd_entry","id":4}}},
		eventpoll_tfd_entry: {"edition":"proto2","fields":{"id":{"rule":"required","type":"uint32","id":1},"tfd":{"rule":"required","type":"uint32","id":2},"events":{"rule":"required","type":"uint32","id":3},"data":{"rule":"required","type":"uint64","id":4},"dev":{"type":"uint32","id":5},"inode":{"type":"uint64","id":6},"pos":{"type":"uint64","id":7}}},
		inotify_file_entry: {"edition":"proto2","fields":{"id":{"rule":"required","type":"uint32","id":1},"flags":{"rule":"required","type":"uint32","id":2},"fown":{"rule":"required","type":"fown_entry","id":4},"wd":{"rule":"repeated","type":"inotify_wd_entry","id":5}}},
		inotify_wd_entry: {"edition":"proto2","fields":{"id":{"rule":"required","type":"uint32","id":1},"i_ino":{"rule":"required","type":"uint64","id":2},"mask":{"rule":"required","type":"uint32","id":3},"ignored_mask":{"rule":"required","type":"uint32","id":4},"s_dev":{"rule":"required","type":"uint32","id":5},"wd":{"rule":"required","type":"uint32","id":6},"f_handle":{"rule":"required","type":"fh_entry","id":7}}},
		fh_entry: {"edition":"proto2","fields":{"bytes":{"rule":"required","type":"uint32","id":1},"type":{"rule":"required","type":"uint32","id":2},"handle":{"rule":"repeated","type":"uint64","id":3},"path":{"type":"string","id":4},"mnt_id":{"type":"uint32","id":5}}},
		inet_sk_entry: {"edition":"proto2","fields":{"id":{"rule":"required","type":"uint32","id":1},"ino":{"rule":"required","type":"uint32","id":2},"family":{"rule":"required","type":"uint32","id":3},"type":{"rule":"required","type":"uint32","id":4},"proto":{"rule":"required","type":"uint32","id":5},"state":{"rule":"required","type":"uint32","id":6},"src_port":{"rule":"required","type":"uint32","id":7},"dst_port":{"rule":"required","type":"uint32","id":8},"flags":{"rule":"required","type":"uint32","id":9},"backlog":{"rule":"required","type":"uint32","id":10},"src_addr":{"rule":"repeated","type":"uint32","id":11},"dst_addr":{"rule":"repeated","type":"uint32","id":12},"fown":{"rule":"required","type":"fown_entry","id":13},"opts":{"rule":"required","type":"sk_opts_entry","id":14},"v6only":{"type":"bool","id":15},"ip_opts":{"type":"ip_opts_entry","id":16},"ifname":{"type":"string","id":17},"ns_id":{"type":"uint32","id":18},"shutdown":{"type":"sk_shutdown","id":19},"tcp_opts":{"type":"tcp_opts_entry","id":20}}},
		unix_sk_entry: {"edition":"proto2","fields":{"id":{"rule":"required","type":"uint32","id":1},"ino":{"rule":"required","type":"uint32","id":2},"type":{"rule":"required","type":"uint32","id":3},"state":{"rule":"required","type":"uint32","id":4},"flags":{"rule":"required","type":"uint32","id":5},"uflags":{"rule":"required","type":"uint32","id":6},"backlog":{"rule":"required","type":"uint32","id":7},"peer":{"rule":"required","type":"uint32","id":8},"fown":{"rule":"required","type":"fown_entry","id":9},"opts":{"rule":"required","type":"sk_opts_entry","id":10},"name":{"rule":"required","type":"bytes","id":11},"shutdown":{"type":"sk_shutdown","id":12},"file_perms":{"type":"file_perms_entry","id":13},"name_dir":{"type":"string","id":14},"deleted":{"type":"bool","id":15},"ns_id":{"type":"uint32","id":16},"mnt_id":{"type":"sint32","id":17,"options":{"default":-1}}}},
		sk_opts_entry: {"edition":"proto2","fields":{"so_sndbuf":{"rule":"required","type":"uint32","id":1},"so_rcvbuf":{"rule":"required","type":"uint32","id":2},"so_snd_tmo_sec":{"rule":"required","type":"uint64","id":3},"so_snd_tmo_usec":{"rule":"required","type":"uint64","id":4},"so_rcv_tmo_sec":{"rule":"required","type":"uint64","id":5},"so_rcv_tmo_usec":{"rule":"required","type":"uint64","id":6},"reuseaddr":{"type":"bool","id":7},"so_priority":{"type":"uint32","id":8},"so_rcvlowat":{"type":"uint32","id":9},"so_mark":{"type":"uint32","id":10},"so_passcred":{"type":"bool","id":11},"so_passsec":{"type":"bool","id":12},"so_dontroute":{"type":"bool","id":13},"so_no_check":{"type":"bool","id":14},"so_bound_dev":{"type":"string","id":15},"so_filter":{"rule":"repeated","type":"fixed64","id":16},"so_reuseport":{"type":"bool","id":17},"so_broadcast":{"type":"bool","id":18},"so_keepalive":{"type":"bool","id":19},"tcp_keepcnt":{"type":"uint32","id":20},"tcp_keepidle":{"type":"uint32","id":21},"tcp_keepintvl":{"type":"uint32","id":22},"so_oobinline":{"type":"uint32","id":23},"so_linger":{"type":"uint32","id":24},"so_buf_lock":{"type":"uint32","id":25}}},
		tcp_opts_entry: {"edition":"proto2","fields":{"cork":{"type":"bool","id":1},"nodelay":{"type":"bool","id":2},"keepcnt":{"type":"uint32","id":3},"keepidle":{"type":"uint32","id":4},"keepintvl":{"type":"uint32","id":5}}},
		ip_opts_entry: {"edition":"proto2","fields":{"freebind":{"type":"bool","id":1},"raw":{"type":"ip_opts_raw_entry","id":4},"pktinfo":{"type":"bool","id":5},"tos":{"type":"uint32","id":6},"ttl":{"type":"uint32","id":7}}},
		ip_opts_raw_entry: {"edition":"proto2","fields":{"hdrincl":{"type":"bool","id":1},"nodefrag":{"type":"bool","id":2},"checksum":{"type":"bool","id":3},"icmpv_filter":{"rule":"repeated","type":"uint32","id":4}}},
	},
};

/** The messages by the names that CRIU gives them. */
export interface Messages {
	readonly inventory_entry: InventoryEntry;
	readonly plugins_entry: PluginsEntry;
	readonly task_kobj_ids_entry: TaskKobjIdsEntry;
	readonly pstree_entry: PstreeEntry;
	readonly core_entry: CoreEntry;
	readonly task_core_entry: TaskCoreEntry;
	readonly thread_core_entry: ThreadCoreEntry;
	readonly creds_entry: CredsEntry;
	readonly task_rlimits_entry: TaskRlimitsEntry;
	readonly rlimit_entry: RlimitEntry;
	readonly task_timers_entry: TaskTimersEntry;
	readonly itimer_entry: ItimerEntry;
	readonly posix_timer_entry: PosixTimerEntry;
	readonly fs_entry: FsEntry;
	readonly mm_entry: MmEntry;
	readonly vma_entry: VmaEntry;
	readonly aio_ring_entry: AioRingEntry;
	readonly pagemap_head: PagemapHead;
	readonly pagemap_entry: PagemapEntry;
	readonly mnt_entry: MntEntry;
	readonly userns_entry: UsernsEntry;
	readonly uid_gid_extent: UidGidExtent;
	readonly stats_entry: StatsEntry;
	readonly dump_stats_entry: DumpStatsEntry;
	readonly restore_stats_entry: RestoreStatsEntry;
	readonly fdinfo_entry: FdinfoEntry;
	readonly file_entry: FileEntry;
	readonly fown_entry: FownEntry;
	readonly file_perms_entry: FilePermsEntry;
	readonly reg_file_entry: RegFileEntry;
	readonly ext_file_entry: ExtFileEntry;
	readonly memfd_file_entry: MemfdFileEntry;
	readonly memfd_inode_entry: MemfdInodeEntry;
	readonly pipe_entry: PipeEntry;
	readonly fifo_entry: FifoEntry;
	readonly tty_file_entry: TtyFileEntry;
	readonly ns_file_entry: NsFileEntry;
	readonly pidfd_entry: PidfdEntry;
	readonly eventfd_file_entry: EventfdFileEntry;
	readonly signalfd_entry: SignalfdEntry;
	readonly timerfd_entry: TimerfdEntry;
	readonly eventpoll_file_entry: EventpollFileEntry;
	readonly eventpoll_tfd_entry: EventpollTfdEntry;
	readonly inotify_file_entry: InotifyFileEntry;
	readonly inotify_wd_entry: InotifyWdEntry;
	readonly fh_entry: FhEntry;
	readonly inet_sk_entry: InetSkEntry;
	readonly unix_sk_entry: UnixSkEntry;
	readonly sk_opts_entry: SkOptsEntry;
	readonly tcp_opts_entry: TcpOptsEntry;
	readonly ip_opts_entry: IpOptsEntry;
	readonly ip_opts_raw_entry: IpOptsRawEntry;
}
