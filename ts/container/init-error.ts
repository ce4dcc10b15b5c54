// A report of ctn-init that says no, as the error a caller can act on.
import {CtnError} from '../errors.js';
import type {Exit} from '../native/native.js';
import {hookError} from '../hooks/hook-error.js';
import type {HookName} from '../launch/hooks.js';
import type {Hook} from '../oci/config.js';
import type {Report} from '../plan/report.js';

type Failure = Extract<Report, {kind: 'error'}>;

const cures: ReadonlyArray<readonly [step: string, errno: string, cure: string]> = [
	['mount', 'EPERM', 'it needs CAP_SYS_ADMIN in the user namespace that owns what is mounted; sysfs needs a network namespace of its own'],
	['mount', 'EXDEV', 'a symlink of the image leads into /proc, where only some files may be covered'],
	['bind', 'EXDEV', 'a symlink of the image leads into /proc, where only some files may be covered'],
	['rlimit', 'EPERM', 'raising a hard limit needs CAP_SYS_RESOURCE; ask for no more than this process has'],
	['sysctl', 'ENOENT', 'this kernel has no such sysctl, or not in this namespace'],
	['console', 'ENOENT', 'mount a devpts at /dev/pts in the container'],
	['scheduler', 'EPERM', 'a real-time policy or a lower nice needs CAP_SYS_NICE, and on cgroup v1 a real-time policy needs linux.resources.cpu.realtimeRuntime'],
	['affinity', 'EINVAL', 'none of these CPUs is one that the cgroup may use'],
	['label', 'ENOENT', 'AppArmor has no profile of this name: load it with apparmor_parser(8)'],
	['device', 'EPERM', 'device nodes cannot be made in a user namespace'],
];

/**
 * @param program argv[0], for a program that is not there.
 * @param hooks Those that init was to run.
 */
export const initError = (failure: Failure, program: string, hooks?: {readonly name: HookName; readonly list: readonly Hook[]}): CtnError => {
	const {step, errno, detail} = failure;
	if (step === 'hook' && hooks) {
		return hookError(hooks.name, hooks.list, failure);
	}

	const details = {errno, syscall: step, subject: detail || undefined};
	if (step === 'find_program' || step === 'exec') {
		if (step === 'exec' && errno === 'ENOENT') {
			return new CtnError('ERR_COMMAND_NOT_FOUND', `${program}: the interpreter that it needs is not in the container`, {
				...details, subject: program, cure: 'a script names it in its first line, a dynamically linked program in its ELF header',
			});
		}

		if (errno === 'ENOENT' || errno === 'ENOTDIR') {
			return new CtnError('ERR_COMMAND_NOT_FOUND', `${program}: there is no such program in the container`, {...details, subject: program});
		}

		return new CtnError('ERR_COMMAND_NOT_EXECUTABLE', `${program}: the container cannot execute it: ${errno}`, {...details, subject: program});
	}

	if (step === 'start') {
		return new CtnError('ERR_PLAN_INVALID', `container init did not accept its plan: ${errno}`, details);
	}

	const cure = cures.find(([name, code]) => name === step && code === errno)?.[2];
	return new CtnError('ERR_INIT_STEP', `container init could not ${step}${detail ? ` ${detail}` : ''}: ${errno}`, {...details, cure});
};

/** init ended without a word: killed, most likely for memory. */
export const initDied = (id: string, {code, signal}: Exit): CtnError =>
	new CtnError('ERR_INIT_DIED', `the init of container ${id} ended before it could report: ${signal === null ? `exit code ${code ?? 'unknown'}` : `signal ${signal}`}`, {
		subject: id,
		cure: signal === 9 ? 'raise the memory limit if it is very small' : undefined,
	});
