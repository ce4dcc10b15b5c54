// A hook of config.json as a step: those of the container among init's, the others alone.
import type {Hook, Hooks, ValidConfig} from '../oci/config.js';
import {stateOf, type State} from '../oci/state.js';
import {wire, type Step} from '../plan/wire.gen.js';

export type HookName = keyof Hooks;

/** Where a hook runs, and what it sees. */
export interface HookSurroundings {
	/** The state, as JSON. With a second part the pid of the process that runs the hook goes between them. */
	readonly state: readonly [whole: string] | readonly [before: string, after: string];
	/** Environment of a hook that has no `env`. Default: empty. */
	readonly environment?: readonly string[];
	/** Default: that of the process that runs the hook. */
	readonly cwd?: string;
	/** It ends when the host process does. */
	readonly forHost: boolean;
}

export const hookStep = (hook: Hook, number: number, surroundings: HookSurroundings): Step => ({
	op: 'hook',
	path: hook.path,
	argv: hook.args?.length ? hook.args : [hook.path],
	envp: hook.env ?? surroundings.environment ?? [],
	cwd: surroundings.cwd,
	state: surroundings.state[0],
	state_end: surroundings.state[1],
	timeout: hook.timeout ?? 0,
	number,
	add_home: hook.env === undefined && surroundings.environment !== undefined ? 1 : 0,
	for_host: surroundings.forHost ? 1 : 0,
});

/** True if there are hooks of create, which may look for the root filesystem at its own path in the mount namespace. */
export const hooksSeeRoot = ({hooks = {}}: ValidConfig): boolean =>
	[hooks.prestart, hooks.createRuntime, hooks.createContainer].some(list => (list ?? []).length > 0);

/** What a hook of the container reads: the pid is the one that the container knows, and only init can tell it. */
const stateParts = (state: Omit<State, 'ociVersion' | 'pid'>): readonly [string, string] => {
	const pid = '"pid":1,';
	const text = JSON.stringify(stateOf({...state, pid: 1}));
	const at = text.indexOf(pid); // Nothing before it can hold a quote that is not escaped
	return [text.slice(0, at + pid.length - 2), text.slice(at + pid.length - 1)];
};

interface HookFacts {
	readonly id: string;
	readonly bundle: string;
}

const containerHooks = (config: ValidConfig, facts: HookFacts, name: 'createContainer' | 'startContainer', surroundings: Omit<HookSurroundings, 'state'>): Step[] => {
	const hooks = config.hooks?.[name];
	if (!hooks?.length) {
		return [];
	}

	const status = name === 'createContainer' ? 'creating' : 'created';
	const state = stateParts({id: facts.id, status, bundle: facts.bundle, ...(config.annotations && {annotations: config.annotations})});
	return hooks.map((hook, index) => hookStep(hook, index, {...surroundings, state}));
};

/**
 * Between the mounts and pivot_root: the host runs prestart and createRuntime, then init those of
 * createContainer, with the paths of the host, in the root filesystem.
 */
export const planCreateHooks = (config: ValidConfig, facts: HookFacts, rootfs: string): Step[] => {
	const inside = containerHooks(config, facts, 'createContainer', {cwd: rootfs, forHost: true});
	return [
		...(hooksSeeRoot(config) ? [{op: 'sync', point: wire.sync.hooks} as const] : []),
		...(inside.length > 0 ? [{op: 'umask', mask: 0o022} as const, ...inside, {op: 'umask', mask: 0} as const] : []),
	];
};

/** Last before the program, as its user and in its environment. Whoever said start need not wait for it. */
export const planStartHooks = (config: ValidConfig, facts: HookFacts, environment: readonly string[]): Step[] =>
	containerHooks(config, facts, 'startContainer', {environment, forHost: false});
