// CriuOpts: where images and logs are, and the memory in them.
import type {Fd} from '../native/native.js';

/** Where the pages of memory go instead of the images directory, or come from. */
export interface PageServerAddress {
	/** IP address or name of the page server. With `lazyPages` CRIU up to 4.2 listens on all addresses whatever it says. */
	readonly address?: string | undefined;
	/** TCP port, 0 to 65535. A server takes any free one for 0. */
	readonly port?: number | undefined;
	/** A connection made by the caller, instead of address and port. Not with `lazyPages`: CRIU ignores it there. */
	readonly fd?: Fd | undefined;
}

export interface CriuImageOpts {
	/**
	 * Directory of the images. It has to exist.
	 *
	 * Required for a dump and a restore. Source: criu_opts.images_dir_fd (1); criu(8) --images-dir.
	 */
	readonly imagesDir?: string;
	/**
	 * Directory of the log, the statistics and the socket of the lazy-pages daemon. Made if it is not there.
	 *
	 * Default: `imagesDir`. Source: criu_opts.work_dir_fd (17); criu(8) --work-dir.
	 */
	readonly workDir?: string;
	/**
	 * Images of the checkpoint that this one builds upon; a path relative to `imagesDir`.
	 *
	 * Default: none, every page is written. Source: criu_opts.parent_img (14); criu(8) --prev-images-dir.
	 */
	readonly parentImg?: string;
	/**
	 * How much CRIU logs: 0 nothing, 1 errors, 2 warnings, 3 information, 4 all.
	 *
	 * Default: 4, because an error is explained by the lines before it (CRIU's own: 2).
	 * Source: criu_opts.log_level (9); criu(8) --verbosity.
	 */
	readonly logLevel?: number;
	/**
	 * Name of the log file in `workDir`; no slash.
	 *
	 * Default: `dump.log` or `restore.log`. Source: criu_opts.log_file (10); criu(8) --log-file.
	 */
	readonly logFile?: string;
	/**
	 * Log to CRIU's stderr if no `logFile` is given.
	 *
	 * Default: false. CRIU 4.2. Source: criu_opts.log_to_stderr (71).
	 */
	readonly logToStderr?: boolean;
	/**
	 * Print the statistics to CRIU's stdout too; they always go to `stats-dump` and `stats-restore`.
	 *
	 * Default: false. Source: criu_opts.display_stats (70); criu(8) --display-stats.
	 */
	readonly displayStats?: boolean;
	/**
	 * A CRIU configuration file (options of criu(8) without the dashes, one a line).
	 *
	 * It is read last and overrides everything else here. Default: none.
	 * Source: criu_opts.config_file (51); criu(8), CONFIGURATION FILES.
	 */
	readonly configFile?: string;
	/**
	 * Track memory changes from this dump on, so that a later one can build upon it.
	 *
	 * Default: false. Needs a kernel with CONFIG_MEM_SOFT_DIRTY. Source: criu_opts.track_mem (15); criu(8) --track-mem.
	 */
	readonly trackMem?: boolean;
	/**
	 * Free pages in older images: those of parents that this dump replaces, or those that are restored.
	 *
	 * Default: false. Source: criu_opts.auto_dedup (16); criu(8) --auto-dedup.
	 */
	readonly autoDedup?: boolean;
	/**
	 * How a pre-dump reads memory: `splice` from inside the task, `read` from outside with process_vm_readv(2),
	 * for a shorter freeze.
	 *
	 * Default: `splice`. Source: criu_opts.pre_dump_mode (61); criu(8) --pre-dump-mode.
	 */
	readonly preDumpMode?: 'splice' | 'read';
	/**
	 * A connected socket in which CRIU keeps pidfds between pre-dumps, to notice that a pid was used again.
	 *
	 * Default: none. Stays the caller's. Source: criu_opts.pidfd_store_sk (62).
	 */
	readonly pidfdStoreSk?: Fd;
	/**
	 * Post-copy: dump without memory and serve it to whoever asks; restore without, and fetch it when it is touched.
	 *
	 * Default: false. A restore needs a lazy-pages daemon in the same `workDir`.
	 * Source: criu_opts.lazy_pages (48); criu(8) --lazy-pages.
	 */
	readonly lazyPages?: boolean;
	/**
	 * Page server that the memory is sent to, or with `lazyPages` where it is asked for.
	 *
	 * Default: none, memory goes into the images. Source: criu_opts.ps (11); criu(8) --page-server, --address, --port, --ps-socket.
	 */
	readonly pageServer?: PageServerAddress;
	/**
	 * Encrypt the connection to the page server. Not together with `pageServer.fd`.
	 *
	 * Default: false. Source: criu_opts.tls (58); criu(8) --tls.
	 */
	readonly tls?: boolean;
	/** Path of the CA certificate (PEM). Default: the system's. Source: criu_opts.tls_cacert (54); criu(8) --tls-cacert. */
	readonly tlsCacert?: string;
	/** Path of the CA's revocation list (PEM). Default: none, or /etc/pki/CA/cacrl.pem. Source: criu_opts.tls_cacrl (55); criu(8) --tls-cacrl. */
	readonly tlsCacrl?: string;
	/** Path of our certificate (PEM). Default: /etc/pki/criu/cert.pem. Source: criu_opts.tls_cert (56); criu(8) --tls-cert. */
	readonly tlsCert?: string;
	/** Path of our private key (PEM). Default: /etc/pki/criu/private/key.pem. Source: criu_opts.tls_key (57); criu(8) --tls-key. */
	readonly tlsKey?: string;
	/** Do not compare the peer's name with its certificate. Default: false. Source: criu_opts.tls_no_cn_verify (59); criu(8) --tls-no-cn-verify. */
	readonly tlsNoCnVerify?: boolean;
}
