// libseccomp, driven as runc drives it: the peer that our compiler is compared with.
import {execFileSync} from 'node:child_process';
import {join} from 'node:path';
import type {LinuxSeccomp, SeccompAction, SeccompArchitecture, SeccompSyscall} from '../../ts/oci/config.js';
import {projectPath} from '../support/paths.js';

/** The architectures of a profile as the kernel is told them, the native one first. */
export const listed = (profile: LinuxSeccomp, native: SeccompArchitecture): SeccompArchitecture[] =>
	[...new Set([native, ...profile.architectures ?? []])];

const returns: Readonly<Record<SeccompAction, number>> = {
	SCMP_ACT_KILL: 0,
	SCMP_ACT_KILL_THREAD: 0,
	SCMP_ACT_KILL_PROCESS: 0x8000_0000,
	SCMP_ACT_TRAP: 0x0003_0000,
	SCMP_ACT_ERRNO: 0x0005_0000,
	SCMP_ACT_NOTIFY: 0x7fc0_0000,
	SCMP_ACT_TRACE: 0x7ff0_0000,
	SCMP_ACT_LOG: 0x7ffc_0000,
	SCMP_ACT_ALLOW: 0x7fff_0000,
};

/** SECCOMP_RET_* value. */
export const returned = (action: SeccompAction, errnoRet = 1): number =>
	returns[action] + (action === 'SCMP_ACT_ERRNO' || action === 'SCMP_ACT_TRACE' ? errnoRet : 0);

const archName = (architecture: SeccompArchitecture): string => architecture.slice('SCMP_ARCH_'.length).toLowerCase();

export class Libseccomp {
	readonly #program: string;

	/** @param dir Where to put the program. */
	constructor(dir: string) {
		this.#program = join(dir, 'libseccomp');
		execFileSync('cc', ['-O1', '-Wall', '-Wextra', '-Werror', '-o', this.#program, projectPath('test/seccomp/libseccomp.c'), '-lseccomp']);
	}

	/** Negative for a name that has no number there. */
	numbers(architecture: SeccompArchitecture, names: readonly string[]): number[] {
		return this.#lines(names.map(name => `number ${archName(architecture)} ${name}`)).map(Number);
	}

	names(architecture: SeccompArchitecture, numbers: readonly number[]): (string | undefined)[] {
		return this.#lines(numbers.map(number => `name ${archName(architecture)} ${number}`)).map(name => name === '-' ? undefined : name);
	}

	/** The BPF of each profile, or undefined where a rule was refused. */
	filters(profiles: readonly LinuxSeccomp[], native: SeccompArchitecture): (Uint8Array | undefined)[] {
		const output = this.#run(profiles.flatMap(profile => filterLines(profile, native)));
		const filters: (Uint8Array | undefined)[] = [];
		for (let at = 0; at < output.length;) {
			const length = output.readInt32LE(at);
			at += 4;
			filters.push(length < 0 ? undefined : new Uint8Array(output.subarray(at, at + length)));
			at += Math.max(length, 0);
		}

		return filters;
	}

	#run(lines: readonly string[]): Buffer {
		return execFileSync(this.#program, {input: lines.join('\n') + '\n', maxBuffer: 1 << 28});
	}

	#lines(lines: readonly string[]): string[] {
		return lines.length === 0 ? [] : this.#run(lines).toString().trimEnd().split('\n');
	}
}

function filterLines(profile: LinuxSeccomp, native: SeccompArchitecture): string[] {
	const byDefault = returned(profile.defaultAction, profile.defaultErrnoRet);
	return [
		`filter ${byDefault.toString(16)} ${listed(profile, native).map(archName).join(' ')}`,
		...(profile.syscalls ?? []).flatMap(rule => ruleLines(rule, byDefault)),
		'end',
	];
}

function ruleLines(rule: SeccompSyscall, byDefault: number): string[] {
	const action = returned(rule.action, rule.errnoRet);
	if (action === byDefault) {
		return []; // runc skips it; libseccomp would refuse it
	}

	const conditions = (rule.args ?? []).map(({index, op, value, valueTwo = 0}) => `${index} ${op.slice('SCMP_CMP_'.length)} ${value} ${valueTwo}`);
	const repeats = new Set(rule.args?.map(({index}) => index)).size < conditions.length;
	const alternatives = repeats ? conditions : [conditions.join(' ')];
	return rule.names.flatMap(name => alternatives.map(alternative => `rule ${action.toString(16)} ${name} ${alternative}`));
}
