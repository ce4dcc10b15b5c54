// restore: the state and the cgroup of create, the processes of a checkpoint.
import {Cgroup} from '../cgroups/cgroup.js';
import {explainCgroup} from '../cgroups/explain.js';
import type {CgroupPlan} from '../cgroups/plan.js';
import {joinRdtOps, removeRdtOps} from '../cgroups/rdt.js';
import type {VethPair} from '../criu/opts.js';
import {CtnError, isErrno} from '../errors.js';
import type {Manifest} from '../checkpoint/manifest.js';
import type {RestoreCriuOptions} from '../checkpoint/restore.js';
import type {RestoreStats} from '../images/stats.js';
import {parseProcessStat} from '../linux/proc.js';
import {decodeUtf8} from '../linux/utf8.js';
import type {Fd, Native} from '../native/native.js';
import {textOf} from '../native/results.js';
import type {LazyPages} from '../pager/pager.js';
import {CniNetworks} from '../network/cni.js';
import {parseObject, withAddresses, type CniRecord} from '../network/cni-plan.js';
import {checkNetworks, fail, type Network, type Route} from '../network/networks.js';
import {planNetwork, removeLinksOps, uniqueName, withMacs, type NetworkPlan} from '../network/plan.js';
import type {ValidConfig} from '../oci/config.js';
import {recordVersion, type StateRecord} from '../state/record.js';
import {existsError} from '../state/store.js';
import type {Context} from './context.js';
import {runCreateHooks, runPoststop} from './hooks.js';
import {notifyDirectoryOp, withNotifySocket} from './readiness.js';
import type {Stdio} from './stdio.js';
import {inUnit, isUnitFailure, planContainerCgroup} from './unit.js';

export interface RestoreContainerRequest {
	readonly id: string;
	readonly bundle: string;
	readonly imagesDir: string;
	readonly config: ValidConfig;
	readonly stdio: Stdio;
	readonly options: RestoreCriuOptions;
	readonly notifySocket?: string | undefined;
	readonly emit: (event: RestoreEvent) => void;
	/** It is all there and stands still: the last moment to throw. Default: it runs at once. */
	readonly beforeRun?: (() => Promise<void>) | undefined;
	/** In place of those of the checkpoint. */
	readonly networks?: readonly Network[] | undefined;
	readonly routes?: readonly Route[] | undefined;
	readonly cni?: CniRecord | undefined;
	/** Other ones than those of the checkpoint, of networks of `cni`. */
	readonly newAddresses?: boolean | undefined;
}

/**
 * `checked`: images and machine fit; `namespaces`: they are made, and empty; `restored`: all processes are there, and
 * stopped; `running`: they run.
 */
export type RestoreStage = 'checked' | 'namespaces' | 'restored' | 'running';

export interface RestoreEvent {
	readonly stage: RestoreStage;
	/** Milliseconds since the restore began. */
	readonly elapsedMs: number;
	/** CRIU's own figures, with `running`. */
	readonly stats?: RestoreStats | undefined;
}

export interface RestoredRecord {
	readonly record: StateRecord;
	readonly pidfd: Fd;
	readonly terminal: Fd | undefined;
	/** Memory that is still on its way. */
	readonly lazyPages: LazyPages | undefined;
}

type Reach = (stage: RestoreStage, stats?: RestoreStats) => void;

/** The place at which the root filesystem is mounted, in CRIU's mount namespace only. */
const rootName = 'root';

const firstRecord = ({id, bundle, notifySocket, networks = [], routes = [], cni}: RestoreContainerRequest, cgroup: CgroupPlan, network: NetworkPlan): StateRecord => ({
	version: recordVersion,
	id,
	bundle,
	created: new Date().toISOString(),
	pid: 0,
	startTime: 0,
	cgroup: cgroup.record,
	stdio: [],
	restored: true,
	...(cgroup.rdt && {rdt: cgroup.rdt.record}),
	...(notifySocket !== undefined && {notifySocket}),
	...(network.links.length > 0 && {links: network.links, networks}),
	...(routes.length > 0 && {routes}),
	...(cni && {cni}),
});

