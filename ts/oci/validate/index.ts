// Where untrusted JSON becomes a value that the rest of ctnative trusts. Types first, then the rules.
import {CtnError} from '../../errors.js';
import type {Config, Resources, ValidConfig, ValidProcess} from '../config.js';
import {broken, checking, locatedOnError, map, matching, object, optional, optionalText, text} from './check.js';
import type {ValidationContext} from './context.js';
import {checkAllHooks} from './hooks.js';
import {checkRdtUpdate} from './intel-rdt.js';
import {checkLinux, linuxRules} from './linux.js';
import {checkMounts, mountRules} from './mounts.js';
import {utsRules} from './namespaces.js';
import {checkProcess, processRules} from './process.js';
import {checkResources, resourceRules} from './resources.js';
import {checkRoot} from './root.js';
import {userRules} from './userns.js';

export type {ValidationContext} from './context.js';
export {isContainerId, validateContainerId} from './container-id.js';
export {hostId, sameMappings} from './userns.js';

const checkConfig = locatedOnError(object<Config>({
	ociVersion: matching('the version of the specification, such as "1.3.0"', /^\d+\.\d+\.\d+/),
	root: checkRoot,
	process: checkProcess,
	hostname: optionalText(),
	domainname: optionalText(),
	mounts: optional(checkMounts),
	hooks: optional(checkAllHooks),
	annotations: optional(map(text('a key', key => key !== ''), text())),
	linux: optional(checkLinux),
}));

/**
 * Checks a whole config.json and returns a clean copy of it.
 *
 * Types are checked first, in the order of the specification, then the rules between fields.
 *
 * @param value What a JSON parser made of config.json, or an object in its shape.
 * @param context Facts it cannot find out; what is absent is not judged by.
 * @throws CtnError `ERR_CONFIG_INVALID`; `subject` is the JSON path, such as `process.rlimits[2].type`.
 * @throws CtnError `ERR_ARGUMENT` if the bundle is not an absolute path.
 * @see OCI runtime-spec, config.md and config-linux.md
 */
export const validateConfig = (value: unknown, context: ValidationContext): ValidConfig => {
	if (!context.bundle.startsWith('/')) {
		throw new CtnError('ERR_ARGUMENT', `bundle must be an absolute path, not ${JSON.stringify(context.bundle)}`, {subject: 'bundle'});
	}

	return checking('config.json', () => {
		const config = checkConfig(value, '');
		const linux = config.linux ?? {};
		utsRules(config, linux);
		linuxRules(linux, context);
		mountRules(config.mounts ?? [], linux, context);
		processRules(config.process!, 'process', context);
		if (linux.mountLabel !== undefined && context.selinux === false) {
			broken('linux.mountLabel', 'needs SELinux, which is off here');
		}

		userRules(config.process!.user ?? {}, linux, 'process.user');
		return {...config, linux} as ValidConfig;
	});
};

/**
 * Checks the process description of an exec.
 *
 * @param path Where it stands in its document, for the error. Default: `process`.
 * @throws CtnError `ERR_CONFIG_INVALID`.
 */
export const validateProcess = (value: unknown, path = 'process', context: Partial<ValidationContext> = {}): ValidProcess =>
	checking('process description', () => {
		const process = checkProcess(value, path);
		processRules(process, path, context);
		return process as ValidProcess;
	});

/**
 * Checks the resources of an update. Device rules are left out, as in runc: they are fixed when the
 * container is made.
 *
 * @throws CtnError `ERR_CONFIG_INVALID`.
 */
export const validateResources = (value: unknown, context: Partial<ValidationContext> = {}): Resources =>
	checking('resources', () => {
		const {devices, ...resources} = checkResources(value, '');
		void devices;
		resourceRules(resources, '', context, false);
		return resources;
	});

/**
 * Checks what is to change of `linux.intelRdt`.
 *
 * @throws CtnError `ERR_CONFIG_INVALID`.
 */
export const validateRdtUpdate = (value: unknown): ReturnType<typeof checkRdtUpdate> => checking('intelRdt', () => checkRdtUpdate(value, ''));
