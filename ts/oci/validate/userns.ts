// `linux.uidMappings`, `linux.gidMappings`, and what a user namespace asks of the rest
import type {IdMapping, Linux, User} from '../config.js';
import type {ValidationContext} from './context.js';
import {array, at, broken, id, integer, object} from './check.js';
import {namespaceOf} from './namespaces.js';

export const checkMappings = array(object<IdMapping>({
	containerID: id,
	hostID: id,
	size: integer(1, 0xffff_ffff),
}));

/** UID_GID_MAP_MAX_EXTENTS, Linux 4.15. */
const maxMappings = 340;

/** The id outside of an id inside, or undefined if it is not mapped. */
export const hostId = (mappings: readonly IdMapping[], inside: number): number | undefined => {
	const found = mappings.find(({containerID, size}) => inside >= containerID && inside < containerID + size);
	return found && found.hostID + inside - found.containerID;
};

/** True if both say the same, line for line. */
export const sameMappings = (one: readonly IdMapping[], other: readonly IdMapping[]): boolean =>
	one.length === other.length && one.every(({containerID, hostID, size}, index) =>
		containerID === other[index]!.containerID && hostID === other[index]!.hostID && size === other[index]!.size);

const overlap = (a: number, aSize: number, b: number, bSize: number): boolean => a < b + bSize && b < a + aSize;

/** What the kernel refuses in one uid_map or gid_map: user_namespaces(7). */
export const mappingRules = (mappings: readonly IdMapping[], path: string): void => {
	if (mappings.length > maxMappings) {
		broken(path, `must have at most ${maxMappings} entries, not ${mappings.length}`);
	}

	for (const [index, mapping] of mappings.entries()) {
		for (const key of ['containerID', 'hostID'] as const) {
			if (mapping[key] + mapping.size > 0xffff_ffff) {
				broken(at(at(path, index), 'size'), `makes the range from ${key} ${mapping[key]} on end above 4294967294`);
			}

			if (mappings.slice(0, index).some(other => overlap(mapping[key], mapping.size, other[key], other.size))) {
				broken(at(at(path, index), key), 'makes a range that overlaps with one before it');
			}
		}
	}
};

/** The kernel has no number for an id that is not mapped; the ids of a joined namespace are not known here. */
export const userRules = ({uid = 0, gid = 0, additionalGids = []}: User, linux: Linux, path: string): void => {
	const user = namespaceOf(linux, 'user');
	if (!user || user.path !== undefined) {
		return;
	}

	const rule = (inside: number, mappings: readonly IdMapping[] | undefined, subject: string, name: string): void => {
		if (hostId(mappings ?? [], inside) === undefined) {
			broken(subject, `must be an id that linux.${name} maps, not ${inside}`);
		}
	};

	rule(uid, linux.uidMappings, at(path, 'uid'), 'uidMappings');
	rule(gid, linux.gidMappings, at(path, 'gid'), 'gidMappings');
	for (const [index, group] of additionalGids.entries()) {
		rule(group, linux.gidMappings, at(at(path, 'additionalGids'), index), 'gidMappings');
	}
};

/** Mappings exist where they are needed and only there. */
export const userNamespaceRules = (linux: Linux, context: ValidationContext): void => {
	const user = namespaceOf(linux, 'user');
	if (!user && context.rootless) {
		broken('linux.namespaces', 'must have a user namespace, as the runtime has no privileges');
	}

	for (const key of ['uidMappings', 'gidMappings'] as const) {
		const mappings = linux[key] ?? [];
		const path = `linux.${key}`;
		if (!user) {
			if (mappings.length > 0) {
				broken(path, 'needs a user namespace in linux.namespaces');
			}

			continue;
		}

		if (user.path === undefined && mappings.length === 0) {
			broken(path, 'must be a non-empty array, as there is a new user namespace');
		}

		if (user.path !== undefined && mappings.length > 0) {
			context.warn?.(`config.json: ${path} does nothing, as the user namespace is joined by path`);
		}

		mappingRules(mappings, path);
		if (mappings.length > 0 && hostId(mappings, 0) === undefined) {
			broken(path, 'must map id 0, which sets the container up');
		}
	}
};
