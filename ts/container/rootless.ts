// What is different for a user without privileges: the maps, and a container without a cgroup.
import type {CgroupPlan} from '../cgroups/plan.js';
import {CtnError, isErrno} from '../errors.js';
import {mapText} from '../launch/bind.js';
import {O_WRONLY} from '../linux/constants.js';
import {programDirectories} from '../linux/search-path.js';
import {encodeUtf8} from '../linux/utf8.js';
import type {Fd, HostOp, Native} from '../native/native.js';
import {runToEnd} from '../native/processes.js';
import type {IdMapping, ValidConfig} from '../oci/config.js';
import type {Machine} from './machine.js';

const isOwn = (mappings: readonly IdMapping[] = [], id: number): boolean =>
	mappings.length === 1 && mappings[0]!.size === 1 && mappings[0]!.hostID === id;

/** user_namespaces(7): the one mapping that needs no privilege, to be written without setgroups(2). */
export const mapsOnlyItself = ({uid, gid}: Machine, {linux}: ValidConfig): boolean =>
	isOwn(linux.uidMappings, uid) && isOwn(linux.gidMappings, gid);

/** newuidmap(1), newgidmap(1): set-uid programs that know which ids a user was given (subuid(5)). */
const runHelper = async (native: Native, name: string, pid: number, mappings: readonly IdMapping[], devNull: Fd): Promise<void> => {
	const ids = mappings.flatMap(({containerID, hostID, size}) => [containerID, hostID, size].map(String));
	const {failure, exit} = await runToEnd(native, {
		flags: 0n,
		stdio: [devNull, devNull, devNull],
		fds: [],
		plan: [
			{op: 'find_program', name, path: programDirectories},
			{op: 'exec', argv: [name, String(pid), ...ids], envp: [], skip_fds: 0, keep_fds: 0},
		],
	});
	if (failure) {
		throw new CtnError('ERR_CONFIG_INVALID', `config.json: linux.${name === 'newuidmap' ? 'uid' : 'gid'}Mappings needs ${name}: ${failure.errno}`, {
			errno: failure.errno, subject: `linux.${name === 'newuidmap' ? 'uid' : 'gid'}Mappings`, cure: 'install the package uidmap',
		});
	}

	if (exit.code !== 0) {
		const file = name === 'newuidmap' ? 'subuid' : 'subgid';
		throw new CtnError('ERR_CONFIG_INVALID', `config.json: ${name} refused linux.${file.slice(3)}Mappings`, {
			subject: `linux.${file.slice(3)}Mappings`, cure: `/etc/${file} says which ids this user has`,
		});
	}
};

/** Gives a user namespace its maps, as far as this user may. */
export const mapRootless = async (native: Native, pid: number, config: ValidConfig, machine: Machine): Promise<void> => {
	const {uidMappings = [], gidMappings = []} = config.linux;
	if (!mapsOnlyItself(machine, config)) {
		await runHelper(native, 'newuidmap', pid, uidMappings, machine.devNull);
		await runHelper(native, 'newgidmap', pid, gidMappings, machine.devNull);
		return;
	}

	const write = (file: string, text: string): HostOp => ({op: 'write', path: `/proc/${pid}/${file}`, data: encodeUtf8(text), flags: 0, mode: 0});
	await native.batch([write('setgroups', 'deny'), write('uid_map', mapText(uidMappings)), write('gid_map', mapText(gidMappings))]);
};

const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('/'));

/** A cgroup can be made where this user may move a process to: below one that was delegated. */
const mayMake = async (native: Native, {record}: CgroupPlan): Promise<boolean> => {
	const parents = [...Object.values(record.v1), ...(record.unified === undefined ? [] : [record.unified])].map(path => parentOf(path));
	const opened = await native.batch(parents.map(path => ({op: 'open', path: `${path}/cgroup.procs`, flags: O_WRONLY, mode: 0, okErrno: 'any'})));
	const fds = opened.filter((fd): fd is Fd => typeof fd === 'number' && fd >= 0);
	fds.forEach(fd => native.close(fd));
	return fds.length === parents.length;
};

/**
 * The plan, or one for no cgroup at all, if this user may make none and needs none.
 *
 * @throws CtnError `ERR_CGROUP_LAYOUT` if config.json has limits.
 */
export const affordableCgroup = async (native: Native, plan: CgroupPlan, config: ValidConfig): Promise<CgroupPlan> => {
	if (await mayMake(native, plan)) {
		return {...plan, limits: plan.limits.filter(({op}) => op !== 'devices')}; // bpf(2) is root's
	}

	// Devices cannot be made in a user namespace in the first place
	const limit = Object.entries(config.linux.resources ?? {}).find(([key, value]) => key !== 'devices' && Object.keys(value as object).length > 0);
	if (limit) {
		throw new CtnError('ERR_CGROUP_LAYOUT', `config.json: linux.resources.${limit[0]} needs a cgroup, and this user may make none`, {
			subject: `linux.resources.${limit[0]}`, cure: 'run where a cgroup is delegated to the user, or leave the limits out',
		});
	}

	return {...plan, record: {...plan.record, v1: {}, unified: undefined}, create: [], limits: [], tasks: []};
};

/** A limit that only root may raise, in words. */
export const rootlessError = (error: unknown): unknown => error instanceof CtnError && error.syscall === 'prlimit' && isErrno(error, 'EPERM')
	? new CtnError('ERR_CONFIG_INVALID', 'config.json: process.rlimits was refused: EPERM', {cause: error, errno: 'EPERM', subject: 'process.rlimits', cure: 'ask for no more than this process has'})
	: error;
