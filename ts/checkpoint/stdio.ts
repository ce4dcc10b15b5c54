// Descriptors 0 to 2 across a checkpoint: by which key CRIU takes another file for each.
import type {ContainerFacts, OpenFile} from './look.js';

export interface StdioKeys {
	/** Key by descriptor, for inheritFd at restore; null for what is the container's own. */
	readonly keys: ReadonlyArray<string | null>;
	/** Entries of `external` for the dump. */
	readonly external: readonly string[];
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
	const keys = facts.stdio.map(file => keyOf(file, facts));
	const external = [...new Set(keys.filter(key => key !== null && !key.startsWith('pipe:')))] as string[];
	return {keys, external};
};
