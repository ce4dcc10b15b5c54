// Every field of criu_opts, and the option that sets it, or why there is none. A test compares with the schema.
import {descriptor, flag, integer, invalid, list, matching, object, text, word, type Check} from './opt-checks.js';
import type {CriuOpts} from './opts.js';
import type {Messages} from './rpc.gen.js';

export type CriuOptField = keyof Messages['criu_opts'];

export type CriuOptRule =
	| {readonly option: keyof CriuOpts; readonly check: Check}
	/** Set by ctnative itself. */
	| {readonly internal: string}
	/** CRIU has a better way, and ctnative takes that. */
	| {readonly deprecated: string};

const flagOf = (option: keyof CriuOpts): CriuOptRule => ({option, check: flag});
const textOf = (option: keyof CriuOpts): CriuOptRule => ({option, check: text});
const textsOf = (option: keyof CriuOpts): CriuOptRule => ({option, check: list(text)});
const uint32 = integer(0, 0xffff_ffff);

/** Bits of criu_opts.cpu_cap; CRIU calls them by the words of its --cpu-cap. */
const cpuBits: {readonly [cap: string]: number} = {fpu: 1, cpu: 2, ins: 4};

const cpuCap: Check = (value, option) => {
	if (value === 'all' || value === 'none') {
		return value === 'all' ? 0xffff_ffff : 0;
	}

	if (!Array.isArray(value)) {
		throw invalid(option, "'all', 'none' or an array of fpu, cpu, ins", value);
	}

	return (list(word(cpuBits))(value, option) as number[]).reduce((bits, bit) => bits | bit, 0);
};

/** The only namespace that CRIU can leave empty. */
const cloneNewnet = 0x4000_0000;
const emptyNs: Check = (value, option) => (list(word({network: cloneNewnet}))(value, option) as number[])[0] ?? 0;

const external = list(matching(/^[a-z]+\[[^\0]*\](:[^\0]*)?$/, "a string like 'mnt[/data]:data'"));

const ps = object({
	address: {field: 'address', check: text},
	port: {field: 'port', check: integer(0, 65_535)},
	fd: {field: 'fd', check: descriptor},
});
const inheritFd = list(object({key: {field: 'key', check: text, required: true}, fd: {field: 'fd', check: descriptor, required: true}}));
const cgRoot = list(object({
	ctrl: {field: 'ctrl', check: matching(/^[^\0]*$/, 'a string')}, // Empty for cgroup2
	path: {field: 'path', check: text, required: true},
}));
const joinNs = list(object({
	ns: {field: 'ns', check: word({net: 'net', uts: 'uts', time: 'time', ipc: 'ipc', user: 'user', mnt: 'mnt'}), required: true},
	nsFile: {field: 'ns_file', check: text, required: true},
	extraOpt: {field: 'extra_opt', check: text},
}));
const veths = list(object({ifIn: {field: 'if_in', check: text, required: true}, ifOut: {field: 'if_out', check: text, required: true}}));
const lsmProfile = matching(/^(apparmor|selinux):[^\0]+$/, "'apparmor:name' or 'selinux:context'");
const cgroupModes = {ignore: 'IGNORE', none: 'CG_NONE', props: 'PROPS', soft: 'SOFT', full: 'FULL', strict: 'STRICT'};
const networkLocks = {iptables: 'IPTABLES', nftables: 'NFTABLES', skip: 'SKIP'};

