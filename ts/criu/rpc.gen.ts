// Made from proto/rpc.proto by `npm run gen`. Do not edit.
import type {INamespace} from 'protobufjs';

export type CriuReqType = 'EMPTY' | 'DUMP' | 'RESTORE' | 'CHECK' | 'PRE_DUMP' | 'PAGE_SERVER' | 'NOTIFY' | 'CPUINFO_DUMP' | 'CPUINFO_CHECK' | 'FEATURE_CHECK' | 'VERSION' | 'WAIT_PID' | 'PAGE_SERVER_CHLD' | 'SINGLE_PRE_DUMP';

export type CriuCgMode = 'IGNORE' | 'CG_NONE' | 'PROPS' | 'SOFT' | 'FULL' | 'STRICT' | 'DEFAULT';

export type CriuNetworkLockMethod = 'IPTABLES' | 'NFTABLES' | 'SKIP';

export type CriuPreDumpMode = 'SPLICE' | 'VM_READ';

export interface CriuPageServerInfo {
	readonly address?: string | undefined;
	readonly port?: number | undefined;
	readonly pid?: number | undefined;
	readonly fd?: number | undefined;
}

export interface CriuVethPair {
	readonly if_in: string;
	readonly if_out: string;
}

export interface ExtMountMap {
	readonly key: string;
	readonly val: string;
}

export interface JoinNamespace {
	readonly ns: string;
	readonly ns_file: string;
	readonly extra_opt?: string | undefined;
}

export interface InheritFd {
	readonly key: string;
	readonly fd: number;
}

export interface CgroupRoot {
	readonly ctrl?: string | undefined;
	readonly path: string;
}

export interface UnixSk {
	readonly inode: number;
}

export interface CriuOpts {
	readonly images_dir_fd: number;
	readonly pid?: number | undefined;
	readonly leave_running?: boolean | undefined;
	readonly ext_unix_sk?: boolean | undefined;
	readonly tcp_established?: boolean | undefined;
	readonly evasive_devices?: boolean | undefined;
	readonly shell_job?: boolean | undefined;
	readonly file_locks?: boolean | undefined;
	readonly log_level?: number | undefined;
	readonly log_file?: string | undefined;
	readonly ps?: CriuPageServerInfo | undefined;
	readonly notify_scripts?: boolean | undefined;
	readonly root?: string | undefined;
	readonly parent_img?: string | undefined;
	readonly track_mem?: boolean | undefined;
	readonly auto_dedup?: boolean | undefined;
	readonly work_dir_fd?: number | undefined;
	readonly link_remap?: boolean | undefined;
	readonly veths: readonly CriuVethPair[];
	readonly cpu_cap?: number | undefined;
	readonly force_irmap?: boolean | undefined;
	readonly exec_cmd: readonly string[];
	readonly ext_mnt: readonly ExtMountMap[];
	readonly manage_cgroups?: boolean | undefined;
	readonly cg_root: readonly CgroupRoot[];
	readonly rst_sibling?: boolean | undefined;
	readonly inherit_fd: readonly InheritFd[];
	readonly auto_ext_mnt?: boolean | undefined;
	readonly ext_sharing?: boolean | undefined;
	readonly ext_masters?: boolean | undefined;
	readonly skip_mnt: readonly string[];
	readonly enable_fs: readonly string[];
	readonly unix_sk_ino: readonly UnixSk[];
	readonly manage_cgroups_mode?: CriuCgMode | undefined;
	readonly ghost_limit?: number | undefined;
	readonly irmap_scan_paths: readonly string[];
	readonly external: readonly string[];
	readonly empty_ns?: number | undefined;
	readonly join_ns: readonly JoinNamespace[];
	readonly cgroup_props?: string | undefined;
	readonly cgroup_props_file?: string | undefined;
	readonly cgroup_dump_controller: readonly string[];
	readonly freeze_cgroup?: string | undefined;
	readonly timeout?: number | undefined;
	readonly tcp_skip_in_flight?: boolean | undefined;
	readonly weak_sysctls?: boolean | undefined;
	readonly lazy_pages?: boolean | undefined;
	readonly status_fd?: number | undefined;
	readonly orphan_pts_master?: boolean | undefined;
	readonly config_file?: string | undefined;
	readonly tcp_close?: boolean | undefined;
	readonly lsm_profile?: string | undefined;
	readonly tls_cacert?: string | undefined;
	readonly tls_cacrl?: string | undefined;
	readonly tls_cert?: string | undefined;
	readonly tls_key?: string | undefined;
	readonly tls?: boolean | undefined;
	readonly tls_no_cn_verify?: boolean | undefined;
	readonly cgroup_yard?: string | undefined;
	readonly pre_dump_mode?: CriuPreDumpMode | undefined;
	readonly pidfd_store_sk?: number | undefined;
	readonly lsm_mount_context?: string | undefined;
	readonly network_lock?: CriuNetworkLockMethod | undefined;
	readonly mntns_compat_mode?: boolean | undefined;
	readonly skip_file_rwx_check?: boolean | undefined;
	readonly unprivileged?: boolean | undefined;
	readonly images_dir?: string | undefined;
	readonly leave_stopped?: boolean | undefined;
	readonly display_stats?: boolean | undefined;
	readonly log_to_stderr?: boolean | undefined;
}

