/**
 * Every error that leaves ctnative is a CtnError; every code it can carry is in this one table.
 *
 * Codes are `ERR_<ROOM>_<WHAT>` and stable. The message says what failed and names the thing; the
 * same facts are there as data (`errno`, `syscall`, `subject`), and `cure` is set where we know one.
 */
export const errorCodes = {
	ERR_ARCHIVE: 'an archive cannot be read or written, is damaged, of an unknown kind, too large, or would write where it must not; `subject` is the entry, or the file',
	ERR_ARGUMENT: 'an option or argument has the wrong type or value',
	ERR_CGROUP_BUSY: 'the processes in a cgroup do not end, stand still or move in time',
	ERR_CGROUP_LAYOUT: 'this machine has no cgroup hierarchy that is needed',
	ERR_CGROUP_LIMIT: 'the kernel refused a resource limit',
	ERR_CHECKPOINT_IMAGES: 'the images directory holds no checkpoint that can be restored',
	ERR_CHECKPOINT_MEMORY: 'memory of a process is in none of the images; `subject` is its address',
	ERR_CHECKPOINT_UNSUPPORTED: 'this container cannot be checkpointed as it is',
	ERR_CNI: 'a CNI plugin failed; `subject` is its name, `syscall` ADD or DEL, `log` what it printed besides its answer',
	ERR_COMMAND_NOT_EXECUTABLE: 'the program exists in the container but cannot be executed',
	ERR_COMMAND_NOT_FOUND: 'the program does not exist in the container',
	ERR_CONFIG_INVALID: 'config.json or a process description is invalid; `subject` is its JSON path',
	ERR_CONFIG_NOT_FOUND: 'the bundle has no config.json',
	ERR_CONFIG_UNSUPPORTED: 'config.json asks for something that is valid but not implemented or not possible here',
	ERR_CONTAINER_EXISTS: 'a container with this id exists already',
	ERR_CONTAINER_ID: 'the container id is not valid',
	ERR_CONTAINER_NOT_FOUND: 'there is no container with this id',
	ERR_CONTAINER_NOT_RUNNING: 'the container has no running process',
	ERR_CONTAINER_STATUS: 'the operation does not fit the status of the container',
	ERR_CRIU_FAILED: 'CRIU reported a failure; `log` holds the telling lines of its log',
	ERR_CRIU_NOT_FOUND: 'no CRIU executable was found',
	ERR_CRIU_UNUSABLE: 'the CRIU that was found does not work on this kernel',
	ERR_HOOK_FAILED: 'a hook of config.json failed; `subject` is its JSON path, `log` the last lines that it printed',
	ERR_INIT_DIED: 'the container init ended before it could report',
	ERR_INIT_STEP: 'a step of the container init failed; `syscall` is the step, `subject` what it worked on',
	ERR_LAZY_PAGES: 'memory of a restored container could not be brought back; the container is stopped',
	ERR_MIGRATION: 'a container was not moved; it runs on at the source',
	ERR_NATIVE: 'a system call failed; `syscall` and `errno` say which and why',
	ERR_NATIVE_LOAD: 'the native addon or ctn-init could not be loaded',
	ERR_PLAN_INVALID: 'the launch plan cannot be encoded, or init refused it',
	ERR_ROOTFS_NOT_FOUND: 'the root filesystem of the bundle does not exist',
	ERR_SECCOMP_LISTENER: 'nobody took the seccomp notify descriptor at `linux.seccomp.listenerPath`',
	ERR_STATE_CORRUPT: 'the saved state of a container cannot be read',
	ERR_STATE_FOREIGN: 'the saved state is of another runtime, or of another version of this one, and nothing of it is touched',
	ERR_SYSTEMD: 'systemd could not be reached, or did not do what it was asked for',
} as const;

export type ErrorCode = keyof typeof errorCodes;

export interface CtnErrorDetails {
	/** Name of the errno, such as `ENOENT`. */
	readonly errno?: string | undefined;
	/** The system call, host step or init step that failed. */
	readonly syscall?: string | undefined;
	/** The path, id, option or JSON path at fault. */
	readonly subject?: string | undefined;
	/** What to do about it, as one sentence. */
	readonly cure?: string | undefined;
	/** For `ERR_CRIU_*`: the lines of CRIU's log that tell the cause. For `ERR_HOOK_FAILED` and `ERR_CNI`: what the program printed last. */
	readonly log?: readonly string[] | undefined;
	readonly cause?: unknown;
}

/** The one error class of ctnative. */
export class CtnError extends Error {
	override readonly name = 'CtnError';
	readonly code: ErrorCode;
	readonly errno: string | undefined;
	readonly syscall: string | undefined;
	readonly subject: string | undefined;
	readonly cure: string | undefined;
	readonly log: readonly string[] | undefined;

	constructor(code: ErrorCode, message: string, details: CtnErrorDetails = {}) {
		const text = details.cure === undefined ? message : `${message} (${details.cure})`;
		super(text, details.cause === undefined ? undefined : {cause: details.cause});
		this.code = code;
		this.errno = details.errno;
		this.syscall = details.syscall;
		this.subject = details.subject;
		this.cure = details.cure;
		this.log = details.log;
	}
}

/** True for a CtnError that carries this errno. */
export const isErrno = (error: unknown, ...errnos: string[]): error is CtnError =>
	error instanceof CtnError && error.errno !== undefined && errnos.includes(error.errno);