/** The network is not CRIU's to fill, so it is not told the names of host ends: the devices are made with them. */
const withVeths = (networks: readonly Network[], veths: readonly VethPair[] = []): Network[] => {
	if (!Array.isArray(veths) || veths.some((pair: Partial<VethPair> | null) => typeof pair?.ifIn !== 'string' || typeof pair.ifOut !== 'string')) {
		fail('veths', 'pairs of ifIn and ifOut', veths);
	}

	const pairs = new Map(veths.map(({ifIn, ifOut}) => [ifIn, ifOut.split('@')]));
	const names = networks.filter(({type}) => type === 'veth').map(({name = 'eth0'}) => name);
	const unknown = [...pairs.keys()].find(ifIn => !names.includes(ifIn));
	if (unknown !== undefined) {
		throw new CtnError('ERR_ARGUMENT', `veths: the container has no device ${unknown}`, {subject: 'veths', cure: 'give restore its devices as networks'});
	}

	return networks.map(network => {
		const [hostName, bridge] = pairs.get(network.type === 'veth' ? network.name ?? 'eth0' : '') ?? [];
		return {...network, ...(hostName !== undefined && {hostName}), ...(bridge !== undefined && {bridge})};
	});
};

/** Nothing of the network that the checkpoint had is wanted. */
const isToBeEmpty = ({options: {emptyNs = []}}: RestoreContainerRequest): boolean => {
	if (!Array.isArray(emptyNs) || emptyNs.some((type: unknown) => type !== 'network')) {
		fail('emptyNs', "['network']", emptyNs);
	}

	return emptyNs.length > 0;
};

/** Devices and routes: what is asked for now, otherwise what the checkpoint had. */
const withNetwork = (request: RestoreContainerRequest, manifest: Manifest): RestoreContainerRequest => {
	const before: Pick<Manifest, 'networks' | 'routes'> = isToBeEmpty(request) ? {} : manifest;
	const networks = withMacs(withVeths(request.networks ?? before.networks ?? [], request.options.veths));
	const routes = request.routes ?? before.routes ?? [];
	checkNetworks(networks, routes);
	return {...request, networks, routes};
};

/** The addresses of the checkpoint for the networks that the caller names: which these are, images do not decide. */
const withCni = async (native: Native, request: RestoreContainerRequest, {cni: names = []}: Manifest): Promise<RestoreContainerRequest> => {
	const {cni, imagesDir, newAddresses} = request;
	if (!cni && names.length > 0 && !isToBeEmpty(request)) {
		throw new CtnError('ERR_ARGUMENT', `the container was in networks of CNI: ${names.join(', ')}`, {subject: 'cni', cure: 'give restore the option cni as create was given it, or set emptyNs to go without'});
	}

	if (!cni || newAddresses) {
		return request;
	}

	const [status] = await native.batch([{op: 'read', path: `${imagesDir}/network.status`, max: 1 << 20, okErrno: 'ENOENT'}]);
	return {...request, cni: withAddresses(cni, parseObject(textOf(status)))};
};

/** A plugin's failure is not CRIU's, which only hears of it. */
const ownReason = (error: unknown): unknown =>
	error instanceof CtnError && error.cause instanceof CtnError && error.cause.code === 'ERR_CNI' ? error.cause : error;

const restoreInto = async (context: Context, request: RestoreContainerRequest, manifest: Manifest, cgroup: CgroupPlan, network: NetworkPlan, cni: CniNetworks | undefined, first: StateRecord, reach: Reach): Promise<RestoredRecord> => {
	const {native, store} = context;
	const {id, bundle, imagesDir, config, stdio, options, notifySocket} = request;
	const {restoreProcesses} = await import('../checkpoint/restore.js');
	const stateDirectory = store.directory(id);
	const rootDirectory = `${stateDirectory}/${rootName}`;
	let record = first;
	await native.batch([{op: 'mkdir', path: rootDirectory, mode: 0o755}, ...(notifySocket === undefined ? [] : [notifyDirectoryOp(stateDirectory)])]);
	const {pidfd, terminal, lazyPages} = await restoreProcesses(context, {
		bundle, config: notifySocket === undefined ? config : withNotifySocket(config, stateDirectory), imagesDir, manifest, cgroup, rootDirectory, stdio: stdio.child, options,
		lazyDirectory: `${stateDirectory}/lazy`,
		async onNamespaces(pid) {
			reach('namespaces');
			await native.batch(network.quietOps(`/proc/${pid}/ns/net`));
			await cni?.attach(pid);
			await runCreateHooks(native, {id, bundle, config, devNull: (await context.machine()).devNull, pid});
		},
		async onReady(pid) {
			const [input, output, error] = stdio.child;
			const [stat, given] = await native.batch([{op: 'read', path: `/proc/${pid}/stat`, max: 4096}, {op: 'stdio', input, output, error}]);
			record = {...first, ...(cni && {cni: cni.record}), pid, stdio: JSON.parse(textOf(given)) as StateRecord['stdio'], startTime: parseProcessStat(decodeUtf8(stat as Uint8Array))?.startTime ?? 0};
			await native.batch([...joinRdtOps(record.rdt, pid), ...store.saveOps(record), ...network.raiseOps()]);
			reach('restored');
			await request.beforeRun?.();
		},
	});
	await native.batch([{op: 'rmdir', path: rootDirectory}]);
	const {readRestoreStats} = await import('../checkpoint/stats.js');
	reach('running', await readRestoreStats(native, options.workDir ?? imagesDir));
	return {record, pidfd, terminal, lazyPages};
};

