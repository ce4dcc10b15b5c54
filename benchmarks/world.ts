// What most questions begin with: a state directory, our runtime, the peers, and names.
import {copyFileSync} from 'node:fs';
import {join} from 'node:path';
import {Runtime, type RuntimeOptions} from '../ts/index.js';
import {makeBundle, type BundleOptions} from '../test/support/bundle.js';
import type {Scope} from './cleanup.js';
import {cliRuntimes, finishHybrid, stateDir, type CliRuntime} from './peers.js';

export interface World {
	/** Directory below /run that the state of everybody is in. */
	readonly state: string;
	readonly runtimes: readonly CliRuntime[];
	/** A name that nobody has had. */
	readonly id: () => string;
	/** One of ours, with a root of its own; its containers go with the scope. */
	readonly runtime: (name: string, options?: RuntimeOptions) => Runtime;
}

/** @param pattern Which peers, by name and version. @param options Of theirs, before the verb. */
export const openWorld = (scope: Scope, pattern = /./, options: readonly string[] = []): World => {
	finishHybrid(scope); // Before anybody looks at the cgroups
	const state = stateDir(scope);
	let count = 0;
	return {
		state,
		runtimes: cliRuntimes(scope, state, pattern, options),
		id: () => `ctnative-benchmark-${process.pid}-${count++}`,
		runtime(name, options = {}) {
			const runtime = new Runtime({root: join(state, name), ...options});
			scope.teardown(async () => {
				for (const {id} of await runtime.list()) {
					await (await runtime.load(id)).delete({force: true});
				}

				await runtime.close();
			});
			return runtime;
		},
	};
};

/**
 * The bundle that everybody gets: what `runc spec` of today writes, which asks for no ambient capabilities
 * (runc 1.3 would print a warning for each that it cannot have).
 */
export const benchmarkBundle = (scope: Scope, args: readonly string[], {edit, ...options}: Omit<BundleOptions, 'args'> = {}): string => makeBundle(scope, {
	args,
	...options,
	edit(config) {
		delete config.process.capabilities?.ambient;
		return edit?.(config);
	},
});

/** A bundle with a program of ours in its /bin. */
export const programBundle = (scope: Scope, program: string, args: readonly string[], options: Omit<BundleOptions, 'args' | 'prepare' | 'writable'> = {}): string => benchmarkBundle(scope, args, {
	writable: true, // Of its own, for there the program has to be
	prepare: rootfs => copyFileSync(program, join(rootfs, args[0]!)),
	edit(config) {
		config.root.readonly = true;
		return options.edit?.(config);
	},
});
