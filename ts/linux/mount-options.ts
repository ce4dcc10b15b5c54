// Mount options of config.json, sorted by who has to deal with them.
//
// One list of words carries four things: attributes of the mount (MOUNT_ATTR_*), flags of the
// superblock (fsconfig(2) flags), wishes to the runtime, and what is left: options of the filesystem.
import {
	MOUNT_ATTR_NOATIME, MOUNT_ATTR_NODEV, MOUNT_ATTR_NODIRATIME, MOUNT_ATTR_NOEXEC, MOUNT_ATTR_NOSUID,
	MOUNT_ATTR_NOSYMFOLLOW, MOUNT_ATTR_RDONLY, MOUNT_ATTR_STRICTATIME, MOUNT_ATTR__ATIME,
	MS_PRIVATE, MS_REC, MS_SHARED, MS_SLAVE, MS_UNBINDABLE,
} from './constants.js';

/** MOUNT_ATTR_* to set and to clear, as mount_setattr(2) wants them. Both 0: nothing was asked for. */
export interface MountAttributes {
	readonly set: bigint;
	/** Holds all of MOUNT_ATTR__ATIME whenever an access-time option was given. */
	readonly clear: bigint;
}

export interface MountOptions {
	/** `bind` or `rbind` was given, or the type is `bind`. */
	readonly bind: boolean;
	/** With what is mounted below the source. */
	readonly rbind: boolean;
	/** Change the mount that is there already. */
	readonly remount: boolean;
	/** Of this mount: `ro`, `nosuid`, `noatime` … */
	readonly attributes: MountAttributes;
	/** Of this mount and all below it: `rro`, `rnosuid`, `rnoatime` … */
	readonly recursive: MountAttributes;
	/** MS_SHARED and the like, with MS_REC or without, to be applied in this order. */
	readonly propagation: readonly bigint[];
	/** Flags for fsconfig(2), such as `ro`, `sync`, `dirsync`, `lazytime`, `mand`; of new filesystems only. */
	readonly superblock: readonly string[];
	/** Copy what the image has at the target into the new tmpfs. */
	readonly tmpcopyup: boolean;
	/** Id-mapped mount, with what is mounted below (`ridmap`) or without (`idmap`). */
	readonly idmap: 'idmap' | 'ridmap' | undefined;
	/** Make the symlink that the source is, instead of mounting what it leads to. */
	readonly copySymlink: boolean;
	/** Mount the symlink that the source is, itself. */
	readonly sourceNofollow: boolean;
	/** Mount on the symlink that the destination is, itself. */
	readonly destinationNofollow: boolean;
	/** Options of the filesystem, `key` or `key=value`. */
	readonly data: readonly string[];
}

const attributes: Readonly<Record<string, readonly [attribute: bigint, on: boolean]>> = {
	ro: [MOUNT_ATTR_RDONLY, true],
	rw: [MOUNT_ATTR_RDONLY, false],
	nosuid: [MOUNT_ATTR_NOSUID, true],
	suid: [MOUNT_ATTR_NOSUID, false],
	nodev: [MOUNT_ATTR_NODEV, true],
	dev: [MOUNT_ATTR_NODEV, false],
	noexec: [MOUNT_ATTR_NOEXEC, true],
	exec: [MOUNT_ATTR_NOEXEC, false],
	nodiratime: [MOUNT_ATTR_NODIRATIME, true],
	diratime: [MOUNT_ATTR_NODIRATIME, false],
	nosymfollow: [MOUNT_ATTR_NOSYMFOLLOW, true],
	symfollow: [MOUNT_ATTR_NOSYMFOLLOW, false],
	noatime: [MOUNT_ATTR_NOATIME, true],
	atime: [MOUNT_ATTR_NOATIME, false],
	strictatime: [MOUNT_ATTR_STRICTATIME, true],
	nostrictatime: [MOUNT_ATTR_STRICTATIME, false],
	// MOUNT_ATTR_RELATIME is 0: what is left when the other two are off.
	relatime: [0n, true],
	norelatime: [0n, false],
};

const superblock: Readonly<Record<string, readonly [flag: string, on: boolean]>> = {
	ro: ['ro', true],
	rw: ['ro', false],
	sync: ['sync', true],
	async: ['sync', false],
	dirsync: ['dirsync', true],
	lazytime: ['lazytime', true],
	nolazytime: ['lazytime', false],
	mand: ['mand', true],
	nomand: ['mand', false],
	// Not a flag of fsconfig(2), but the filesystems that have it take the word.
	iversion: ['iversion', true],
	noiversion: ['iversion', false],
};

const propagations: Readonly<Record<string, bigint>> = {
	private: MS_PRIVATE,
	rprivate: MS_PRIVATE | MS_REC,
	slave: MS_SLAVE,
	rslave: MS_SLAVE | MS_REC,
	shared: MS_SHARED,
	rshared: MS_SHARED | MS_REC,
	unbindable: MS_UNBINDABLE,
	runbindable: MS_UNBINDABLE | MS_REC,
};

/** `silent` and `loud` are about the kernel's log alone; the new mount API has no such flag. */
const runtimeOptions = ['bind', 'rbind', 'remount', 'defaults', 'silent', 'loud', 'tmpcopyup', 'idmap', 'ridmap', 'copy-symlink', 'src-nofollow', 'dest-nofollow'] as const;