export interface CriuFeatures {
	readonly mem_track?: boolean | undefined;
	readonly lazy_pages?: boolean | undefined;
	readonly pidfd_store?: boolean | undefined;
}

export interface CriuReq {
	readonly type: CriuReqType;
	readonly opts?: CriuOpts | undefined;
	readonly notify_success?: boolean | undefined;
	readonly keep_open?: boolean | undefined;
	readonly features?: CriuFeatures | undefined;
	readonly pid?: number | undefined;
}

export interface CriuDumpResp {
	readonly restored?: boolean | undefined;
}

export interface CriuRestoreResp {
	readonly pid: number;
}

export interface CriuNotify {
	readonly script?: string | undefined;
	readonly pid?: number | undefined;
}

export interface CriuVersion {
	readonly major_number: number;
	readonly minor_number: number;
	readonly gitid?: string | undefined;
	readonly sublevel?: number | undefined;
	readonly extra?: number | undefined;
	readonly name?: string | undefined;
}

export interface CriuResp {
	readonly type: CriuReqType;
	readonly success: boolean;
	readonly dump?: CriuDumpResp | undefined;
	readonly restore?: CriuRestoreResp | undefined;
	readonly notify?: CriuNotify | undefined;
	readonly ps?: CriuPageServerInfo | undefined;
	readonly cr_errno?: number | undefined;
	readonly features?: CriuFeatures | undefined;
	readonly cr_errmsg?: string | undefined;
	readonly version?: CriuVersion | undefined;
	readonly status?: number | undefined;
}

