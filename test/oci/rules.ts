// What the tests of the rules share: a small valid config, and what becomes of a change to it.
import type {CtnError} from '../../ts/errors.js';
import type {Config, Linux, Mount, NamespaceType, Process} from '../../ts/oci/config.js';
import {validateConfig} from '../../ts/oci/validate/index.js';
import type {ValidationContext} from '../../ts/oci/validate/index.js';

export const config: Config & {process: Process} = {
	ociVersion: '1.3.0',
	root: {path: 'rootfs'},
	process: {args: ['sh'], cwd: '/'},
};

/** New namespaces of these types. */
export const spaces = (...types: NamespaceType[]) => types.map(type => ({type}));

export const withLinux = (linux: Linux): Config => ({...config, linux});

export const withProcess = (change: object): Config => ({...config, process: {...config.process, ...change}});

export const withMount = (mount: Partial<Mount>, linux: Linux = {}): Config =>
	({...config, linux, mounts: [{destination: '/mnt', type: 'tmpfs', source: 'tmpfs', ...mount}]});

/** `path text` of the error, or undefined if the config is valid. */
export const verdict = (value: unknown, context: Partial<ValidationContext> = {}): string | undefined => {
	try {
		validateConfig(value, {bundle: '/bundle', ...context});
		return undefined;
	} catch (error) {
		const {code, subject, message} = error as CtnError;
		return code === 'ERR_CONFIG_INVALID' && message.startsWith(`config.json: ${subject} `) ? message.slice('config.json: '.length) : String(error);
	}
};

export const mapping = (containerID: number, hostID: number, size: number) => ({containerID, hostID, size});