/** Makes the cgroup; one that somebody left empty is made anew. */
const makeCgroup = async (native: Native, cgroup: Cgroup, plan: CgroupPlan): Promise<void> => {
	try {
		await native.batch([...plan.create, ...plan.limits]);
	} catch (error) {
		if (!isErrno(error, 'EEXIST') || !cgroup.directories.includes(error.subject ?? '')) {
			throw error;
		}

		await cgroup.refuseUsed();
		await cgroup.remove();
		await native.batch([...plan.create, ...plan.limits]);
	}
};

/**
 * Restores a container. When it fails, nothing of it is left.
 *
 * @throws CtnError as Runtime.restore() says.
 */
export const restoreContainer = async (context: Context, given: RestoreContainerRequest): Promise<RestoredRecord> => {
	const {native, store} = context;
	const {id, config, stdio, emit} = given;
	const begun = Date.now();
	const reach: Reach = (stage, stats) => emit({stage, elapsedMs: Date.now() - begun, stats});
	try {
		const machine = await context.machine();
		const {refuseUnfit} = await import('../checkpoint/fits.js');
		const {completeManifest, isForeign} = await import('../checkpoint/foreign-images.js');
		const {readManifest} = await import('../checkpoint/manifest.js');
		const manifest = await completeManifest(native, given.imagesDir, await readManifest(native, given.imagesDir), config);
		const request = await withCni(native, withNetwork(given, manifest), manifest);
		const network = planNetwork(id, config, request.networks ?? [], request.routes ?? [], uniqueName);
		// Others give a container a cgroup in every hierarchy, and show it there
		const plan = await planContainerCgroup(context, machine, id, config, isForeign(manifest) ? Object.keys(machine.cgroups.v1) : []);
		await refuseUnfit(context, {...request, manifest, cgroup: plan.record});
		reach('checked');
		const cgroup = new Cgroup(native, plan.record);
		const record = firstRecord(request, plan, network);
		const cni = request.cni && new CniNetworks(native, id, store.directory(id), request.cni);
		try {
			await native.batch(store.createOps(record, config));
		} catch (error) {
			throw existsError(error, id, store.directory(id));
		}

		try {
			return await inUnit(context, machine, plan, async () => {
				await makeCgroup(native, cgroup, plan);
				return restoreInto(context, request, manifest, plan, network, cni, record, reach);
			});
		} catch (error) {
			const reason = await explainCgroup(native, error, plan);
			const isOthers = isUnitFailure(error) || (error instanceof CtnError && error.code === 'ERR_CGROUP_LAYOUT' && error.subject === plan.record.path);
			if (!isOthers) {
				await cgroup.kill();
				await cgroup.remove();
			}

			await cni?.detach({force: true}).catch(() => {});
			await native.batch([...removeLinksOps(network.links), ...removeRdtOps(record.rdt), ...store.removeOps(id)]);
			await runPoststop(native, {id, bundle: request.bundle, config, devNull: machine.devNull}).catch(() => {}); // The first failure is the one to tell
			throw ownReason(reason);
		}
	} catch (error) {
		stdio.destroy();
		throw error;
	} finally {
		stdio.closeChildEnds();
	}
};
