// `process`
import type {Capabilities, ConsoleSize, ExecCpuAffinity, Process, Rlimit, User} from '../config.js';
import {capabilityNames, capabilitySet} from '../../linux/capabilities.js';
import {rlimits} from '../../linux/rlimits.js';
import type {ValidationContext} from './context.js';
import {absolutePath, array, at, boolean, broken, cpuList, describe, id, integer, nonEmptyArray, object, oneOf, optional, optionalText, text, texts, uint64} from './check.js';
import type {Check} from './check.js';
import {checkIoPriority, checkScheduler, schedulerRules} from './scheduler.js';

const checkUser = object<User>({
	uid: optional(id),
	gid: optional(id),
	umask: optional(integer(0, 0o777)),
	additionalGids: optional(array(id, 'an array of group ids')),
	username: optionalText(),
});

const checkCapabilities = object<Capabilities>({
	bounding: optional(texts),
	effective: optional(texts),
	inheritable: optional(texts),
	permitted: optional(texts),
	ambient: optional(texts),
});

const checkRlimit = object<Rlimit>({
	type: oneOf(...Object.keys(rlimits)),
	soft: uint64,
	hard: uint64,
});

const cpus = optionalText('a CPU list such as "0-3,7"', cpuList);

export const checkProcess: Check<Process> = object<Process>({
	terminal: optional(boolean),
	consoleSize: optional(object<ConsoleSize>({height: integer(0, 0xffff), width: integer(0, 0xffff)})),
	user: optional(checkUser),
	args: nonEmptyArray(text(), 'a non-empty array of strings'),
	env: optional(array(text('a string of the form KEY=value', value => value.indexOf('=') > 0), 'an array of strings')),
	cwd: absolutePath,
	capabilities: optional(checkCapabilities),
	rlimits: optional(array(checkRlimit)),
	noNewPrivileges: optional(boolean),
	apparmorProfile: optionalText(),
	oomScoreAdj: optional(integer(-1000, 1000)),
	scheduler: optional(checkScheduler),
	selinuxLabel: optionalText(),
	ioPriority: optional(checkIoPriority),
	execCPUAffinity: optional(object<ExecCpuAffinity>({initial: cpus, final: cpus})),
});

const rlimitRules = (list: readonly Rlimit[], path: string): void => {
	const seen = new Set<string>();
	for (const [index, {type, soft, hard}] of list.entries()) {
		if (seen.has(type)) {
			broken(at(at(path, index), 'type'), `must not be given twice: ${type}`);
		}

		seen.add(type);
		if (soft > hard) {
			broken(at(at(path, index), 'soft'), `must be at most the hard limit ${describe(hard)}, not ${describe(soft)}`);
		}
	}
};

/** What is left out, as nobody can give it: the kernel would refuse the whole sets. */
const capabilityWarnings = (capabilities: Capabilities, path: string, warn: (message: string) => void): void => {
	const tell = (set: keyof Capabilities, names: readonly string[], why: string): void => {
		if (names.length > 0) {
			warn(`${at(path, set)} has ${names.join(', ')}, which ${names.length === 1 ? 'is' : 'are'} ${why} and left out`);
		}
	};

	for (const set of Object.keys(capabilities) as Array<keyof Capabilities>) {
		tell(set, capabilitySet(capabilities[set]).unknown, 'not known');
	}

	// Ambient ones that are not inheritable are common, as older versions of runc spec have them
	tell('effective', capabilityNames(capabilitySet(capabilities.effective).mask & ~capabilitySet(capabilities.permitted).mask), 'not permitted');
};

/** What holds for a process, whether of a config or of exec. */
export const processRules = (process: Process, path: string, context: Partial<ValidationContext>): void => {
	if (process.args?.[0] === '') {
		broken(at(at(path, 'args'), 0), 'must be a program, not ""');
	}

	if (process.capabilities && context.warn) {
		capabilityWarnings(process.capabilities, at(path, 'capabilities'), context.warn);
	}

	rlimitRules(process.rlimits ?? [], at(path, 'rlimits'));
	if (process.scheduler) {
		schedulerRules(process.scheduler, at(path, 'scheduler'));
	}

	if (process.selinuxLabel !== undefined && context.selinux === false) {
		broken(at(path, 'selinuxLabel'), 'needs SELinux, which is off here');
	}

	if (process.apparmorProfile !== undefined && context.apparmor === false) {
		broken(at(path, 'apparmorProfile'), 'needs AppArmor, which is off here');
	}

	if (context.rootless && (process.user?.additionalGids ?? []).length > 0) {
		broken(at(at(path, 'user'), 'additionalGids'), 'cannot be set without privileges');
	}
};
