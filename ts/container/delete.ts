// delete: nothing of a container is left, or the error says what is.
import {Cgroup} from '../cgroups/cgroup.js';
import {isErrno} from '../errors.js';
import type {Status} from '../oci/state.js';
import type {StateRecord} from '../state/record.js';
import type {Context} from './context.js';
import type {Process} from './process.js';

/** Ends what lives, takes the cgroup away, and last the state, by which a rest could be found. */
export const deleteContainer = async (context: Context, record: StateRecord, status: Status, init: Process | undefined): Promise<void> => {
	const {native, store} = context;
	const cgroup = new Cgroup(native, record.cgroup);
	if (status === 'stopped') {
		try {
			await native.batch([...cgroup.removeOps(), ...store.removeOps(record.id)]);
			return;
		} catch (error) {
			if (!isErrno(error, 'EBUSY', 'ENOTEMPTY')) {
				throw error;
			}
		}
	}

	await cgroup.kill();
	await init?.wait();
	await cgroup.remove();
	await native.batch(store.removeOps(record.id));
};
