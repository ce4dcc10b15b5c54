// Namespaces: which are new with the clone, which init makes later, which it joins.
import {CLONE_NEWCGROUP, CLONE_NEWPID, CLONE_NEWTIME, CLONE_NEWUSER} from '../linux/constants.js';
import {namespaces} from '../linux/namespaces.js';
import type {Namespace, NamespaceType, TimeOffset, ValidConfig} from '../oci/config.js';
import {wire, type Step} from '../plan/wire.gen.js';
import type {Descriptors, LaunchFacts} from './launch.js';

export interface NamespacePlan {
	/** For the clone. */
	readonly flags: bigint;
	/** After the cgroups are joined: setns, unshare, the maps and the forks that they need. */
	readonly join: readonly Step[];
	/** It must not be looked into from the start; otherwise `join` says from when on. */
	readonly isSeen: boolean;
	/** unshare of what shows where we are by then: the cgroup namespace. */
	readonly late: readonly Step[];
}

/** True if config.json asks for a namespace of this type, new or by path. */
export const hasNamespace = (config: ValidConfig, type: NamespaceType): boolean =>
	config.linux.namespaces?.some(namespace => namespace.type === type) ?? false;

/** True if it asks for a new one. */
export const isNewNamespace = (config: ValidConfig, type: NamespaceType): boolean =>
	config.linux.namespaces?.some(namespace => namespace.type === type && !namespace.path) ?? false;

/**
 * True if a network namespace that was made before will do: a new one, without a user namespace that it would have to belong to.
 *
 * @param list Of a config that need not have been checked yet.
 */
export const takesNetwork = (list: readonly Namespace[] | undefined): boolean =>
	Array.isArray(list) && list.some(namespace => namespace?.type === 'network' && !namespace.path) && list.every(namespace => namespace?.type !== 'user');

/** Those that do not belong to the user namespace can only be joined before it, the others after. */
const joinOrder: readonly NamespaceType[] = ['ipc', 'uts', 'network', 'pid', 'mount', 'cgroup', 'time', 'user'];

/** time_namespaces(7): a line for each clock, before anybody is in the namespace. */
const planClocks = ({linux: {timeOffsets = {}}}: ValidConfig): Step[] =>
	Object.entries(timeOffsets).map(([clock, {secs = 0, nanosecs = 0}]: [string, TimeOffset]) => ({op: 'time_offset', line: `${clock} ${secs} ${nanosecs}\n`}));

/**
 * A user namespace comes first in the life of the others: what is new must belong to it. It cannot be
 * made by the clone, as its capabilities would be lost by the exec of ctn-init, whose uid is not
 * mapped yet. So with one, new or joined, init makes the others itself once it is its root.
 */
export const planNamespaces = (config: ValidConfig, descriptors: Descriptors, {networkNamespace: network, noSetGroups}: Partial<LaunchFacts> = {}): NamespacePlan => {
	const all = config.linux.namespaces ?? [];
	const isJoined = ({type, path}: Namespace): boolean => Boolean(path) || (type === 'network' && network !== undefined);
	const joined = all.filter(namespace => isJoined(namespace));
	const fresh = all.filter(namespace => !isJoined(namespace)).map(namespace => namespace.type);
	const joinsUser = joined.some(namespace => namespace.type === 'user');
	const makesUser = fresh.includes('user');

	let flags = 0n;
	let unshared = 0n;
	for (const type of fresh.filter(type => type !== 'user' && type !== 'cgroup')) {
		const {flag} = namespaces[type];
		// Only a child is in a new time namespace, and the first process of a pid namespace cannot leave it to one
		if (joinsUser || makesUser || flag === CLONE_NEWTIME || (flag === CLONE_NEWPID && fresh.includes('time'))) {
			unshared |= flag;
		} else {
			flags |= flag;
		}
	}

	const join: Step[] = [...joined]
		.sort((a, b) => joinOrder.indexOf(a.type) - joinOrder.indexOf(b.type))
		.map(namespace => ({
			op: 'setns',
			ns: descriptors.add(namespace.path ? {op: 'open', path: namespace.path, flags: 0, mode: 0} : {op: 'duplicate', fd: network!}),
			types: Number(namespaces[namespace.type].flag),
		}));
	if (makesUser) {
		join.push({op: 'unshare', flags: CLONE_NEWUSER}, {op: 'sync', point: wire.sync.mapped});
	}

	// The maps of a process that may not be looked into belong to root. Where nobody could look yet, it is time after them
	const isSeen = !makesUser || joined.length > 0;
	if (!isSeen) {
		join.push({op: 'undumpable'});
	}

	if (joinsUser || makesUser) {
		join.push({op: 'map_root', drop_groups: noSetGroups ? 0 : 1});
	}

	if (unshared !== 0n) {
		join.push({op: 'unshare', flags: unshared});
	}

	join.push(...planClocks(config));
	const joinsPid = joined.some(namespace => namespace.type === 'pid');
	if (joinsPid || (unshared & (CLONE_NEWPID | CLONE_NEWTIME)) !== 0n) {
		join.push({op: 'fork'}); // Only a child is in them
	}

	return {
		flags,
		join,
		isSeen,
		late: fresh.includes('cgroup') ? [{op: 'unshare', flags: CLONE_NEWCGROUP}] : [],
	};
};
