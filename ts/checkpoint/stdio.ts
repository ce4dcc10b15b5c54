// Descriptors 0 to 2 across a checkpoint: by which key CRIU takes another file for each.
import type {OwnNull} from '../images/external-files.js';
import {S_IFBLK, S_IFCHR, S_IFIFO, S_IFMT, S_IFREG} from '../linux/constants.js';
import {nullDeviceNumber} from '../linux/null-device.js';
import type {SavedContainer} from '../state/record.js';
import type {ContainerFacts} from './look.js';

export interface StdioKeys {
	/** Key by descriptor, for inheritFd at restore; null for what is the container's own. */
	readonly keys: ReadonlyArray<string | null>;
	/** Entries of `external` for the dump. */
	readonly external: readonly string[];
	/** Which of them are the host's /dev/null, given by a restore: the container's own takes its place in the images. */
	readonly ownNull: OwnNull | undefined;
}

interface GivenFile {
	readonly mode: number;
	/** Of the mount it was opened on; one of the host's if the container does not have it. */
	readonly mountId: number;
	readonly inode: bigint;
	readonly device: bigint;
	/** For a device file: what it is. */
	readonly rdev: bigint;
}

const hex = (number: bigint | number): string => number.toString(16);

const parse = (given: string): GivenFile => {
	const [mode, mountId, inode, device, rdev] = given.split(':').map(field => BigInt(`0x${field}`)) as [bigint, bigint, bigint, bigint, bigint];
	return {mode: Number(mode), mountId: Number(mountId), inode, device, rdev};
};

/** Majors of consoles (4, 5) and of pseudoterminals, from Documentation/admin-guide/devices.txt. */
const isTerminal = ({mode, rdev}: GivenFile): boolean => {
	const major = rdev >> 8n & 0xfffn;
	return (mode & S_IFMT) === S_IFCHR && (major === 4n || major === 5n || (major >= 136n && major <= 143n));
};

const fileTypes = new Set([S_IFREG, S_IFCHR, S_IFBLK, S_IFIFO]);

interface KnownFile {
	readonly key: string;
	readonly isPipe: boolean;
	/** It is a /dev/null, and the container has its own. */
	readonly isNull: boolean;
}

/**
 * A pipe is known by its inode and needs nothing at the dump. A file of the host, such as a log, or a
 * terminal outside has to be declared, or CRIU looks for it among the container's mounts and fails.
 */
const know = (given: string, {mounts, hasNull}: ContainerFacts): KnownFile | undefined => {
	if (given.startsWith('pipe:')) {
		return {key: given, isPipe: true, isNull: false};
	}

	const file = parse(given);
	const {mode, mountId, inode, device, rdev} = file;
	if (!fileTypes.has(mode & S_IFMT) || mounts.some(({id}) => id === mountId)) {
		return undefined;
	}

	return {
		key: isTerminal(file) ? `tty[${hex(rdev)}:${hex(device)}]` : `file[${hex(mountId)}:${hex(inode)}]`,
		isPipe: false,
		isNull: hasNull && (mode & S_IFMT) === S_IFCHR && rdev === nullDeviceNumber,
	};
};

/** What init was given decides, not what it has at the moment: a shell moves its descriptors for each redirection. */
export const stdioKeys = (facts: ContainerFacts, {record, config}: SavedContainer): StdioKeys => {
	const found = record.stdio.map(given => given === null || config.process.terminal ? undefined : know(given, facts));
	const files = found.filter(file => file !== undefined);
	const root = facts.mounts.find(({mountPoint}) => mountPoint === '/');
	const names = files.filter(({isNull}) => isNull).map(({key}) => key);
	return {
		keys: found.map(file => file === undefined || file.isNull ? null : file.key),
		external: [...new Set(files.filter(({isPipe}) => !isPipe).map(({key}) => key))],
		ownNull: root && names.length > 0 ? {names, mountId: root.id} : undefined,
	};
};
