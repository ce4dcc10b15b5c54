// delete: nothing of a container is left, or the error says what is.
import {Cgroup, removeCgroupOps} from '../cgroups/cgroup.js';
import {removeRdtOps} from '../cgroups/rdt.js';
import {isErrno} from '../errors.js';
import type {HostOp, HostResult} from '../native/native.js';
import {CniNetworks} from '../network/cni.js';
import {removeLinksOps} from '../network/plan.js';
import type {Status} from '../oci/state.js';
import {encodeBatch} from '../plan/encode.js';
import type {SavedContainer, StateRecord} from '../state/record.js';
import type {StateStore} from '../state/store.js';
import type {Context} from './context.js';
import {removeHostMounts} from './host-mounts.js';
import {runPoststop} from './hooks.js';
import type {Process} from './process.js';
import {stopUnit} from './unit.js';

/** Without `force` a plugin that fails is told of, and what is left can be deleted again. */
const detachCni = async ({native, store, warn}: Context, {id, cni}: StateRecord, force: boolean): Promise<void> => {
	try {
		await (cni && new CniNetworks(native, id, store.directory(id), cni).detach({force}));
	} catch (error) {
		if (!force) {
			throw error;
		}

		warn((error as Error).message);
	}
};

/** Nobody else has a say in its end, so that it can be removed at once when it has ended. */
const isPlain = ({cgroup, cni, hostMounts}: StateRecord): boolean => cgroup.unit === undefined && cni === undefined && hostMounts === undefined;

/** Removes one that has ended by itself; EBUSY or ENOTEMPTY if something else is still there. */
export const removalOps = (store: StateStore, {id, cgroup, links, rdt}: StateRecord): HostOp[] =>
	[...removeLinksOps(links), ...removeRdtOps(rdt), ...removeCgroupOps(cgroup), ...store.removeUsualOps(id)];

/** With what removes it encoded ahead, by one who waits for its end and has the time. */
export const withRemoval = (store: StateStore, saved: SavedContainer): SavedContainer => {
	if (saved.removal) {
		return saved;
	}

	const removal = encodeBatch(removalOps(store, saved.record));
	return {...saved, removal: () => removal};
};

/** Ends what lives, takes the cgroup away, and last the state, by which a rest could be found. */
const remove = async (context: Context, {record, removal}: SavedContainer, status: Status, init: Process | undefined, force: boolean): Promise<HostResult[]> => {
	const {native, store} = context;
	if (status === 'stopped' && isPlain(record)) {
		try {
			const ops = (): HostOp[] => removalOps(store, record);
			return await (removal ? native.batchEncoded({encoded: removal(), ops}) : native.batch(ops()));
		} catch (error) {
			if (!isErrno(error, 'EBUSY', 'ENOTEMPTY')) {
				throw error;
			}
		}
	}

	const cgroup = new Cgroup(native, record.cgroup);
	await cgroup.kill();
	if (cgroup.directories.length === 0 && init && !init.ended) {
		await init.kill('SIGKILL').catch(() => {}); // It has ended meanwhile
	}

	await init?.wait();
	await removeHostMounts(native, record.hostMounts);
	await stopUnit(context, record.cgroup);
	await detachCni(context, record, force);
	await cgroup.remove();
	return native.batch([...removeLinksOps(record.links), ...removeRdtOps(record.rdt), ...store.removeOps(record.id)]);
};

/**
 * Removes the container, then runs its poststop hooks: once, by the one who took its directory away.
 *
 * @throws CtnError `ERR_HOOK_FAILED` for a poststop hook; the container is gone all the same.
 */
export const deleteContainer = async (context: Context, saved: SavedContainer, status: Status, init: Process | undefined, force = false): Promise<void> => {
	const results = await remove(context, saved, status, init, force);
	const {record, config} = saved;
	if (config.hooks?.poststop?.length && results.at(-1) === 0) {
		const {devNull} = await context.machine();
		await runPoststop(context.native, {id: record.id, bundle: record.bundle, config, devNull});
	}
};
