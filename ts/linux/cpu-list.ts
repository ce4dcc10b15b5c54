// Lists of CPUs and of NUMA nodes, as in cpuset(7): `0-3,7`, `0-31:1/4`.

/** The numbers of a list that is one. */
export const parseCpuList = (list: string): number[] => {
	const numbers = new Set<number>();
	for (const part of list.split(',').map(part => part.trim()).filter(Boolean)) {
		const [range, stride = '1/1'] = part.split(':') as [string, string?];
		const [first, last = first] = range.split('-').map(Number) as [number, number?];
		const [used, group] = stride.split('/').map(Number) as [number, number];
		for (let number = first; number <= last; number++) {
			if ((number - first) % group < used) {
				numbers.add(number);
			}
		}
	}

	return [...numbers].sort((a, b) => a - b);
};

/** They as bits of an array of 64-bit words, as sched_setaffinity(2) and set_mempolicy(2) want them. */
export const cpuMask = (list: string): Uint8Array => {
	const numbers = parseCpuList(list);
	const words = Math.floor((numbers.at(-1) ?? 0) / 64) + 1;
	const mask = new Uint8Array(8 * words);
	for (const number of numbers) {
		mask[number >> 3]! |= 1 << (number & 7);
	}

	return mask;
};
