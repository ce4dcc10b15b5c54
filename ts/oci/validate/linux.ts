// `linux`: the sections put together
import type {Linux, Personality, TimeOffset, TimeOffsets} from '../config.js';
import type {ValidationContext} from './context.js';
import {absolutePath, array, broken, int64, integer, map, nonEmpty, object, oneOf, optional, optionalText, text, texts} from './check.js';
import type {Check} from './check.js';
import {checkDevices} from './devices.js';
import {checkIntelRdt} from './intel-rdt.js';
import {checkMemoryPolicy, memoryPolicyRules} from './memory-policy.js';
import {checkNamespaces, namespaceRules, pathRules, timeRules} from './namespaces.js';
import {checkNetDevices, netDeviceRules} from './net-devices.js';
import {checkResources, resourceRules} from './resources.js';
import {checkSeccomp, seccompRules} from './seccomp.js';
import {sysctlRules} from './sysctl.js';
import {checkMappings, userNamespaceRules} from './userns.js';

const propagation = oneOf('private', 'rprivate', 'slave', 'rslave', 'shared', 'rshared', 'unbindable', 'runbindable');

const checkPersonality = object<Personality>({domain: oneOf('LINUX', 'LINUX32'), flags: optional(texts)});

const checkTimeOffsets: Check<TimeOffsets> = map(
	oneOf('monotonic', 'boottime'),
	object<TimeOffset>({secs: optional(int64), nanosecs: optional(integer(0, 999_999_999))}),
);

const paths = optional(array(absolutePath, 'an array of absolute paths'));

export const checkLinux = object<Linux>({
	uidMappings: optional(checkMappings),
	gidMappings: optional(checkMappings),
	sysctl: optional(map(nonEmpty, text())),
	resources: optional(checkResources),
	cgroupsPath: optionalText(),
	namespaces: optional(checkNamespaces),
	devices: optional(checkDevices),
	netDevices: optional(checkNetDevices),
	seccomp: optional(checkSeccomp),
	rootfsPropagation: (value, path) => value === '' ? undefined : optional(propagation)(value, path),
	maskedPaths: paths,
	readonlyPaths: paths,
	mountLabel: optionalText(),
	intelRdt: optional(checkIntelRdt),
	memoryPolicy: optional(checkMemoryPolicy),
	personality: optional(checkPersonality),
	timeOffsets: optional(checkTimeOffsets),
});

export const linuxRules = (linux: Linux, context: ValidationContext): void => {
	namespaceRules(linux, context);
	userNamespaceRules(linux, context);
	pathRules(linux);
	timeRules(linux);
	netDeviceRules(linux, context);
	sysctlRules(linux, context);
	resourceRules(linux.resources ?? {}, 'linux.resources', context, true);
	if (linux.seccomp) {
		seccompRules(linux.seccomp, 'linux.seccomp');
	}

	if (linux.memoryPolicy) {
		memoryPolicyRules(linux.memoryPolicy);
	}

	if (context.noPivot && (linux.rootfsPropagation === 'private' || linux.rootfsPropagation === 'rprivate')) {
		broken('linux.rootfsPropagation', `cannot be ${linux.rootfsPropagation} without pivot_root: the root of the host would stay reachable`);
	}

	if ((linux.personality?.flags ?? []).length > 0) {
		context.warn?.('config.json: linux.personality.flags does nothing, as no flag is defined');
	}
};
