// The mappings of a process: what kind of memory each is.
import type {MmEntry, VmaEntry} from '../images/images.gen.js';
import {memfdOf, memfdPath, type OpenFiles} from './files.js';

/**
 * `anonymous`: heap, stack, private memory of the program; `file`: a file, with the changed pages of its own;
 * `file-shared`: a file itself, which is not in the images; `shared`: memory that processes share; `kernel`:
 * vdso, vvar and the like, which every kernel makes anew; `other`: what only programs like io_uring's have.
 */
export type RegionKind = 'anonymous' | 'file' | 'file-shared' | 'shared' | 'kernel' | 'other';

export interface MemoryRegion {
	readonly start: bigint;
	/** The first address behind it. */
	readonly end: bigint;
	/** As in /proc/<pid>/maps, such as `r-xp`. */
	readonly protection: string;
	readonly kind: RegionKind;
	/** `[heap]`, `[stack]`, `[vdso]`, `[vvar]`, or the path in the container of a file; undefined for other memory. */
	readonly name: string | undefined;
	/** In bytes: where in the file, or in the shared memory, it begins. */
	readonly offset: bigint;
	/** Of shared memory: the segment, which others may have, too. */
	readonly segment: bigint | undefined;
}

/** CRIU's bits for what a mapping is. */
const status = {
	stack: 1 << 1, vsyscall: 1 << 2, vdso: 1 << 3, heap: 1 << 5, filePrivate: 1 << 6, fileShared: 1 << 7,
	anonymousShared: 1 << 8, anonymousPrivate: 1 << 9, sysvipc: 1 << 10, vvar: 1 << 12, memfd: 1 << 14, guard: 1 << 16, uprobes: 1 << 17,
} as const;

const kernelKinds = status.vsyscall | status.vdso | status.vvar | status.guard | status.uprobes;
const sharedKinds = status.anonymousShared | status.sysvipc | status.memfd;

const kindOf = (bits: number): RegionKind => {
	if (bits & kernelKinds) {
		return 'kernel';
	}

	if ((bits & sharedKinds) && !(bits & status.filePrivate)) {
		return 'shared';
	}

	if (bits & status.fileShared) {
		return 'file-shared';
	}

	return bits & status.filePrivate ? 'file' : bits & status.anonymousPrivate ? 'anonymous' : 'other';
};

const names = [['[heap]', status.heap], ['[stack]', status.stack], ['[vdso]', status.vdso], ['[vvar]', status.vvar], ['[vsyscall]', status.vsyscall]] as const;

const protectionOf = ({prot, flags}: VmaEntry): string => {
	const isShared = (flags & 1) !== 0; // MAP_SHARED
	return `${prot & 1 ? 'r' : '-'}${prot & 2 ? 'w' : '-'}${prot & 4 ? 'x' : '-'}${isShared ? 's' : 'p'}`;
};

const regionOf = (vma: VmaEntry, open: OpenFiles): MemoryRegion => {
	const kind = kindOf(vma.status);
	const isAnonymous = kind === 'anonymous' || (vma.status & (status.anonymousShared | status.sysvipc)) !== 0;
	const file = isAnonymous ? undefined : open.files.get(Number(vma.shmid)); // Else it is the number of a segment
	const memfd = file && memfdOf(file, open);
	return {
		start: vma.start,
		end: vma.end,
		protection: protectionOf(vma),
		kind,
		name: memfd ? memfdPath(memfd) : file?.reg?.name ?? names.find(([, bit]) => vma.status & bit)?.[0],
		offset: vma.pgoff,
		segment: kind === 'shared' ? BigInt(memfd?.shmid ?? vma.shmid) : undefined,
	};
};

/** In the order of memory. */
export const regionsOf = ({vmas}: MmEntry, open: OpenFiles): MemoryRegion[] =>
	vmas.map(vma => regionOf(vma, open)).sort((a, b) => a.start < b.start ? -1 : 1);
