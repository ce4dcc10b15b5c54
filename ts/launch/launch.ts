// What a launch is: descriptors that the host opens, and steps that init takes with them.
import type {NullStdio} from './stdio.js';
import type {CgroupRecord} from '../cgroups/plan.js';
import {wire, type Fd, type HostOp, type Step} from '../plan/wire.gen.js';
import {placeholder, treeStep} from './rootless.js';

/** Everything there is to know to start a process of a container. Pure data; nothing is open yet. */
export interface Launch {
	/** CLONE_NEW* for the clone itself. */
	readonly flags: bigint;
	/** Host ops that open one descriptor each; the nth is `wire.firstFreeFd + n` in init. */
	readonly descriptors: readonly HostOp[];
	/** Which of them is the cgroup2 directory to start in. */
	readonly intoCgroup: number | undefined;
	/** All that it asks, and waits for an answer to, is to go on when it is ready; then it runs its program. */
	readonly asksOnce?: boolean;
	readonly steps: readonly Step[];
}

/** How its process is started; what it does then is in the steps. */
export type LaunchShape = Pick<Launch, 'flags' | 'intoCgroup' | 'asksOnce'>;

/** What launch/ has to know of the machine and of the container besides its config. */
export interface LaunchFacts {
	readonly id: string;
	readonly bundle: string;
	/** Directory of the container's state, where its start socket is. */
	readonly stateDirectory: string;
	readonly cgroup: CgroupRecord;
	/** Tasks files to join. */
	readonly tasks: readonly string[];
	/** CapPrm of this process: nobody can give what it does not have. */
	readonly capabilities: bigint;
	/** BPF of `linux.seccomp`, or undefined. */
	readonly seccomp: {readonly filter: Uint8Array; readonly flags: number; readonly notify: boolean} | undefined;
	/** Stay with the session keyring of this process. */
	readonly noNewKeyring?: boolean | undefined;
	/** The host has no privileges: init makes its own copies of the host's mounts. Default: false. */
	readonly rootless?: boolean;
	/** The host itself is in a user namespace. Default: false. */
	readonly nested?: boolean;
	/** setgroups(2) is denied in the user namespace. Default: false. */
	readonly noSetGroups?: boolean;
	readonly nulls: NullStdio;
	/** Where the sources of mounts with `copy-symlink` lead, of those that are symlinks. */
	readonly links?: ReadonlyMap<string, string>;
	/** Sources of mounts that are block devices. */
	readonly blockDevices?: ReadonlySet<string>;
	/** The kernel has /proc/kcore. */
	readonly kcore?: boolean;
	/** Do without pivot_root: these full procfs and sysfs mounts of the host are not to stay visible. */
	readonly noPivot?: readonly string[] | undefined;
	/** The host has something to put into the network namespace before anything is set there. */
	readonly network?: boolean;
	/** The program begins as soon as all is ready: nobody is to call start(). */
	readonly runs?: boolean;
	/** A network namespace that is there already, with its loopback device up, in place of a new one. */
	readonly networkNamespace?: Fd | undefined;
}

/** Collects descriptors and hands out the numbers that they will have in init. */
export class Descriptors {
	readonly ops: HostOp[] = [];
	/** Steps that make those that only init can make. */
	readonly trees: Step[] = [];
	readonly #rootless: boolean;

	/** @param rootless The host may not copy mounts. */
	constructor(rootless = false) {
		this.#rootless = rootless;
	}

	/** The number in init of what this op opens. */
	add(op: HostOp): Fd {
		const fd = (wire.firstFreeFd + this.ops.length) as Fd;
		if (this.#rootless && (op.op === 'open_tree' || op.op === 'bind_tree')) {
			this.ops.push(placeholder);
			this.trees.push(treeStep(op, fd));
			return fd;
		}

		this.ops.push(op);
		return fd;
	}
}
