// CriuOpts: what is around the tasks: root and mounts, namespaces, network, cgroups, LSM.

/** Both ends of a veth pair. */
export interface VethPair {
	/** Name in the container. */
	readonly ifIn: string;
	/** Name on the host, or `name@bridge` to add it to a bridge. */
	readonly ifOut: string;
}

/** A namespace that restored tasks join instead of getting a new one. */
export interface JoinNamespace {
	readonly ns: 'net' | 'uts' | 'time' | 'ipc' | 'user' | 'mnt';
	/** A namespace file such as `/proc/1/ns/net`, or the pid of a task in it. */
	readonly nsFile: string;
	/** For `user`: the `uid,gid` to become in it. */
	readonly extraOpt?: string | undefined;
}

/** Where the cgroups of one controller are made. */
export interface CgroupRoot {
	/** Controller, or controllers separated by commas as in /proc/self/cgroup. Default: all that are not named. */
	readonly ctrl?: string | undefined;
	/** Path in that hierarchy. */
	readonly path: string;
}

export interface CriuWorldOpts {
	/**
	 * Root filesystem of the tasks. For a restore a mount point whose parent is not overmounted.
	 *
	 * Required to restore a mount namespace. Source: criu_opts.root (13); criu(8) --root.
	 */
	readonly root?: string;
	/**
	 * Things outside that stay outside, as `type[id]:value`; types mnt, dev, file, tty, unix, net, pid, veth, macvlan.
	 *
	 * Default: none. Source: criu_opts.external (37); criu(8) --external.
	 */
	readonly external?: readonly string[];
	/** Find bind mounts from outside by oneself. Default: false. Source: criu_opts.auto_ext_mnt (28); criu(8) --external mnt[]. */
	readonly autoExtMnt?: boolean;
	/** With `autoExtMnt`: also mounts shared with the outside. Default: false. Source: criu_opts.ext_sharing (29); criu(8) --external mnt[]:s. */
	readonly extSharing?: boolean;
	/** With `autoExtMnt`: also slaves of mounts outside. Default: false. Source: criu_opts.ext_masters (30); criu(8) --external mnt[]:m. */
	readonly extMasters?: boolean;
	/** Mount points to leave out. Default: none. Source: criu_opts.skip_mnt (31); criu(8) --skip-mnt. */
	readonly skipMnt?: readonly string[];
	/** Filesystem types to treat as ones that need nothing saved, or `all`. Default: none. Source: criu_opts.enable_fs (32); criu(8) --enable-fs. */
	readonly enableFs?: readonly string[];
	/** Make mounts the old way, without MOVE_MOUNT_SET_GROUP. Default: false. Source: criu_opts.mntns_compat_mode (65); criu(8) --mntns-compat-mode. */
	readonly mntnsCompatMode?: boolean;

	/**
	 * Namespaces that are dumped and restored empty; their content is the caller's business (notification `setupNamespaces`).
	 *
	 * Default: none. CRIU knows `network` only. Source: criu_opts.empty_ns (38); criu(8) --empty-ns.
	 */
	readonly emptyNs?: ReadonlyArray<'network'>;
	/** Namespaces to join at restore. Default: none. Source: criu_opts.join_ns (39); criu(8) --join-ns. */
	readonly joinNs?: readonly JoinNamespace[];
	/**
	 * How packets are held back from dump to restore while TCP connections are in the images.
	 *
	 * Default: `nftables`, which needs no program (CRIU's own is `iptables`, run as iptables-restore).
	 * Same value for dump and restore. Source: criu_opts.network_lock (64); criu(8) --network-lock.
	 */
	readonly networkLock?: 'iptables' | 'nftables' | 'skip';
	/** Host ends of veth devices. Default: names of the kernel's choice. Source: criu_opts.veths (19), sent as external; criu(8) --external veth. */
	readonly veths?: readonly VethPair[];
	/** Leave out sysctls that this kernel does not have. Default: false. Source: criu_opts.weak_sysctls (47); criu(8) --weak-sysctls. */
	readonly weakSysctls?: boolean;

	/**
	 * What of the cgroups is saved and restored. `ignore`: nothing. `none`: tasks go into cgroups that are there.
	 * `props`: and these get their properties. `soft`: properties of those that CRIU made. `full`: of all.
	 * `strict`: all are made, and none may exist.
	 *
	 * Default: `soft`, CRIU's own. Source: criu_opts.manage_cgroups_mode (34); criu(8) --manage-cgroups.
	 */
	readonly manageCgroupsMode?: 'ignore' | 'none' | 'props' | 'soft' | 'full' | 'strict';
	/** Cgroups to restore into, by controller. Default: those of the dump. Source: criu_opts.cg_root (25); criu(8) --cgroup-root. */
	readonly cgRoot?: readonly CgroupRoot[];
	/** Properties to save, in the YAML of criu(8). Default: CRIU's own. Source: criu_opts.cgroup_props (41); criu(8) --cgroup-props. */
	readonly cgroupProps?: string;
	/** Path of a file with them. Default: none. Source: criu_opts.cgroup_props_file (42); criu(8) --cgroup-props-file. */
	readonly cgroupPropsFile?: string;
	/** Controllers to save; others are left out. Default: all. Source: criu_opts.cgroup_dump_controller (43); criu(8) --cgroup-dump-controller. */
	readonly cgroupDumpController?: readonly string[];
	/** Directory in which all hierarchies are mounted already. Default: CRIU mounts them. Source: criu_opts.cgroup_yard (60); criu(8) --cgroup-yard. */
	readonly cgroupYard?: string;
	/**
	 * Path of a cgroup directory with the freezer in which all tasks are, to halt them at once.
	 *
	 * Default: none, they are halted one by one. Source: criu_opts.freeze_cgroup (44); criu(8) --freeze-cgroup.
	 */
	readonly freezeCgroup?: string;

	/** LSM profile for the restored tasks, `apparmor:name` or `selinux:context`. Default: that of the dump. Source: criu_opts.lsm_profile (53); criu(8) --lsm-profile. */
	readonly lsmProfile?: string;
	/** SELinux context of the restored mounts. Default: that of the dump. Source: criu_opts.lsm_mount_context (63); criu(8) --lsm-mount-context. */
	readonly lsmMountContext?: string;
}
