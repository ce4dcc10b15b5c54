// Where the processes of a checkpoint go: into the cgroup that its restore begins in, whatever its name.
import {writeImage} from './codec.js';
import {readImageOf, readRecord} from './records.js';
import {edit} from './schema.js';

/**
 * `inventory.img` that says that CRIU was in the same cgroups as init when it dumped.
 *
 * CRIU moves a process at restore, unless it is in the cgroups of its parent, and init's parent is
 * CRIU: so init stays where whoever restores has put CRIU. Without it runc, which knows no mode
 * `ignore`, could not restore: it would look for the cgroup of the dump.
 *
 * @param core `core-*.img` of init. Source: CRIU, criu/cgroup.c, restore_task_cgroup().
 * @throws CtnError `ERR_CHECKPOINT_IMAGES` if they are other images.
 */
export const inheritCgroup = (inventory: Uint8Array, core: Uint8Array): Uint8Array => {
	const {tc, thread_core: thread} = readRecord('core', core);
	const set = tc?.cg_set ?? thread?.cg_set;
	const image = readImageOf('inventory', inventory);
	return set === undefined ? inventory : writeImage({...image, entries: image.entries.map(entry => edit('inventory_entry', entry, {root_cg_set: set}))});
};
