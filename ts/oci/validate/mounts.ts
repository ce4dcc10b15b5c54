// `mounts`
import type {IdMapping, Linux, Mount} from '../config.js';
import {parseMountOptions} from '../../linux/mount-options.js';
import type {MountOptions} from '../../linux/mount-options.js';
import {cleanPath} from '../paths.js';
import type {ValidationContext} from './context.js';
import {array, at, broken, describe, nonEmpty, object, optional, optionalText, text} from './check.js';
import {namespaceOf} from './namespaces.js';
import {checkMappings, hostId, mappingRules} from './userns.js';

export const checkMounts = array(object<Mount>({
	destination: nonEmpty,
	type: optionalText(),
	source: optionalText(),
	options: optional(array(text(), 'an array of strings')),
	uidMappings: optional(checkMappings),
	gidMappings: optional(checkMappings),
}));

/** Files that lxcfs and its like may replace; everything else below /proc would deceive the runtime. */
const belowProc = new Set([
	'cpuinfo', 'diskstats', 'loadavg', 'meminfo', 'net/dev', 'slabinfo', 'stat', 'swaps', 'uptime',
	'sys/crypto/fips_enabled', 'sys/kernel/ns_last_pid',
].map(name => `/proc/${name}`));

/** A false /proc makes security settings go nowhere (CVE-2019-16884). Symlinks are init's part. */
const procRule = (mount: Mount, options: MountOptions, path: string): void => {
	const target = cleanPath(`/${mount.destination}`);
	const isProc = options.bind ? mount.source !== undefined && cleanPath(mount.source) === '/proc' : options.remount || mount.type === 'proc';
	if (target === '/proc' && !isProc) {
		broken(at(path, 'destination'), 'cannot be /proc, as what is mounted is not procfs');
	}

	if (target.startsWith('/proc/') && !belowProc.has(target)) {
		broken(at(path, 'destination'), `cannot be inside /proc: ${describe(target)}`);
	}
};

const idmapRule = (mount: Mount, options: MountOptions, path: string, linux: Linux, context: ValidationContext): void => {
	const uids = mount.uidMappings ?? [];
	const gids = mount.gidMappings ?? [];
	const hasMappings = uids.length > 0 || gids.length > 0;
	if (!hasMappings && options.idmap === undefined) {
		return;
	}

	const subject = hasMappings ? at(path, uids.length > 0 ? 'uidMappings' : 'gidMappings') : at(path, 'options');
	if (!options.bind) {
		broken(subject, 'makes an id-mapped mount, which has to be a bind mount');
	}

	if (context.rootless) {
		broken(subject, 'makes an id-mapped mount, which needs privileges');
	}

	if (hasMappings && (uids.length === 0 || gids.length === 0)) {
		broken(subject, 'needs mappings for both users and groups');
	}

	if (!hasMappings && !namespaceOf(linux, 'user')) {
		broken(subject, `has ${options.idmap} without mappings, which needs a user namespace to take them from`);
	}

	mappingRules(uids, at(path, 'uidMappings'));
	mappingRules(gids, at(path, 'gidMappings'));
};

/** Without privileges the kernel takes only ids that the new user namespace has. */
const ownerRule = (options: readonly string[], path: string, linux: Linux): void => {
	if (!linux.uidMappings?.length && !linux.gidMappings?.length) {
		return;
	}

	for (const [index, option] of options.entries()) {
		const [, key, number] = /^(uid|gid)=(\d+)$/.exec(option) ?? [];
		const mappings: readonly IdMapping[] = (key === 'uid' ? linux.uidMappings : linux.gidMappings) ?? [];
		if (number !== undefined && mappings.length > 0 && hostId(mappings, Number(number)) === undefined) {
			broken(at(at(path, 'options'), index), `must have an id that is mapped in linux.${key}Mappings, not ${number}`);
		}
	}
};

const shapeRule = (mount: Mount, options: MountOptions, path: string): void => {
	if (options.bind && mount.source === undefined && !options.remount) {
		broken(at(path, 'source'), 'must be the path to bind, but is missing');
	}

	if (options.bind && options.data.length > 0) {
		broken(at(path, 'options'), `must not have options of a filesystem for a bind mount: ${describe(options.data[0])}`);
	}

	if (!options.remount && cleanPath(`/${mount.destination}`) === '/') {
		broken(at(path, 'destination'), 'cannot be /: what is there is root.path');
	}

	if (!options.bind && !options.remount && mount.type === undefined) {
		broken(at(path, 'type'), 'must be a filesystem type for what is not a bind mount, but is missing');
	}
};

export const mountRules = (mounts: readonly Mount[], linux: Linux, context: ValidationContext): void => {
	for (const [index, mount] of mounts.entries()) {
		const path = at('mounts', index);
		const options = parseMountOptions(mount.options, mount.type);
		if (!mount.destination.startsWith('/')) {
			context.warn?.(`config.json: ${at(path, 'destination')} is relative, and counts from /: ${mount.destination}`);
		}

		shapeRule(mount, options, path);
		procRule(mount, options, path);
		idmapRule(mount, options, path, linux, context);
		if (context.rootless) {
			ownerRule(mount.options ?? [], path, linux);
		}
	}
};
