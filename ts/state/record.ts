// What is kept of a container on disk, so that it outlives the process that made it.
import {CtnError} from '../errors.js';
import type {CgroupRecord} from '../cgroups/plan.js';
import type {RdtRecord} from '../cgroups/rdt.js';
import type {CniRecord} from '../network/cni-plan.js';
import type {Network, Route} from '../network/networks.js';
import type {HostLink} from '../network/plan.js';
import type {ValidConfig} from '../oci/config.js';

/** Version of the format; another one is refused. */
export const recordVersion = 1;

/**
 * Mounts of a container without a mount namespace: all below one, which is on top of the root filesystem. Known before
 * that is made, so that it can be found whatever happens then.
 */
export interface HostMounts {
	/** The root filesystem, without symlinks, as mountinfo has it. */
	readonly path: string;
	/** Id of the mount that the root filesystem is in. */
	readonly on: number;
}

/** `state.json`: small, and replaced as a whole. */
export interface StateRecord {
	readonly version: typeof recordVersion;
	readonly id: string;
	/** Absolute path. */
	readonly bundle: string;
	/** When it was created: ISO 8601, UTC. */
	readonly created: string;
	/** Of init, in the runtime's pid namespace; 0 before it was started. */
	readonly pid: number;
	/** Of init: clock ticks since boot. A process with this pid and another start is not ours. */
	readonly startTime: number;
	readonly cgroup: CgroupRecord;
	/** Its class of service, if it has one (Intel RDT). */
	readonly rdt?: RdtRecord;
	/**
	 * What init was given as descriptors 0 to 2, by which a checkpoint knows them wherever they are by then: `pipe:[inode]`;
	 * mode, mount, inode, device and rdev in hexadecimal, with colons between; null for one that was closed.
	 */
	readonly stdio: ReadonlyArray<string | null>;
	/** The container has a time namespace that config.json does not tell of: CRIU made it. */
	readonly restored: boolean;
	/** Socket of the service manager that is to hear when it is ready. */
	readonly notifySocket?: string;
	/** Network devices of the host that go with it. */
	readonly links?: readonly HostLink[];
	/** As create was asked for them, with their hardware addresses. */
	readonly networks?: readonly Network[];
	readonly routes?: readonly Route[];
	/** Networks that CNI has put it in, or is about to. */
	readonly cni?: CniRecord;
	/** Mounts of the host that go with it. */
	readonly hostMounts?: HostMounts;
	/** Its processes stay with the session keyring of whoever starts them. */
	readonly noNewKeyring?: boolean;
	/** setgroups(2) is denied in its user namespace. */
	readonly noSetGroups?: boolean;
}

/** What is loaded: the record, and the config that the container was made with. */
export interface SavedContainer {
	readonly record: StateRecord;
	readonly config: ValidConfig;
	/** The batch that removes it when it has ended, for the one who made it; not saved. */
	readonly removal?: (() => Uint8Array) | undefined;
}

/** What is known of a container whose create was cut off before it wrote anything down. */
const emptyRecord = (id: string): SavedContainer => ({
	record: {
		version: recordVersion, id, bundle: '', created: '', pid: 0, startTime: 0, stdio: [], restored: false,
		cgroup: {mode: 'v2', path: '', v1: {}, unified: undefined},
	},
	config: {root: {path: '/'}, process: {args: ['']}, linux: {}} as unknown as SavedContainer['config'],
});

/** What was saved; of a container whose create was cut off, that. */
export const orEmpty = async (id: string, saved: Promise<SavedContainer>): Promise<SavedContainer> => {
	try {
		return await saved;
	} catch (error) {
		if (error instanceof CtnError && error.code === 'ERR_STATE_CORRUPT') {
			return emptyRecord(id);
		}

		throw error;
	}
};
