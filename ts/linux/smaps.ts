// /proc/<pid>/smaps: which mappings are plain memory, and plenty.

/** Addresses from `start` up to `end`. */
export interface Span {
	readonly start: bigint;
	readonly end: bigint;
}

/** Flags of VmFlags (proc_pid_smaps(5)) that plain memory may have: what may be done with it, and advice on it. */
const plainFlags = new Set(['rd', 'wr', 'mr', 'mw', 'me', 'ac', 'sd', 'nr', 'hg', 'nh', 'dd', 'dc']);

/** Private, of no file, to be read and written; the heap, one without a name, or with one that the program gave it. */
const plainHead = /^([\da-f]+)-([\da-f]+) rw-p 00000000 00:00 0 *(?:\[heap\]|\[anon:.*\])?$/;

const flagsAhead = '\nVmFlags: ';

/**
 * The same text in which large mappings of plain memory are said to be droppable (MAP_DROPPABLE of mmap(2)), and which those
 * are. Whatever is unusual in any way stays as it is.
 *
 * @param leastBytes What a mapping has in memory at least to be one of them.
 */
export const withDroppable = (smaps: string, leastBytes: number): {readonly text: string; readonly mappings: readonly Span[]} => {
	const mappings: Span[] = [];
	let [text, copied] = ['', 0];
	for (let at = 0, flagsAt; (flagsAt = smaps.indexOf(flagsAhead, at)) >= 0;) {
		const end = smaps.indexOf('\n', flagsAt + 1);
		const range = plainHead.exec(smaps.slice(at, smaps.indexOf('\n', at)));
		const resident = range && /^Rss: +(\d+) kB$/m.exec(smaps.slice(at, flagsAt));
		if (range && Number(resident?.[1] ?? 0) * 1024 >= leastBytes && smaps.slice(flagsAt + flagsAhead.length, end).trim().split(' ').every(flag => plainFlags.has(flag))) {
			mappings.push({start: BigInt(`0x${range[1]!}`), end: BigInt(`0x${range[2]!}`)});
			text += `${smaps.slice(copied, end)}dp `; // There is a space behind each
			copied = end;
		}

		at = end + 1;
	}

	return {text: text + smaps.slice(copied), mappings};
};
