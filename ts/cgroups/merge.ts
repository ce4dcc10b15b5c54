// What a container may use after an update: what it might before, with what was given in its place.
import type {BlockIO, Resources} from '../oci/config.js';

/** The items of both lists; of two with the same key the later. */
const byKey = <Item>(before: readonly Item[] | undefined, given: readonly Item[] | undefined, key: (item: Item) => string): readonly Item[] | undefined =>
	given === undefined ? before : [...new Map([...before ?? [], ...given].map(item => [key(item), item])).values()];

const device = ({major, minor}: {readonly major: number; readonly minor: number}): string => `${major}:${minor}`;

const mergeBlockIo = (before: BlockIO = {}, given: BlockIO = {}): BlockIO => {
	const lists = ['weightDevice', 'throttleReadBpsDevice', 'throttleWriteBpsDevice', 'throttleReadIOPSDevice', 'throttleWriteIOPSDevice'] as const;
	const merged: Record<string, unknown> = {...before, ...given};
	for (const list of lists) {
		const items = byKey<{readonly major: number; readonly minor: number}>(before[list], given[list], device);
		if (items !== undefined) {
			merged[list] = items;
		}
	}

	return merged;
};

/** Lists are merged by what their items are about: a device, a page size, an interface. */
export const mergeResources = (before: Resources = {}, given: Resources): Resources => {
	const hugepageLimits = byKey(before.hugepageLimits, given.hugepageLimits, ({pageSize}) => pageSize);
	const priorities = byKey(before.network?.priorities, given.network?.priorities, ({name}) => name);
	return {
		...before,
		...(given.memory && {memory: {...before.memory, ...given.memory}}),
		...(given.cpu && {cpu: {...before.cpu, ...given.cpu}}),
		...(given.pids && {pids: {...before.pids, ...given.pids}}),
		...(given.blockIO && {blockIO: mergeBlockIo(before.blockIO, given.blockIO)}),
		...(hugepageLimits && {hugepageLimits}),
		...(given.network && {network: {...before.network, ...given.network, ...(priorities && {priorities})}}),
		...(given.rdma && {rdma: {...before.rdma, ...given.rdma}}),
		...(given.unified && {unified: {...before.unified, ...given.unified}}),
	};
};
