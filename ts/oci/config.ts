// config.json of the OCI runtime-spec 1.3 for Linux, in its own words: keys verbatim, nothing added.
//
// `Config` is what a caller writes; `ValidConfig` is what validate() makes of it, and the only thing
// the other rooms read. Values that may pass 2^53 are `number | bigint`.
import type {Linux, IdMapping} from './config-linux.js';
import type {Process} from './config-process.js';

export type * from './config-linux.js';
export type * from './config-process.js';
export type * from './config-resources.js';
export type * from './config-seccomp.js';

/** A whole config.json. */
export interface Config {
	/** Version of the specification it was written for, such as `1.3.0`. Not compared with ours, as in runc. */
	readonly ociVersion: string;
	/** The container's root filesystem. Required on Linux. */
	readonly root?: Root;
	/** The program that `start` runs. Required by `start`, and so by us. */
	readonly process?: Process;
	/** UTS host name. Needs a `uts` namespace. Default: the one of the host, or of the joined namespace. */
	readonly hostname?: string;
	/** NIS domain name (setdomainname(2)). Needs a `uts` namespace. Default: unchanged. */
	readonly domainname?: string;
	/** Mounts below the root filesystem, made in this order. Default: none. */
	readonly mounts?: readonly Mount[];
	/** Programs to run at points of the container's life. Default: none. */
	readonly hooks?: Hooks;
	/** Free key-value metadata; part of the state. Keys are not empty. Default: none. */
	readonly annotations?: Readonly<Record<string, string>>;
	/** Everything that only Linux has. */
	readonly linux?: Linux;
}

/** The root filesystem. */
export interface Root {
	/** Directory that becomes `/`; relative to the bundle if it is not absolute. */
	readonly path: string;
	/** Remount it read-only once everything is in place. Default: false. */
	readonly readonly?: boolean;
}

/** One mount. @see mount(8) for the options, `ts/linux/mount-options.ts` for their meaning here. */
export interface Mount {
	/** Where, inside the container. A relative one counts from `/`, with a warning. */
	readonly destination: string;
	/** Filesystem type (/proc/filesystems). Ignored by bind mounts; a type of `bind` asks for one. */
	readonly type?: string;
	/** Device, or file or directory of the host to bind; relative to the bundle. Default: the type. */
	readonly source?: string;
	/** Mount options, of the kernel, of the filesystem and of the runtime mixed. Default: none. */
	readonly options?: readonly string[];
	/** Id-mapped mount: from the ids on disk (containerID) to the ids shown (hostID). Needs gidMappings too. */
	readonly uidMappings?: readonly IdMapping[];
	/** As uidMappings, for groups. mount_setattr(2), MOUNT_ATTR_IDMAP, Linux 5.12. */
	readonly gidMappings?: readonly IdMapping[];
}

/** A program to run at a point of the container's life, with the state on its standard input. */
export interface Hook {
	/** Absolute path of the program. */
	readonly path: string;
	/** The whole argv, the program's name included (execv(3)). Default: `[path]`. */
	readonly args?: readonly string[];
	/** `KEY=value` each. Default: an empty environment. */
	readonly env?: readonly string[];
	/** Kill it after this many seconds, more than 0. Default: no limit. */
	readonly timeout?: number;
}

/** Hooks by point of life. @see OCI runtime-spec, config.md#posix-platform-hooks */
export interface Hooks {
	/** In the runtime's namespaces, after the namespaces exist and before pivot_root. Deprecated: createRuntime. */
	readonly prestart?: readonly Hook[];
	/** In the runtime's namespaces, after the namespaces exist and before pivot_root. */
	readonly createRuntime?: readonly Hook[];
	/** In the container's namespaces with the host's paths, before pivot_root. */
	readonly createContainer?: readonly Hook[];
	/** In the container, before the user's program. */
	readonly startContainer?: readonly Hook[];
	/** In the runtime's namespaces, after the user's program was started. */
	readonly poststart?: readonly Hook[];
	/** In the runtime's namespaces, after the container was deleted. */
	readonly poststop?: readonly Hook[];
}

declare const validated: unique symbol;

/** A process description that validateProcess() or validateConfig() has checked. */
export type ValidProcess = Process & {readonly [validated]: 'process'; readonly args: readonly string[]};

/**
 * A config that validateConfig() has checked and copied: later changes of what the caller passed do not
 * reach it. It is without unknown keys, without nulls, and with empty strings where OCI means "absent" left out.
 *
 * Only validateConfig() makes one.
 */
export type ValidConfig = Config & {
	readonly [validated]: 'config';
	readonly root: Root;
	readonly process: ValidProcess;
	readonly linux: Linux;
};
