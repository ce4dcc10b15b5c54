// What is valid and not done yet. A feature that comes takes its line away.
import {CtnError} from '../errors.js';
import type {ValidConfig} from './config.js';

/** Where the config uses something, as a JSON path; undefined if it does not. */
type Use = (config: ValidConfig) => string | undefined;

const where = (path: string, isUsed: (config: ValidConfig) => boolean): Use => config => isUsed(config) ? path : undefined;

const has = (config: ValidConfig, type: string): boolean => config.linux.namespaces?.some(namespace => namespace.type === type) ?? false;

/** runc mounts on the host then, and leaves it there. */
const onHost = 'it would be done to the host, and stay';

const withoutMountNamespace = (path: string, isUsed: (config: ValidConfig) => boolean): Use =>
	where(path, config => !has(config, 'mount') && isUsed(config));

/** [where it is used, what it is, why not] */
const unsupported: ReadonlyArray<readonly [use: Use, name: string, why: string]> = [
	[withoutMountNamespace('mounts', config => (config.mounts ?? []).length > 0), 'mounts without a mount namespace', onHost],
	[withoutMountNamespace('root.readonly', config => Boolean(config.root.readonly)), 'a read-only root without a mount namespace', onHost],
	[withoutMountNamespace('linux.rootfsPropagation', config => config.linux.rootfsPropagation !== undefined), 'propagation without a mount namespace', onHost],
	[withoutMountNamespace('linux.namespaces', config => has(config, 'user')), 'a user namespace without a mount namespace', 'its devices would be mounted on the host'],
];

/**
 * Refuses a config that asks for something this version does not do, so that nothing is left out silently.
 *
 * @throws CtnError `ERR_CONFIG_UNSUPPORTED`; `subject` is the JSON path.
 */
export const refuseUnsupported = (config: ValidConfig): void => {
	for (const [use, name, why] of unsupported) {
		const path = use(config);
		if (path !== undefined) {
			throw new CtnError('ERR_CONFIG_UNSUPPORTED', `config.json: ${path} asks for ${name}: ${why}`, {subject: path});
		}
	}
};