const attributeMap = new Map(Object.entries(attributes));
const recursiveMap = new Map(Object.entries(attributes).map(([name, value]) => [`r${name}`, value]));
const superblockMap = new Map(Object.entries(superblock));
const propagationMap = new Map(Object.entries(propagations));
const runtimeSet = new Set<string>(runtimeOptions);

/** Every option that is not handed to the filesystem; sorted. */
export const knownMountOptions: readonly string[] = [...new Set([
	...attributeMap.keys(), ...recursiveMap.keys(), ...superblockMap.keys(), ...propagationMap.keys(), ...runtimeSet,
])].sort();

/** The MS_* flags of a propagation word, or undefined if it is none. */
export const propagationFlags = (name: string): bigint | undefined => propagationMap.get(name);

/** Adds attribute words up; the last word on a bit wins, but strictatime wins over noatime as in mount(2). */
class Attributes {
	#set = 0n;
	#clear = 0n;
	#atime = false;

	add([attribute, on]: readonly [bigint, boolean]): void {
		this.#atime ||= (attribute & ~MOUNT_ATTR__ATIME) === 0n;
		if (on) {
			this.#set |= attribute;
			this.#clear &= ~attribute;
		} else {
			this.#set &= ~attribute;
			this.#clear |= attribute;
		}
	}

	result(): MountAttributes {
		if (!this.#atime) {
			return {set: this.#set, clear: this.#clear};
		}

		const strict = (this.#set & MOUNT_ATTR_STRICTATIME) !== 0n;
		return {set: strict ? this.#set & ~MOUNT_ATTR_NOATIME : this.#set, clear: this.#clear | MOUNT_ATTR__ATIME};
	}
}

/**
 * One word may hold several options, as mount(2) takes it apart at its commas; but not within quotes
 * or behind a backslash, which the filesystem or the security module has to see.
 */
const filesystemOptions = (word: string): string[] =>
	/["\\\\]/.test(word) ? [word] : word.split(',').filter(option => option !== '');

const parse = (options: readonly string[], isBind: boolean): MountOptions => {
	const own = new Attributes();
	const recursive = new Attributes();
	const flags = new Set<string>();
	const propagation: bigint[] = [];
	const runtime = new Set<string>();
	const data: string[] = [];
	let idmap: 'idmap' | 'ridmap' | undefined;
	for (const option of options) {
		const attribute = attributeMap.get(option);
		const below = recursiveMap.get(option);
		const flag = superblockMap.get(option);
		const propagate = propagationMap.get(option);
		if (attribute) {
			own.add(attribute);
		} else if (below) {
			recursive.add(below);
		}

		if (flag) {
			flags[flag[1] ? 'add' : 'delete'](flag[0]);
		} else if (propagate !== undefined) {
			propagation.push(propagate);
		} else if (option === 'idmap' || option === 'ridmap') {
			idmap = option;
		} else if (runtimeSet.has(option)) {
			runtime.add(option);
		} else if (!attribute && !below) {
			data.push(...filesystemOptions(option));
		}
	}

	return {
		bind: isBind || runtime.has('bind') || runtime.has('rbind'),
		rbind: runtime.has('rbind'),
		remount: runtime.has('remount'),
		attributes: own.result(),
		recursive: recursive.result(),
		propagation,
		superblock: [...flags],
		tmpcopyup: runtime.has('tmpcopyup'),
		idmap,
		copySymlink: runtime.has('copy-symlink'),
		sourceNofollow: runtime.has('src-nofollow'),
		destinationNofollow: runtime.has('dest-nofollow'),
		data,
	};
};

/** What was parsed, by its text: every create looks at the same few lists, and at each several times. */
const parsed = new Map<string, MountOptions>();
const mostParsed = 128;

/**
 * Sorts the options of one mount. It cannot fail: what is not known is an option of the filesystem.
 *
 * @param options As in config.json.
 * @param type Of the mount; `bind` is as good as the option.
 */
export const parseMountOptions = (options: readonly string[] = [], type?: string): MountOptions => {
	const isBind = type === 'bind';
	const text = `${isBind ? 'bind' : ''}\0${options.join('\0')}`;
	const known = parsed.get(text);
	if (known !== undefined) {
		return known;
	}

	if (parsed.size === mostParsed) {
		parsed.clear();
	}

	const result = parse(options, isBind);
	parsed.set(text, result);
	return result;
};

const replaceable = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NOSYMFOLLOW;

/** Attributes of a bind mount; `mayClear` is to be cleared unless a user namespace has locked it. */
export interface BindAttributes extends MountAttributes {
	readonly mayClear: bigint;
}

/**
 * The attributes of a bind mount by runc's rule: without any option of this kind it keeps those of its
 * source (all are 0 then); with one, it has exactly the given ones, but for those that are locked: the
 * kernel refuses (EPERM) to clear them. Only what an option clears by its name must be clear then. The
 * access-time setting is kept unless an option speaks of it, as in a remount by mount(2).
 */
export const bindAttributes = ({attributes: {set, clear}}: MountOptions): BindAttributes =>
	({set, clear, mayClear: set === 0n && clear === 0n ? 0n : replaceable & ~set & ~clear});
