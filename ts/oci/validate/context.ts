// What validation is told of the world, since it cannot look for itself.
import type {NamespaceType} from '../config.js';

/**
 * Facts about the machine and the call. A fact that is absent is not judged by: the kernel will.
 *
 * Left to the caller altogether: that the root filesystem exists and is no symlink, that a user
 * namespace joined by path has the mappings of the config (sameMappings), and everything that
 * depends on the content of the image.
 */
export interface ValidationContext {
	/** The bundle directory, absolute. */
	readonly bundle: string;
	/** Runs without root's privileges: additional rules apply. Default: false. */
	readonly rootless?: boolean;
	/** 1 also for a hybrid machine. */
	readonly cgroupVersion?: 1 | 2;
	/** The namespace types this kernel has (/proc/self/ns). */
	readonly namespaces?: ReadonlySet<NamespaceType>;
	/** The network namespace that the config joins by path is the runtime's own. */
	readonly networkIsHost?: boolean;
	/** AppArmor is on. */
	readonly apparmor?: boolean;
	/** SELinux is on. */
	readonly selinux?: boolean;
	/** The root is changed with MS_MOVE instead of pivot_root. Default: false. */
	readonly noPivot?: boolean;
	/** Hears of what is accepted but will not do what its author may think. */
	readonly warn?: (message: string) => void;
}
