// What CRIU would refuse in the middle, or lose without a word, refused before anything is touched.
import type {CriuOpts} from '../criu/opts.js';
import {CtnError} from '../errors.js';
import {hasNamespace, isNewNamespace} from '../launch/namespaces.js';
import {capabilitySet} from '../linux/capabilities.js';
import type {ValidConfig} from '../oci/config.js';
import type {SavedContainer} from '../state/record.js';
import type {ContainerFacts, ProcessFacts} from './look.js';

const sysResource = capabilitySet(['CAP_SYS_RESOURCE']).mask;

/** Interfaces that the kernel puts into every new network namespace. */
const ownInterfaces = /^(lo|sit0|tunl0|ip6tnl0|gre0|gretap0|erspan0|ip_vti0|ip6_vti0|ip6gre0)$/;

/** Network devices besides those that every namespace has. */
export const devicesOf = ({interfaces}: ContainerFacts): string[] => interfaces.filter(name => !ownInterfaces.test(name));

/** Hooks that are given the namespaces, at restore, too: engines make the network by them, and do it again. */
const hasNetworkHooks = ({hooks}: ValidConfig): boolean => [hooks?.prestart, hooks?.createRuntime].some(list => list !== undefined && list.length > 0);

/** Processes that came by exec: not below init, so that CRIU does not find them. */
const strangers = (processes: readonly ProcessFacts[], init: number): ProcessFacts[] => {
	const parents = new Map(processes.map(({pid, parent}) => [pid, parent]));
	const isBelow = (pid: number | undefined): boolean => pid !== undefined && (pid === init || isBelow(parents.get(pid)));
	return processes.filter(({pid}) => !isBelow(pid));
};

/**
 * @throws CtnError `ERR_CHECKPOINT_UNSUPPORTED`
 */
export const refuseUndumpable = ({record, config}: SavedContainer, facts: ContainerFacts, {emptyNs = []}: Pick<CriuOpts, 'emptyNs'>): void => {
	const {id, pid: init} = record;
	const refuse = (why: string, cure: string): never => {
		throw new CtnError('ERR_CHECKPOINT_UNSUPPORTED', `container ${id} cannot be checkpointed: ${why}`, {subject: id, cure});
	};

	if (!hasNamespace(config, 'pid')) {
		refuse('it has no pid namespace, and its pids may be taken at restore', 'give it one in config.json');
	}

	if (!hasNamespace(config, 'mount')) {
		refuse('it has no mount namespace: its root is a directory that CRIU does not take for one', 'give it one in config.json');
	}

	const lost = strangers(facts.processes, init);
	if (lost.length > 0) {
		refuse(`${lost.length} process(es) of exec would be lost: ${lost.map(({pid, comm}) => `${pid} (${comm})`).join(', ')}`, 'end them first');
	}

	const remade = [
		...(record.networks ?? []).map(({name = 'eth0'}) => name),
		...(record.cni?.attachments ?? []).flatMap(({result}) => result?.interfaces ?? []).filter(({sandbox}) => sandbox).map(({name}) => name),
	];
	const interfaces = devicesOf(facts).filter(name => !remade.includes(name));
	if (isNewNamespace(config, 'network') && !hasNetworkHooks(config) && !emptyNs.includes('network') && interfaces.length > 0) {
		refuse(`its network interfaces would be lost: ${interfaces.join(', ')}`, 'give them to create as networks or cni, or make the network namespace yourself and name it in config.json by path; emptyNs leaves them behind');
	}

	const foreign = facts.processes.find(({uids, gids}) => [...uids.slice(0, 3), ...gids.slice(0, 3)].some(id => id !== 0));
	if ((facts.capabilities & sysResource) === 0n && foreign && !hasNamespace(config, 'user')) {
		refuse(`process ${foreign.pid} runs as uid ${foreign.uids[0]!} and gid ${foreign.gids[0]!}, and without CAP_SYS_RESOURCE CRIU cannot read its limits`, 'give the container a user namespace: linux.uidMappings and gidMappings 0 to 0 of size 65536 are enough');
	}
};