/** As protobufjs reads it: `Root.fromJSON(schema)`. */
export const schema: INamespace = {
	nested: {
		criu_req_type: {"edition":"proto2","values":{"EMPTY":0,"DUMP":1,"RESTORE":2,"CHECK":3,"PRE_DUMP":4,"PAGE_SERVER":5,"NOTIFY":6,"CPUINFO_DUMP":7,"CPUINFO_CHECK":8,"FEATURE_CHECK":9,"VERSION":10,"WAIT_PID":11,"PAGE_SERVER_CHLD":12,"SINGLE_PRE_DUMP":13}},
		criu_cg_mode: {"edition":"proto2","values":{"IGNORE":0,"CG_NONE":1,"PROPS":2,"SOFT":3,"FULL":4,"STRICT":5,"DEFAULT":6}},
		criu_network_lock_method: {"edition":"proto2","values":{"IPTABLES":1,"NFTABLES":2,"SKIP":3}},
		criu_pre_dump_mode: {"edition":"proto2","values":{"SPLICE":1,"VM_READ":2}},
		criu_page_server_info: {"edition":"proto2","fields":{"address":{"type":"string","id":1},"port":{"type":"int32","id":2},"pid":{"type":"int32","id":3},"fd":{"type":"int32","id":4}}},
		criu_veth_pair: {"edition":"proto2","fields":{"if_in":{"rule":"required","type":"string","id":1},"if_out":{"rule":"required","type":"string","id":2}}},
		ext_mount_map: {"edition":"proto2","fields":{"key":{"rule":"required","type":"string","id":1},"val":{"rule":"required","type":"string","id":2}}},
		join_namespace: {"edition":"proto2","fields":{"ns":{"rule":"required","type":"string","id":1},"ns_file":{"rule":"required","type":"string","id":2},"extra_opt":{"type":"string","id":3}}},
		inherit_fd: {"edition":"proto2","fields":{"key":{"rule":"required","type":"string","id":1},"fd":{"rule":"required","type":"int32","id":2}}},
		cgroup_root: {"edition":"proto2","fields":{"ctrl":{"type":"string","id":1},"path":{"rule":"required","type":"string","id":2}}},
		unix_sk: {"edition":"proto2","fields":{"inode":{"rule":"required","type":"uint32","id":1}}},
		criu_opts: {"edition":"proto2","fields":{"images_dir_fd":{"rule":"required","type":"int32","id":1,"options":{"default":-1}},"pid":{"type":"int32","id":2},"leave_running":{"type":"bool","id":3},"ext_unix_sk":{"type":"bool","id":4},"tcp_established":{"type":"bool","id":5},"evasive_devices":{"type":"bool","id":6},"shell_job":{"type":"bool","id":7},"file_locks":{"type":"bool","id":8},"log_level":{"type":"int32","id":9,"options":{"default":2}},"log_file":{"type":"string","id":10},"ps":{"type":"criu_page_server_info","id":11},"notify_scripts":{"type":"bool","id":12},"root":{"type":"string","id":13},"parent_img":{"type":"string","id":14},"track_mem":{"type":"bool","id":15},"auto_dedup":{"type":"bool","id":16},"work_dir_fd":{"type":"int32","id":17},"link_remap":{"type":"bool","id":18},"veths":{"rule":"repeated","type":"criu_veth_pair","id":19},"cpu_cap":{"type":"uint32","id":20,"options":{"default":4294967295}},"force_irmap":{"type":"bool","id":21},"exec_cmd":{"rule":"repeated","type":"string","id":22},"ext_mnt":{"rule":"repeated","type":"ext_mount_map","id":23},"manage_cgroups":{"type":"bool","id":24},"cg_root":{"rule":"repeated","type":"cgroup_root","id":25},"rst_sibling":{"type":"bool","id":26},"inherit_fd":{"rule":"repeated","type":"inherit_fd","id":27},"auto_ext_mnt":{"type":"bool","id":28},"ext_sharing":{"type":"bool","id":29},"ext_masters":{"type":"bool","id":30},"skip_mnt":{"rule":"repeated","type":"string","id":31},"enable_fs":{"rule":"repeated","type":"string","id":32},"unix_sk_ino":{"rule":"repeated","type":"unix_sk","id":33},"manage_cgroups_mode":{"type":"criu_cg_mode","id":34},"ghost_limit":{"type":"uint32","id":35,"options":{"default":1048576}},"irmap_scan_paths":{"rule":"repeated","type":"string","id":36},"external":{"rule":"repeated","type":"string","id":37},"empty_ns":{"type":"uint32","id":38},"join_ns":{"rule":"repeated","type":"join_namespace","id":39},"cgroup_props":{"type":"string","id":41},"cgroup_props_file":{"type":"string","id":42},"cgroup_dump_controller":{"rule":"repeated","type":"string","id":43},"freeze_cgroup":{"type":"string","id":44},"timeout":{"type":"uint32","id":45},"tcp_skip_in_flight":{"type":"bool","id":46},"weak_sysctls":{"type":"bool","id":47},"lazy_pages":{"type":"bool","id":48},"status_fd":{"type":"int32","id":49},"orphan_pts_master":{"type":"bool","id":50},"config_file":{"type":"string","id":51},"tcp_close":{"type":"bool","id":52},"lsm_profile":{"type":"string","id":53},"tls_cacert":{"type":"string","id":54},"tls_cacrl":{"type":"string","id":55},"tls_cert":{"type":"string","id":56},"tls_key":{"type":"string","id":57},"tls":{"type":"bool","id":58},"tls_no_cn_verify":{"type":"bool","id":59},"cgroup_yard":{"type":"string","id":60},"pre_dump_mode":{"type":"criu_pre_dump_mode","id":61,"options":{"default":"SPLICE"}},"pidfd_store_sk":{"type":"int32","id":62},"lsm_mount_context":{"type":"string","id":63},"network_lock":{"type":"criu_network_lock_method","id":64,"options":{"default":"IPTABLES"}},"mntns_compat_mode":{"type":"bool","id":65},"skip_file_rwx_check":{"type":"bool","id":66},"unprivileged":{"type":"bool","id":67},"images_dir":{"type":"string","id":68},"leave_stopped":{"type":"bool","id":69},"display_stats":{"type":"bool","id":70},"log_to_stderr":{"type":"bool","id":71}}},
		criu_features: {"edition":"proto2","fields":{"mem_track":{"type":"bool","id":1},"lazy_pages":{"type":"bool","id":2},"pidfd_store":{"type":"bool","id":3}}},
		criu_req: {"edition":"proto2","fields":{"type":{"rule":"required","type":"criu_req_type","id":1},"opts":{"type":"criu_opts","id":2},"notify_success":{"type":"bool","id":3},"keep_open":{"type":"bool","id":4},"features":{"type":"criu_features","id":5},"pid":{"type":"uint32","id":6}}},
		criu_dump_resp: {"edition":"proto2","fields":{"restored":{"type":"bool","id":1}}},
		criu_restore_resp: {"edition":"proto2","fields":{"pid":{"rule":"required","type":"int32","id":1}}},
		criu_notify: {"edition":"proto2","fields":{"script":{"type":"string","id":1},"pid":{"type":"int32","id":2}}},
		criu_version: {"edition":"proto2","fields":{"major_number":{"rule":"required","type":"int32","id":1},"minor_number":{"rule":"required","type":"int32","id":2},"gitid":{"type":"string","id":3},"sublevel":{"type":"int32","id":4},"extra":{"type":"int32","id":5},"name":{"type":"string","id":6}}},
		criu_resp: {"edition":"proto2","fields":{"type":{"rule":"required","type":"criu_req_type","id":1},"success":{"rule":"required","type":"bool","id":2},"dump":{"type":"criu_dump_resp","id":3},"restore":{"type":"criu_restore_resp","id":4},"notify":{"type":"criu_notify","id":5},"ps":{"type":"criu_page_server_info","id":6},"cr_errno":{"type":"int32","id":7},"features":{"type":"criu_features","id":8},"cr_errmsg":{"type":"string","id":9},"version":{"type":"criu_version","id":10},"status":{"type":"int32","id":11}}},
	},
};

/** The messages by the names that CRIU gives them. */
export interface Messages {
	readonly criu_page_server_info: CriuPageServerInfo;
	readonly criu_veth_pair: CriuVethPair;
	readonly ext_mount_map: ExtMountMap;
	readonly join_namespace: JoinNamespace;
	readonly inherit_fd: InheritFd;
	readonly cgroup_root: CgroupRoot;
	readonly unix_sk: UnixSk;
	readonly criu_opts: CriuOpts;
	readonly criu_features: CriuFeatures;
	readonly criu_req: CriuReq;
	readonly criu_dump_resp: CriuDumpResp;
	readonly criu_restore_resp: CriuRestoreResp;
	readonly criu_notify: CriuNotify;
	readonly criu_version: CriuVersion;
	readonly criu_resp: CriuResp;
}
