// Where systemd manages cgroups: a scope is there before the container's first process, and gone after its last.
import {controllersIn} from '../cgroups/layout.js';
import {planCgroup, type CgroupPlan, type CgroupRecord} from '../cgroups/plan.js';
import {makeRdt, planRdt} from '../cgroups/rdt.js';
import {resourceProperties} from '../cgroups/unit-properties.js';
import {planUnit, type Systemd} from '../cgroups/systemd.js';
import {CtnError} from '../errors.js';
import {end} from '../native/processes.js';
import type {Resources, ValidConfig} from '../oci/config.js';
import {textOf} from '../native/results.js';
import {wire} from '../plan/wire.gen.js';
import type {Context} from './context.js';
import type {Machine} from './machine.js';

/** A user's systemd has the controllers that were handed down to it, and no others. */
const planContainerUnit = async ({native}: Context, {delegated}: Systemd, {cgroups}: Machine, id: string, config: ValidConfig): Promise<CgroupPlan> => {
	const [devices, controllers] = await native.batch([
		{op: 'read', path: '/proc/devices', max: 1 << 16, okErrno: 'any'},
		...(delegated === undefined ? [] : [{op: 'read', path: `${cgroups.unified ?? ''}${delegated}/cgroup.controllers`, max: 4096, okErrno: 'any'} as const]),
	]);
	const layout = delegated === undefined ? cgroups : {...cgroups, v2Controllers: controllersIn(controllers)};
	return planUnit(layout, id, config, textOf(devices), delegated);
};

/**
 * The plan for a container's cgroup, and class of service; what is asked for in vain is told.
 *
 * @param more Further v1 hierarchies to be in.
 */
export const planContainerCgroup = async (context: Context, machine: Machine, id: string, config: ValidConfig, more: readonly string[] = []): Promise<CgroupPlan> => {
	const plan = context.systemd
		? await planContainerUnit(context, await context.systemd(), machine, id, config)
		: planCgroup(machine.cgroups, id, config.linux.cgroupsPath, config.linux.resources, more);
	for (const warning of plan.warnings) {
		context.warn(`config.json: ${warning}`);
	}

	const {intelRdt} = config.linux;
	return intelRdt === undefined ? plan : {...plan, rdt: await planRdt(context.native, machine.cgroups.resctrl, id, intelRdt)};
};

const connect = async (context: Context): Promise<Systemd> => {
	if (!context.systemd) {
		throw new CtnError('ERR_ARGUMENT', 'the container is in a scope of systemd, and this runtime does not manage cgroups with systemd', {
			subject: 'cgroupDriver', cure: 'make the runtime with cgroupDriver: "systemd"',
		});
	}

	return context.systemd();
};

/** True if there is something to make before the first op of the cgroup. */
export const isPrepared = ({unit, rdt}: CgroupPlan): boolean => unit !== undefined || rdt !== undefined;

/**
 * Makes the class of service, and has systemd keep the scope while `run` puts the container's
 * processes into it.
 *
 * systemd makes a scope around a process that is there, and takes it away when it is empty. That
 * process is a ctn-init of our own that waits for nothing: so the container's can begin in its cgroup.
 */
export const inUnit = async <Result>(context: Context, machine: Machine, {unit, rdt}: CgroupPlan, run: () => Promise<Result>): Promise<Result> => {
	const {native} = context;
	if (rdt !== undefined) {
		await makeRdt(native, rdt);
	}

	if (unit === undefined) {
		return run();
	}

	const systemd = await connect(context);
	const {devNull} = machine;
	const {pid, pidfd, sync} = await native.spawn({flags: 0n, stdio: [devNull, devNull, devNull], fds: [], plan: [{op: 'sync', point: wire.sync.created}]});
	try {
		await systemd.start(unit.name, [...unit.properties, ['PIDs', 'au', [pid]]]); // One that is there is another's
		try {
			return await run();
		} catch (error) {
			await systemd.stop(unit.name);
			throw error;
		}
	} finally {
		native.close(sync); // Which it waits on: it would go by itself
		await end(native, pidfd);
	}
};

/** True if the scope could not be had, so that what is there is not ours to remove. */
export const isUnitFailure = (error: unknown): boolean => error instanceof CtnError && error.code === 'ERR_SYSTEMD';

/** Stops the scope, if there is one: what systemd made goes with it. */
export const stopUnit = async (context: Context, {unit}: CgroupRecord): Promise<void> => {
	if (unit !== undefined) {
		await (await connect(context)).stop(unit);
	}
};

/**
 * Has systemd move a process to where the container is, if only systemd may.
 *
 * @param path Below the container's cgroup.
 */
export const attachToUnit = async (context: Context, {unit, attach}: CgroupRecord, pid: number, path = ''): Promise<void> => {
	if (unit !== undefined && attach) {
		await (await connect(context)).attach(unit, path, [pid]);
	}
};

/** Tells systemd of new limits: it would set the old ones at the next occasion. */
export const updateUnit = async (context: Context, {unit, mode}: CgroupRecord, resources: Resources | undefined): Promise<void> => {
	if (unit !== undefined) {
		await (await connect(context)).set(unit, resourceProperties(mode, resources ?? {}));
	}
};
