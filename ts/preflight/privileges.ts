// What this process itself may do.
import {capabilityNames, capabilitySet, type Capability} from '../linux/capabilities.js';
import type {MachineFacts} from './look.js';
import type {Finding} from './report.js';

/** What takes each capability. Without one of these some container, or its checkpoint, fails half-way. */
const uses: ReadonlyArray<readonly [capability: Capability, use: string]> = [
	['CAP_CHOWN', 'giving stdio and devices to the user of the container'],
	['CAP_DAC_OVERRIDE', 'making mount points in directories of other users'],
	['CAP_KILL', 'signals to processes of other users'],
	['CAP_MKNOD', 'device nodes'],
	['CAP_NET_ADMIN', 'the loopback device'],
	['CAP_SETGID', 'becoming the group of the container'],
	['CAP_SETPCAP', 'dropping capabilities'],
	['CAP_SETUID', 'becoming the user of the container'],
	['CAP_SYS_ADMIN', 'namespaces and mounts'],
	['CAP_SYS_PTRACE', 'exec in containers of other users, and checkpoints'],
];

const root = ({status}: MachineFacts): Finding => {
	const uid = status.uids[1] ?? -1;
	return {
		name: 'user',
		level: 'required',
		ok: uid === 0,
		value: uid === 0 ? 'root' : `uid ${uid}`,
		missing: 'ctnative makes mounts, devices and cgroups as root; it has no rootless mode yet',
		cure: 'run as root',
	};
};

const capabilities = ({status}: MachineFacts): Finding => {
	const has = new Set(capabilityNames(status.capabilities.effective));
	const absent = uses.filter(([capability]) => !has.has(capability));
	return {
		name: 'capabilities',
		level: 'required',
		ok: absent.length === 0,
		value: absent.length === 0 ? 'all that are needed' : `without ${absent.map(([capability]) => capability).join(', ')}`,
		missing: `they are needed for ${absent.map(([, use]) => use).join('; ')}`,
		cure: 'run as root, and where this process itself is in a container, give it these capabilities',
	};
};

/** True if this process may raise hard limits, its own and those of others. */
export const hasSysResource = ({status}: MachineFacts): boolean =>
	(status.capabilities.effective & capabilitySet(['CAP_SYS_RESOURCE']).mask) !== 0n;

const sysResource = (facts: MachineFacts): Finding => ({
	name: 'CAP_SYS_RESOURCE',
	level: 'recommended',
	ok: hasSysResource(facts),
	value: hasSysResource(facts) ? 'yes' : 'withheld from this process',
	missing: 'process.rlimits cannot raise a hard limit, process.oomScoreAdj cannot be lower than that of this process, and a container whose processes are not uid 0 cannot be checkpointed unless it has a user namespace',
	cure: 'give containers a user namespace (linux.uidMappings 0 to 0 is enough) where they are to be checkpointed, or give this process the capability',
});

const ownFilter = ({status}: MachineFacts): Finding => ({
	name: 'own seccomp filter',
	level: 'recommended',
	ok: status.seccomp === 0,
	value: status.seccomp === 0 ? 'none' : 'this process runs under one',
	missing: 'the kernel does not let CRIU read the filters of other processes, so containers with linux.seccomp cannot be checkpointed',
	cure: 'run Node outside of the container or sandbox that it is in, or turn its seccomp profile off',
});

export const privilegeFindings = (facts: MachineFacts): Finding[] => [root(facts), capabilities(facts), sysResource(facts), ownFilter(facts)];
