// Mounts that get what is mounted on the host (slaves of its mounts). At the restore CRIU looks for the host's
// mount of only one of those that had the same master, and gives its to all: it is too narrow for the others.
import {writeImage} from './codec.js';
import {readImageOf} from './records.js';
import {decode, edit} from './schema.js';

/**
 * `mountpoints-*.img` with a master of its own for each mount whose master is outside; each then gets the
 * one of the place that it comes from. Mounts that share with one another stay together.
 *
 * Every other entry stays as it is, to the byte. Without two such mounts the result is `bytes` itself.
 *
 * @throws CtnError `ERR_CHECKPOINT_IMAGES` if it is no image of mounts.
 */
export const separateMasters = (bytes: Uint8Array): Uint8Array => {
	const image = readImageOf('mnts', bytes);
	const mounts = image.entries.map(entry => decode('mnt_entry', entry));
	const groups = new Set(mounts.map(({shared_id: shared = 0}) => shared));
	const masters = new Map<string, number>();
	const taken = new Set<number>();
	let next = Math.max(0, ...mounts.flatMap(({shared_id: shared = 0, master_id: master = 0}) => [shared, master])) + 1;
	let changed = 0;
	const entries = image.entries.map((entry, index) => {
		const {shared_id: shared = 0, master_id: master = 0} = mounts[index]!;
		if (master === 0 || groups.has(master)) {
			return entry;
		}

		const key = shared === 0 ? `alone ${index}` : `group ${shared}`;
		const own = masters.get(key) ?? (taken.has(master) ? next++ : master);
		masters.set(key, own);
		taken.add(own);
		if (own === master) {
			return entry;
		}

		changed++;
		return edit('mnt_entry', entry, {master_id: own});
	});
	return changed === 0 ? bytes : writeImage({...image, entries});
};
