// Descriptors 0 to 2 across a checkpoint: by which key CRIU takes another file for each.
import type {OwnNull} from '../images/external-files.js';
import {nullDevice, type ContainerFacts, type OpenFile} from './look.js';

export interface StdioKeys {
	/** Key by descriptor, for inheritFd at restore; null for what is the container's own. */
	readonly keys: ReadonlyArray<string | null>;
	/** Entries of `external` for the dump. */
	readonly external: readonly string[];
	/** Which of them are the host's /dev/null, given by a restore: the container's own takes its place in the images. */
	readonly ownNull: OwnNull | undefined;
}

const hex = (number: bigint | number): string => number.toString(16);

/**
 * A pipe is known by its inode and needs nothing at the dump. A file of the host, such as a log, or a
 * terminal outside has to be declared, or CRIU looks for it among the container's mounts and fails.
 */
const keyOf = (file: OpenFile | undefined, facts: ContainerFacts): string | null => {
	if (!file) {
		return null;
	}

	if (file.link.startsWith('pipe:')) {
		return file.link;
	}

	const isOurs = facts.mounts.some(mount => mount.id === file.mountId);
	if (isOurs || !file.link.startsWith('/')) {
		return null;
	}

	const isTerminal = file.isCharacterDevice && /^\/dev\/(pts\/|tty|console)/.test(file.link);
	return isTerminal ? `tty[${hex(file.rdev)}:${hex(file.device)}]` : `file[${hex(file.mountId)}:${hex(file.inode)}]`;
};

export const stdioKeys = (facts: ContainerFacts): StdioKeys => {
	const found = facts.stdio.map(file => keyOf(file, facts));
	const isNull = (index: number): boolean => facts.hasNull && facts.stdio[index]?.isCharacterDevice === true && facts.stdio[index].rdev === nullDevice;
	const root = facts.mounts.find(({mountPoint}) => mountPoint === '/');
	const names = found.filter((key, index): key is string => key !== null && isNull(index));
	return {
		keys: found.map((key, index) => isNull(index) ? null : key),
		external: [...new Set(found.filter(key => key !== null && !key.startsWith('pipe:')))] as string[],
		ownNull: root && names.length > 0 ? {names, mountId: root.id} : undefined,
	};
};
