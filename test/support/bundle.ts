// OCI bundles for tests, benchmarks and the demo: busybox under the config that `runc spec` writes.
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {makeRootfs, sharedRootfs} from './rootfs.js';
import {runcSpec, type Spec} from './runc-spec.js';
import {tempDir, type Owner} from './temp-dir.js';

export type {Spec} from './runc-spec.js';
export {tempDir, type Owner} from './temp-dir.js';

export interface BundleOptions {
	/** The program of the container. Default: `['sh']`. */
	readonly args?: readonly string[];
	/**
	 * Changes the config before it is written. What it returns, if anything, is written instead, a
	 * string as it is: for a config that is broken.
	 */
	readonly edit?: (config: Spec) => unknown;
	/** Give the bundle a root filesystem of its own, and make it writable. Default: one for all, read-only. */
	readonly writable?: boolean;
	/** Puts more into the root filesystem; only for a writable one. */
	readonly prepare?: (rootfs: string) => void;
}

/** Makes a bundle and returns its directory. It goes away with its owner. */
export const makeBundle = (owner: Owner, options: BundleOptions = {}): string => {
	const bundle = tempDir(owner);
	const config = runcSpec();
	config.process.terminal = false; // Nearly no test has a terminal
	config.process.args = [...options.args ?? config.process.args ?? []];
	if (options.writable) {
		makeRootfs(join(bundle, 'rootfs'));
		options.prepare?.(join(bundle, 'rootfs'));
		config.root.readonly = false;
	} else {
		config.root.path = sharedRootfs();
	}

	const written = options.edit?.(config) ?? config;
	writeFileSync(join(bundle, 'config.json'), typeof written === 'string' ? written : `${JSON.stringify(written, undefined, '\t')}\n`);
	return bundle;
};