export const criuOptFields: {readonly [Field in CriuOptField]: CriuOptRule} = {
	images_dir_fd: textOf('imagesDir'), // The session opens it
	pid: {internal: 'the root task of a dump is an argument of its own'},
	leave_running: flagOf('leaveRunning'),
	ext_unix_sk: flagOf('extUnixSk'),
	tcp_established: flagOf('tcpEstablished'),
	evasive_devices: flagOf('evasiveDevices'),
	shell_job: flagOf('shellJob'),
	file_locks: flagOf('fileLocks'),
	log_level: {option: 'logLevel', check: integer(0, 4)},
	log_file: {option: 'logFile', check: matching(/^[^/\0]+$/, 'a file name without a slash')},
	ps: {option: 'pageServer', check: ps},
	notify_scripts: {internal: 'always set: without notifications nobody learns of a dump whose client is gone'},
	root: textOf('root'),
	parent_img: textOf('parentImg'),
	track_mem: flagOf('trackMem'),
	auto_dedup: flagOf('autoDedup'),
	work_dir_fd: textOf('workDir'), // The session opens it
	link_remap: flagOf('linkRemap'),
	veths: {option: 'veths', check: veths}, // Sent as external: CRIU says this field is superseded
	cpu_cap: {option: 'cpuCap', check: cpuCap},
	force_irmap: flagOf('forceIrmap'),
	exec_cmd: textsOf('execCmd'),
	ext_mnt: {deprecated: 'external takes mnt[key]:value'},
	manage_cgroups: {deprecated: 'manageCgroupsMode says more'},
	cg_root: {option: 'cgRoot', check: cgRoot},
	rst_sibling: flagOf('rstSibling'),
	inherit_fd: {option: 'inheritFd', check: inheritFd},
	auto_ext_mnt: flagOf('autoExtMnt'),
	ext_sharing: flagOf('extSharing'),
	ext_masters: flagOf('extMasters'),
	skip_mnt: textsOf('skipMnt'),
	enable_fs: textsOf('enableFs'),
	unix_sk_ino: {deprecated: 'external takes unix[ino]'},
	manage_cgroups_mode: {option: 'manageCgroupsMode', check: word(cgroupModes)},
	ghost_limit: {option: 'ghostLimit', check: uint32},
	irmap_scan_paths: textsOf('irmapScanPaths'),
	external: {option: 'external', check: external},
	empty_ns: {option: 'emptyNs', check: emptyNs},
	join_ns: {option: 'joinNs', check: joinNs},
	cgroup_props: textOf('cgroupProps'),
	cgroup_props_file: textOf('cgroupPropsFile'),
	cgroup_dump_controller: textsOf('cgroupDumpController'),
	freeze_cgroup: textOf('freezeCgroup'),
	timeout: {option: 'timeout', check: uint32},
	tcp_skip_in_flight: flagOf('tcpSkipInFlight'),
	weak_sysctls: flagOf('weakSysctls'),
	lazy_pages: flagOf('lazyPages'),
	status_fd: {deprecated: 'the notification statusReady comes at the same moment'},
	orphan_pts_master: flagOf('orphanPtsMaster'),
	config_file: textOf('configFile'),
	tcp_close: flagOf('tcpClose'),
	lsm_profile: {option: 'lsmProfile', check: lsmProfile},
	tls_cacert: textOf('tlsCacert'),
	tls_cacrl: textOf('tlsCacrl'),
	tls_cert: textOf('tlsCert'),
	tls_key: textOf('tlsKey'),
	tls: flagOf('tls'),
	tls_no_cn_verify: flagOf('tlsNoCnVerify'),
	cgroup_yard: textOf('cgroupYard'),
	pre_dump_mode: {option: 'preDumpMode', check: word({splice: 'SPLICE', read: 'VM_READ'})},
	pidfd_store_sk: {option: 'pidfdStoreSk', check: descriptor},
	lsm_mount_context: textOf('lsmMountContext'),
	network_lock: {option: 'networkLock', check: word(networkLocks)},
	mntns_compat_mode: flagOf('mntnsCompatMode'),
	skip_file_rwx_check: flagOf('skipFileRwxCheck'),
	unprivileged: flagOf('unprivileged'),
	images_dir: {deprecated: 'CRIU up to 4.1.1 reads the path as that of a link; images_dir_fd always works'},
	leave_stopped: flagOf('leaveStopped'),
	display_stats: flagOf('displayStats'),
	log_to_stderr: flagOf('logToStderr'),
};
