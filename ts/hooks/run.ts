// Hooks of the runtime's own namespaces: prestart, createRuntime, poststart and poststop.
import {hookStep, type HookName} from '../launch/hooks.js';
import type {Fd, Native} from '../native/native.js';
import {runToEnd} from '../native/processes.js';
import type {ValidConfig} from '../oci/config.js';
import type {State} from '../oci/state.js';
import {hookCutOff, hookError} from './hook-error.js';

export interface HookRun {
	readonly config: ValidConfig;
	/** What the hook reads; its `bundle` is where the hook starts. */
	readonly state: State;
	/** /dev/null, lent. */
	readonly devNull: Fd;
	/** Resolves if the container dies meanwhile: a hook that runs is killed then. */
	readonly died?: Promise<unknown> | undefined;
}

/** A ctn-init that runs the hook, waits for it, keeps its time and takes those that it started with it; the event loop is free meanwhile. */
const runHook = async (native: Native, name: HookName, index: number, {config, state, devNull, died}: HookRun): Promise<void> => {
	const hooks = config.hooks![name]!;
	const {failure, exit} = await runToEnd(native, {
		flags: 0n,
		stdio: [devNull, devNull, devNull],
		fds: [],
		plan: [
			{op: 'setsid'},
			hookStep(hooks[index]!, index, {state: [JSON.stringify(state)], cwd: state.bundle, forHost: true}),
		],
	}, {calledOff: died});
	if (failure) {
		throw hookError(name, hooks, failure);
	}

	if (exit.code !== 0) {
		throw hookCutOff(name, index, hooks[index]!);
	}
};

/**
 * Runs the hooks of one point in their order, to the end or to the first that fails.
 *
 * @throws CtnError `ERR_HOOK_FAILED`; no process of the hook is left that did not leave its session.
 */
export const runHooks = async (native: Native, name: HookName, run: HookRun): Promise<void> => {
	for (const index of (run.config.hooks?.[name] ?? []).keys()) {
		await runHook(native, name, index, run);
	}
};

/**
 * Runs all hooks of one point, whether or not one fails: for poststop, which undoes what others did.
 *
 * @throws CtnError the first `ERR_HOOK_FAILED`, at the end.
 */
export const runAllHooks = async (native: Native, name: HookName, run: HookRun): Promise<void> => {
	const errors: unknown[] = [];
	for (const index of (run.config.hooks?.[name] ?? []).keys()) {
		try {
			await runHook(native, name, index, run);
		} catch (error) {
			errors.push(error);
		}
	}

	if (errors.length > 0) {
		throw errors[0];
	}
};
