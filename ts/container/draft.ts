// What a create is going to do, before anything is done: a value.
import type {CgroupPlan} from '../cgroups/plan.js';
import {joinRdtChildOps} from '../cgroups/rdt.js';
import {buildLaunch} from '../launch/build.js';
import type {Launch, LaunchFacts} from '../launch/launch.js';
import type {HostOp} from '../native/native.js';
import {planNetwork, uniqueName, withMacs, type NetworkPlan} from '../network/plan.js';
import type {ValidConfig} from '../oci/config.js';
import {seccompFilter} from '../seccomp/cache.js';
import {recordVersion, type StateRecord} from '../state/record.js';
import type {StateStore} from '../state/store.js';
import type {CreateRequest} from './create.js';
import {keep} from './kept.js';
import type {Machine} from './machine.js';
import {notifyDirectoryOp, withNotifySocket} from './readiness.js';

export interface Draft {
	readonly plan: CgroupPlan;
	/** Built when it is first asked for. */
	readonly launch: Launch;
	readonly network: NetworkPlan;
	readonly record: StateRecord;
}

/** @param found What the record has besides. */
export const draftOf = (store: StateStore, request: CreateRequest, machine: Machine, plan: CgroupPlan, facts: Partial<LaunchFacts>, found: Pick<StateRecord, 'created' | 'hostMounts'>): Draft => {
	const {id, bundle, config, stdio, cni, routes, noNewKeyring, notifySocket} = request;
	const networks = withMacs(request.networks ?? []);
	const network = planNetwork(id, config, networks, routes ?? [], uniqueName);
	const stateDirectory = store.directory(id);
	const build = (): Launch => keep(buildLaunch(notifySocket === undefined ? config : withNotifySocket(config, stateDirectory), {
		id,
		bundle,
		stateDirectory,
		cgroup: plan.record,
		tasks: plan.tasks,
		capabilities: machine.capabilities,
		seccomp: config.linux.seccomp && seccompFilter(config.linux.seccomp, {arch: machine.arch}),
		nulls: stdio.nulls,
		noNewKeyring,
		kcore: machine.kcore,
		nested: machine.nested,
		network: !network.isEmpty || cni !== undefined,
		runs: request.runs ?? false,
		...facts,
	}), request.kept);
	const record: StateRecord = {
		version: recordVersion,
		id,
		bundle,
		created: found.created,
		pid: 0,
		startTime: 0,
		cgroup: plan.record,
		stdio: [],
		restored: false,
		...(plan.rdt && {rdt: plan.rdt.record}),
		...(network.links.length > 0 && {links: network.links, networks}),
		...(routes && routes.length > 0 && {routes}),
		...(cni && {cni}),
		...(found.hostMounts && {hostMounts: found.hostMounts}),
		...(noNewKeyring && {noNewKeyring: true}),
		...(notifySocket !== undefined && {notifySocket}),
		...(facts.noSetGroups && {noSetGroups: true}),
	};
	let built: Launch | undefined;
	return {
		plan,
		network,
		record,
		get launch() {
			built ??= build();
			return built;
		},
	};
};

/** If config.json is another by now nothing is done; then the state, so that whatever comes after can be found. */
export const saveOps = (store: StateStore, {id, config, bundle, notifySocket, recalled}: CreateRequest, record: StateRecord): HostOp[] => [
	...(recalled === undefined ? [] : [{op: 'same', path: `${bundle}/config.json`, data: recalled} as const]),
	...store.createOps(record, config),
	...(notifySocket === undefined ? [] : [notifyDirectoryOp(store.directory(id))]),
];

/** The cgroup: what there has to be before anything that init is given is opened. */
export const cgroupOps = ({plan}: Draft): HostOp[] => [...plan.create, ...plan.limits];

export const oomOps = (config: ValidConfig): HostOp[] =>
	config.process.oomScoreAdj === undefined
		? []
		: [{op: 'child_write', path_parts: ['/proc/', '/oom_score_adj'], text_parts: [String(config.process.oomScoreAdj)], flags: 0, mode: 0}];

/** init is let go only when its pid is saved: were we killed before, it would end with our socket. */
export const createdOps = (store: StateStore, {config}: CreateRequest, {uid}: Machine, record: StateRecord): HostOp[] => [
	...(uid === 0 ? oomOps(config) : []),
	...joinRdtChildOps(record.rdt),
	...store.saveChildOps(record),
	{op: 'child_go'},
];
