// CriuOpts: the tasks themselves, their files, sockets and what becomes of them.
import type {Fd} from '../native/native.js';

/** A file of the image that is not opened by its name, but is this descriptor. */
export interface InheritedFd {
	/** What it is called in the image: `pipe:[ino]`, `tty[rdev:dev]`, `socket:[ino]`, `file[mnt:ino]`, a path, or the key of an external namespace. */
	readonly key: string;
	/** Of this process; it stays the caller's. */
	readonly fd: Fd;
}

export interface CriuTaskOpts {
	/**
	 * Let the tasks run on after the dump. They may change files and connections that the images know otherwise.
	 *
	 * Default: false, they are killed. Source: criu_opts.leave_running (3); criu(8) --leave-running.
	 */
	readonly leaveRunning?: boolean;
	/**
	 * Leave the tasks stopped (SIGSTOP) after the dump or the restore. Not together with `leaveRunning`.
	 *
	 * Default: false. Source: criu_opts.leave_stopped (69); criu(8) --leave-stopped.
	 */
	readonly leaveStopped?: boolean;
	/**
	 * The tasks belong to a session and a terminal outside: restored ones join those of CRIU.
	 *
	 * Default: false. Same value for dump and restore. Source: criu_opts.shell_job (7); criu(8) --shell-job.
	 */
	readonly shellJob?: boolean;
	/**
	 * Hand over the master of a terminal whose master is outside, by the notification `orphanPtsMaster`.
	 *
	 * Default: false. Source: criu_opts.orphan_pts_master (50).
	 */
	readonly orphanPtsMaster?: boolean;
	/**
	 * The restored root task is a child of this process, which can wait for it, instead of CRIU's.
	 *
	 * Default: true. Source: criu_opts.rst_sibling (26); criu(8) --restore-sibling.
	 */
	readonly rstSibling?: boolean;
	/**
	 * Program and arguments that CRIU becomes after the restore.
	 *
	 * Default: none. Source: criu_opts.exec_cmd (22); criu(8) --exec-cmd.
	 */
	readonly execCmd?: readonly string[];
	/**
	 * How long CRIU tries to bring all tasks to a halt.
	 *
	 * Unit: seconds. Default: 10, CRIU's own. Source: criu_opts.timeout (45); criu(8) --timeout.
	 */
	readonly timeout?: number;
	/**
	 * What the CPU must have: `fpu` compatible floating point, `ins` all instructions, `cpu` exactly the same features.
	 *
	 * Default: CRIU's own, `['fpu', 'ins']`. `none` does not look. Source: criu_opts.cpu_cap (20); criu(8) --cpu-cap.
	 */
	readonly cpuCap?: 'all' | 'none' | ReadonlyArray<'fpu' | 'cpu' | 'ins'>;
	/**
	 * Run without being root, with CAP_CHECKPOINT_RESTORE.
	 *
	 * Default: false. Source: criu_opts.unprivileged (67); criu(8) --unprivileged.
	 */
	readonly unprivileged?: boolean;

	/**
	 * Dump and restore flock(2) and fcntl(2) locks. Safe only if nobody outside shares them.
	 *
	 * Default: false, a lock fails the dump. Same value for dump and restore. Source: criu_opts.file_locks (8); criu(8) --file-locks.
	 */
	readonly fileLocks?: boolean;
	/**
	 * Give an open file that was deleted but has another link a temporary name (writes to that filesystem).
	 *
	 * Default: false, such a file fails the dump. Source: criu_opts.link_remap (18); criu(8) --link-remap.
	 */
	readonly linkRemap?: boolean;
	/**
	 * Largest deleted-but-open file that is copied into the images.
	 *
	 * Unit: bytes, less than 2^32. Default: 1048576, CRIU's own. A larger one fails the dump.
	 * Source: criu_opts.ghost_limit (35); criu(8) --ghost-limit.
	 */
	readonly ghostLimit?: number;
	/**
	 * Find the names of watched files (inotify, fanotify) by looking for their inode, for filesystems that cannot open one by handle.
	 *
	 * Default: false. Source: criu_opts.force_irmap (21); criu(8) --force-irmap.
	 */
	readonly forceIrmap?: boolean;
	/**
	 * Directories of the container to look in for watched files.
	 *
	 * Default: CRIU's own list (/etc, /var/spool, …). Source: criu_opts.irmap_scan_paths (36); criu(8) --irmap-scan-path.
	 */
	readonly irmapScanPaths?: readonly string[];
	/**
	 * Take any path of a device if the one it was opened by is not accessible.
	 *
	 * Default: false. Source: criu_opts.evasive_devices (6); criu(8) --evasive-devices.
	 */
	readonly evasiveDevices?: boolean;
	/**
	 * Restore although the permissions of a file have changed.
	 *
	 * Default: false. Source: criu_opts.skip_file_rwx_check (66); criu(8) --skip-file-rwx-check.
	 */
	readonly skipFileRwxCheck?: boolean;
	/**
	 * Descriptors that take the place of files in the image, for a restore.
	 *
	 * Default: none. Source: criu_opts.inherit_fd (27); criu(8) --inherit-fd.
	 */
	readonly inheritFd?: readonly InheritedFd[];

	/**
	 * Dump and restore established TCP connections. The network stays locked in between.
	 *
	 * Default: false, a connection fails the dump. Same value for dump and restore. Source: criu_opts.tcp_established (5); criu(8) --tcp-established.
	 */
	readonly tcpEstablished?: boolean;
	/**
	 * Restore connected TCP sockets as closed ones.
	 *
	 * Default: false. Source: criu_opts.tcp_close (52); criu(8) --tcp-close.
	 */
	readonly tcpClose?: boolean;
	/**
	 * Leave out TCP connections that are just being made; the client will try again.
	 *
	 * Default: false, such a connection fails the dump. Source: criu_opts.tcp_skip_in_flight (46); criu(8) --skip-in-flight.
	 */
	readonly tcpSkipInFlight?: boolean;
	/**
	 * Allow unix sockets that are connected to one outside. Only datagram sockets can be restored.
	 *
	 * Default: false. Same value for dump and restore. Source: criu_opts.ext_unix_sk (4); criu(8) --ext-unix-sk.
	 */
	readonly extUnixSk?: boolean;
}
