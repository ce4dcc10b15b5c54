// The hooks of a container's life that run in our own namespaces, each with the state of its moment.
import {runAllHooks, runHooks} from '../hooks/run.js';
import type {Fd, Native} from '../native/native.js';
import type {ValidConfig} from '../oci/config.js';
import {stateOf, type Status} from '../oci/state.js';

/** What a hook is told, and what it takes to run one. */
export interface HookFacts {
	readonly id: string;
	readonly bundle: string;
	readonly config: ValidConfig;
	readonly devNull: Fd;
	/** Of the container's init, if there is one. */
	readonly pid?: number;
	/** Resolves if the container dies meanwhile. */
	readonly died?: Promise<unknown>;
}

const runOf = ({id, bundle, config, devNull, pid, died}: HookFacts, status: Status) =>
	({config, devNull, died, state: stateOf({id, status, pid, bundle, annotations: config.annotations})});

/** prestart, then createRuntime: the namespaces and mounts are there, the root is not switched yet. */
export const runCreateHooks = async (native: Native, facts: HookFacts): Promise<void> => {
	const run = runOf(facts, 'creating');
	await runHooks(native, 'prestart', run);
	await runHooks(native, 'createRuntime', run);
};

/** The program runs. */
export const runPoststart = async (native: Native, facts: HookFacts): Promise<void> =>
	runHooks(native, 'poststart', runOf(facts, 'running'));

/** The container is gone. All of them run; the first that failed is thrown at the end. */
export const runPoststop = async (native: Native, facts: HookFacts): Promise<void> =>
	runAllHooks(native, 'poststop', runOf(facts, 'stopped'));
