// A seccomp profile, checked, with the words of OCI turned into the values of the kernel.
import {CtnError} from '../errors.js';
import {seccompArchitectures} from '../oci/config-seccomp.js';
import type {LinuxSeccomp, SeccompArchitecture, SeccompFlag, SeccompSyscall} from '../oci/config.js';
import {actionValue} from './action.js';
import {toCondition} from './condition.js';
import type {Condition} from './condition.js';

export interface Profile {
	/** SECCOMP_RET_* value for what no rule matches. */
	readonly defaultAction: number;
	readonly architectures: ReadonlySet<SeccompArchitecture>;
	/** SECCOMP_FILTER_FLAG_* bits for seccomp(2). */
	readonly flags: number;
	/** True if seccomp(2) answers with a notify descriptor. */
	readonly notify: boolean;
	/** In the order of the profile. */
	readonly rules: readonly Rule[];
	/** Every name in the profile, whatever happens to it. */
	readonly names: ReadonlySet<string>;
}

export interface Rule {
	readonly names: readonly string[];
	/** SECCOMP_RET_* value. */
	readonly action: number;
	/** The rule matches if all conditions of one of these hold. */
	readonly alternatives: readonly (readonly Condition[])[];
	/** JSON path. */
	readonly subject: string;
}

// linux/seccomp.h
const flagBits: Readonly<Record<SeccompFlag, number>> = {
	SECCOMP_FILTER_FLAG_TSYNC: 1 << 0,
	SECCOMP_FILTER_FLAG_LOG: 1 << 1,
	SECCOMP_FILTER_FLAG_SPEC_ALLOW: 1 << 2,
	SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV: 1 << 5,
};
const newListener = 1 << 3;

const at = 'linux.seccomp';
const knownArchitectures: ReadonlySet<string> = new Set(seccompArchitectures);

/** @throws CtnError `ERR_CONFIG_INVALID`; `subject` is the JSON path. */
export function checkProfile(profile: LinuxSeccomp): Profile {
	const syscalls = profile.syscalls ?? [];
	const notify = syscalls.some(syscall => syscall.action === 'SCMP_ACT_NOTIFY');
	checkListener(profile, notify);
	const defaultAction = actionValue(profile.defaultAction, profile.defaultErrnoRet, at, ['defaultAction', 'defaultErrnoRet']);
	const rules = syscalls.map((syscall, n) => toRule(syscall, `${at}.syscalls[${n}]`));
	return {
		defaultAction,
		architectures: new Set(profile.architectures?.map(checkArchitecture)),
		flags: filterFlags(profile.flags, notify),
		notify,
		rules: rules.filter(rule => rule.action !== defaultAction),
		names: new Set(rules.flatMap(rule => rule.names)),
	};
}

function checkListener(profile: LinuxSeccomp, notify: boolean): void {
	if (profile.defaultAction === 'SCMP_ACT_NOTIFY') {
		// The container's init itself would wait for a listener that it has still to hand over
		throw new CtnError('ERR_CONFIG_INVALID', `${at}.defaultAction cannot be SCMP_ACT_NOTIFY`, {subject: `${at}.defaultAction`});
	}

	if (notify && !profile.listenerPath) {
		throw new CtnError('ERR_CONFIG_INVALID', `${at}.listenerPath is needed by SCMP_ACT_NOTIFY`, {subject: `${at}.listenerPath`});
	}

	if (profile.listenerMetadata && !profile.listenerPath) {
		throw new CtnError('ERR_CONFIG_INVALID', `${at}.listenerMetadata needs a listenerPath`, {subject: `${at}.listenerMetadata`});
	}
}

function checkArchitecture(name: SeccompArchitecture, n: number): SeccompArchitecture {
	if (!knownArchitectures.has(name)) {
		throw new CtnError('ERR_CONFIG_INVALID', `${at}.architectures[${n}] is not an architecture: ${String(name)}`, {subject: `${at}.architectures[${n}]`});
	}

	return name;
}

function filterFlags(flags: readonly SeccompFlag[] | undefined, notify: boolean): number {
	let bits = notify ? newListener : 0;
	if (flags === undefined) {
		return bits | flagBits.SECCOMP_FILTER_FLAG_SPEC_ALLOW; // runc's default; Linux has it since 4.17
	}

	for (const [n, flag] of flags.entries()) {
		const subject = `${at}.flags[${n}]`;
		if (!Object.hasOwn(flagBits, flag)) {
			throw new CtnError('ERR_CONFIG_INVALID', `${subject} is not a seccomp flag: ${String(flag)}`, {subject});
		}

		if (flag === 'SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV' && !notify) { // seccomp(2) would answer EINVAL
			throw new CtnError('ERR_CONFIG_INVALID', `${flag} needs a rule with SCMP_ACT_NOTIFY`, {subject});
		}

		bits |= flagBits[flag];
	}

	// init has one thread, but for the one that hands the listener over: that must not be held by the filter
	return notify ? bits & ~flagBits.SECCOMP_FILTER_FLAG_TSYNC : bits;
}

function toRule(syscall: SeccompSyscall, subject: string): Rule {
	if (syscall.names.length === 0 || syscall.names.includes('')) {
		throw new CtnError('ERR_CONFIG_INVALID', `${subject}.names holds no name, or an empty one`, {subject: `${subject}.names`});
	}

	const action = actionValue(syscall.action, syscall.errnoRet, subject, ['action', 'errnoRet']);
	if (syscall.action === 'SCMP_ACT_NOTIFY' && syscall.names.includes('write')) {
		// Refused by runc too: whoever hands the descriptor over has to write
		throw new CtnError('ERR_CONFIG_INVALID', `${subject}.action cannot be SCMP_ACT_NOTIFY for write`, {subject: `${subject}.action`});
	}

	const conditions = (syscall.args ?? []).map((arg, n) => toCondition(arg, `${subject}.args[${n}]`));
	const indexes = new Set(conditions.map(condition => condition.index));
	// Conditions are all to hold, but once two look at the same argument each is a rule of its own:
	// what libseccomp's users came to rely on before rules could hold several (runc, matchCall)
	const alternatives = indexes.size < conditions.length ? conditions.map(condition => [condition]) : [conditions];
	return {names: syscall.names, action, alternatives, subject};
}
