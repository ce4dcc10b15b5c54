// What the images of a container may have is what its config.json lets it have. CRIU does what they say: namespaces of
// the host, mounts of any kind, ids and capabilities; and whoever wrote them may be an attacker.
//
// Not compared: what a seccomp filter says, profiles of AppArmor and SELinux (lsmProfile sets one), and what programs do.
import type {CoreEntry, TaskKobjIdsEntry, UsernsEntry} from '../images/images.gen.js';
import {readRecord, readRecords} from '../images/records.js';
import {isNewNamespace} from '../launch/namespaces.js';
import {capabilitySet} from '../linux/capabilities.js';
import type {HostOp, Native} from '../native/native.js';
import type {IdMapping, NamespaceType, ValidConfig} from '../oci/config.js';
import {filesOf} from './directory.js';
import {beyond, refuseForeignMounts} from './within-mounts.js';

interface Images {
	readonly imagesDir: string;
	readonly config: ValidConfig;
	readonly bundle: string;
}

const namespaceIds: ReadonlyArray<readonly [NamespaceType, keyof TaskKobjIdsEntry]> = [
	['pid', 'pid_ns_id'], ['network', 'net_ns_id'], ['ipc', 'ipc_ns_id'], ['uts', 'uts_ns_id'], ['mount', 'mnt_ns_id'], ['user', 'user_ns_id'], ['cgroup', 'cgroup_ns_id'],
];

/** Whose id is that of the CRIU that dumped it gets that of the CRIU that restores it, which is ours. */
const refuseHostNamespaces = (config: ValidConfig, host: TaskKobjIdsEntry | undefined, of: ReadonlyMap<string, TaskKobjIdsEntry>): void => {
	for (const [type, field] of namespaceIds.filter(([type]) => isNewNamespace(config, type))) {
		for (const [name, ids] of of) {
			if (!host?.[field] || !ids[field] || ids[field] === host[field]) {
				throw beyond(`the ${type} namespace of the host for process ${name}`, type);
			}
		}
	}
};

const mapText = (mappings: readonly IdMapping[] = []): string =>
	mappings.map(({containerID, hostID, size}) => [containerID, hostID, size].join(' ')).sort().join(', ');

const refuseOtherIds = ({linux: {uidMappings, gidMappings}}: ValidConfig, maps: readonly UsernsEntry[]): void => {
	for (const {uid_map: uids, gid_map: gids} of maps) {
		for (const [kind, now, wanted] of [['uids', uids, uidMappings], ['gids', gids, gidMappings]] as const) {
			const text = mapText(now.map(({first, lower_first: hostID, count}) => ({containerID: first, hostID, size: count})));
			if (text !== mapText(wanted)) {
				throw beyond(`the ${kind} ${text} of the host`, `${kind} of the user namespace`);
			}
		}
	}
};

const maskOf = ([low = 0, high = 0]: readonly number[]): bigint => (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);

const refuseMorePower = ({process, linux}: ValidConfig, name: string, {thread_core: thread}: CoreEntry): void => {
	const {creds} = thread ?? {};
	const given = process.capabilities && Object.values(process.capabilities).reduce<bigint>((mask, names: readonly string[] = []) => mask | capabilitySet(names).mask, 0n);
	const has = [creds?.cap_bnd, creds?.cap_prm, creds?.cap_eff, creds?.cap_inh, creds?.cap_amb].reduce<bigint>((mask, words = []) => mask | maskOf(words), 0n);
	if (given !== undefined && (has & ~given) !== 0n) {
		throw beyond(`the capabilities 0x${(has & ~given).toString(16)} for thread ${name}`, 'capabilities');
	}

	if (process.noNewPrivileges && !creds?.no_new_privs) {
		throw beyond(`thread ${name} to gain privileges`, 'noNewPrivileges');
	}

	const {seccomp} = linux;
	if (seccomp && (seccomp.syscalls?.length || seccomp.defaultAction !== 'SCMP_ACT_ALLOW') && thread?.seccomp_mode !== 'filter') {
		throw beyond(`thread ${name} without a seccomp filter`, 'seccomp');
	}
};

/**
 * Refuses images that want more than config.json gives.
 *
 * @throws CtnError `ERR_CHECKPOINT_IMAGES`
 */
export const refuseBeyondConfig = async (native: Native, {imagesDir, config, bundle}: Images): Promise<void> => {
	const names = (await filesOf(native, imagesDir)).map(path => path.slice(imagesDir.length + 1)).filter(name => /^(?:inventory|pstree|(?:ids|core|userns|mountpoints)-\d+)\.img$/.test(name));
	const contents = await native.batch(names.map((name): HostOp => ({op: 'read', path: `${imagesDir}/${name}`, max: 1 << 26})));
	const images = new Map(names.map((name, index) => [name, contents[index] as Uint8Array]));
	const ofKind = (kind: string): Array<readonly [string, Uint8Array]> =>
		[...images].flatMap(([name, bytes]) => name.startsWith(`${kind}-`) ? [[name.slice(kind.length + 1, -'.img'.length), bytes] as const] : []);
	const root = readRecords('pstree', images.get('pstree.img') ?? new Uint8Array()).find(({ppid}) => ppid === 0)?.pid;
	const ids = new Map(ofKind('ids').map(([pid, bytes]) => [pid, readRecord('ids', bytes)]));
	if (!ids.has(String(root))) {
		throw beyond('the namespaces of the host', 'namespaces'); // CRIU takes ours for who has none
	}

	refuseHostNamespaces(config, readRecord('inventory', images.get('inventory.img') ?? new Uint8Array()).root_ids, ids);
	refuseOtherIds(config, ofKind('userns').map(([, bytes]) => readRecord('userns', bytes)));
	for (const [tid, bytes] of ofKind('core')) {
		const core = readRecord('core', bytes);
		if (core.thread_core) { // Else it is a zombie
			refuseMorePower(config, tid, core);
		}
	}

	const ownId = String(ids.get(String(root))!.mnt_ns_id);
	const [own, nested] = [true, false].map(isOwn => ofKind('mountpoints').filter(([id]) => (id === ownId) === isOwn).map(([, bytes]) => readRecords('mnts', bytes)));
	await refuseForeignMounts(native, config, bundle, [own!.flat(), ...nested!]);
};
