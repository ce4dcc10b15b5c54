// Configs that between them use everything of launch/, and the launches made of them.
import type {CgroupLayout} from '../../ts/cgroups/layout.js';
import {planCgroup} from '../../ts/cgroups/plan.js';
import {buildLaunch} from '../../ts/launch/build.js';
import type {Launch, LaunchFacts} from '../../ts/launch/launch.js';
import type {ValidConfig} from '../../ts/oci/config.js';
import {validateConfig} from '../../ts/oci/validate/index.js';
import {compileSeccomp} from '../../ts/seccomp/compile.js';
import {runcSpec, type Spec} from '../support/runc-spec.js';
import {moreCases} from './more-cases.js';

const bundle = '/bundle';

const under = (root: string, names: readonly string[]): Record<string, string> =>
	Object.fromEntries(names.flatMap(name => name.split(',').map(controller => [controller, `${root}/${name}`])));

const v1 = under('/sys/fs/cgroup', ['memory', 'cpu,cpuacct', 'cpuset', 'pids', 'devices', 'freezer']);

const layout = (mode: CgroupLayout['mode'], controllers: CgroupLayout['v1'], unified?: string, v2Controllers: readonly string[] = []): CgroupLayout =>
	({mode, v1: controllers, unified, v2Controllers} as unknown as CgroupLayout); // What is left out plays no part in a launch

export const layouts: Readonly<Record<CgroupLayout['mode'], CgroupLayout>> = {
	v1: layout('v1', v1),
	hybrid: layout('hybrid', v1, '/sys/fs/cgroup/unified'),
	v2: layout('v2', {}, '/sys/fs/cgroup', ['cpu', 'cpuset', 'memory', 'pids']),
};

export interface Case {
	/** The config to begin with: what `runc spec` writes, or of it what every container has. Default: small. */
	readonly base?: 'small' | 'runc';
	/** Changes it. A terminal is something a case asks for. */
	readonly edit?: (config: Spec) => void;
	/** Default: hybrid. */
	readonly cgroups?: CgroupLayout['mode'];
	readonly facts?: Partial<LaunchFacts>;
}

/** The caller's capabilities: all that Linux 6.1 has. */
const allCapabilities = 0x1ff_ffff_ffffn;

const configOf = ({base, edit}: Case): ValidConfig => {
	const spec = runcSpec();
	spec.process.terminal = false;
	if (base !== 'runc') {
		spec.mounts = [];
		delete spec.linux.maskedPaths;
		delete spec.linux.readonlyPaths;
		delete spec.process.rlimits;
		delete spec.process.capabilities!.ambient;
	}

	edit?.(spec);
	return validateConfig(JSON.parse(JSON.stringify(spec)), {bundle});
};

export const launchOf = (given: Case): Launch => {
	const config = configOf(given);
	const cgroup = planCgroup(layouts[given.cgroups ?? 'hybrid'], 'web', config.linux.cgroupsPath, config.linux.resources);
	return buildLaunch(config, {
		id: 'web',
		bundle,
		stateDirectory: '/run/ctnative/web',
		cgroup: cgroup.record,
		tasks: cgroup.tasks,
		capabilities: allCapabilities,
		seccomp: config.linux.seccomp && compileSeccomp(config.linux.seccomp, {arch: 'x64'}),
		nulls: {mask: 0, ifNull: 0},
		...given.facts,
	});
};

const inUserNamespace = (config: Spec): void => {
	config.linux.namespaces!.push({type: 'user'});
	config.linux.uidMappings = [{containerID: 0, hostID: 100_000, size: 65_536}];
	config.linux.gidMappings = [{containerID: 0, hostID: 100_000, size: 65_536}];
};

const withCgroups = (config: Spec): void => {
	config.mounts.push(runcSpec().mounts.at(-1)!);
};

const withCgroupNamespace = (config: Spec): void => {
	withCgroups(config);
	config.linux.namespaces!.push({type: 'cgroup'});
};

const withSeccomp = (config: Spec): void => {
	config.linux.seccomp = {defaultAction: 'SCMP_ACT_ALLOW', syscalls: [{names: ['reboot'], action: 'SCMP_ACT_ERRNO', errnoRet: 1}]};
};

const byPath = (...types: string[]) => (config: Spec): void => {
	for (const namespace of config.linux.namespaces!.filter(({type}) => types.includes(type))) {
		namespace.path = `/proc/7/ns/${namespace.type}`;
	}
};

/** By the name of the golden file. */
export const cases: Readonly<Record<string, Case>> = {
	'runc-spec': {base: 'runc'},
	'runc-spec-in-user-namespace': {base: 'runc', edit: inUserNamespace},
	'small': {},
	'runs-at-once': {facts: {runs: true}},
	'null-stdio': {facts: {nulls: {mask: 0b101, ifNull: 0b10}}},
	'user-namespace': {edit: inUserNamespace},
	'user-namespace-and-cgroup-namespace': {edit: config => {
		inUserNamespace(config);
		withCgroupNamespace(config);
	}},
	'user-namespace-by-path': {edit: config => {
		inUserNamespace(config);
		delete config.linux.uidMappings;
		delete config.linux.gidMappings;
		byPath('user')(config);
	}},
	'namespaces-by-path': {edit: byPath('network', 'pid', 'ipc', 'uts')},
	'mount-namespace-by-path': {edit: byPath('mount')},
	'host-network': {edit: config => {
		config.linux.namespaces = config.linux.namespaces!.filter(({type}) => type !== 'network');
	}},
	'seccomp': {edit: withSeccomp},
	'seccomp-with-new-privileges': {edit: config => {
		withSeccomp(config);
		config.process.noNewPrivileges = false;
	}},
	'new-privileges': {edit: config => {
		config.process.noNewPrivileges = false;
	}},
	'cgroup-v1': {cgroups: 'v1', edit: withCgroups},
	'cgroup-v1-namespace': {cgroups: 'v1', edit: withCgroupNamespace},
	'cgroup-hybrid': {edit: withCgroups},
	'cgroup-hybrid-namespace': {edit: withCgroupNamespace},
	'cgroup-v2': {cgroups: 'v2', edit: withCgroups},
	'cgroup-v2-namespace': {cgroups: 'v2', edit: withCgroupNamespace},
	'cgroup-writable': {edit: config => {
		config.mounts = [{destination: '/sys/fs/cgroup', type: 'cgroup', source: 'cgroup', options: ['nosuid']}];
	}},
	...moreCases,
};
