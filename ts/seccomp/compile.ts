// An OCI seccomp profile as a filter for seccomp(2).
import {CtnError} from '../errors.js';
import type {LinuxSeccomp} from '../oci/config.js';
import {entriesOf} from './abi.js';
import type {SeccompHostArch} from './abi.js';
import {intervalsOf} from './intervals.js';
import {checkProfile} from './profile.js';
import {assemble} from './program.js';

export type {SeccompHostArch} from './abi.js';

/** What seccomp(2), SECCOMP_SET_MODE_FILTER, is to be called with. */
export interface CompiledSeccomp {
	/** struct sock_filter[] in the byte order of the machine: little-endian, 8 bytes each, at most 4096 of them. */
	readonly filter: Uint8Array;
	/** SECCOMP_FILTER_FLAG_* bits, with SECCOMP_FILTER_FLAG_NEW_LISTENER if `notify` is true. */
	readonly flags: number;
	/** True if the call returns a notify descriptor, which is to go to `listenerPath`. */
	readonly notify: boolean;
}

export interface SeccompOptions {
	/** The machine the filter runs on. */
	readonly arch: SeccompHostArch;
}

/** linux/bpf_common.h, BPF_MAXINSNS. */
const maxInstructions = 4096;

/**
 * Compiles a seccomp profile.
 *
 * The filter decides as the one of runc with libseccomp would: unknown names are skipped, the native
 * architecture is always in, calls of architectures that are not listed kill the thread, and, unless the
 * default action is ALLOW, LOG or TRACE, a number above all that the profile knows fails with ENOSYS.
 * Where rules for one call overlap, see decision.ts and word-tests.ts. Architectures of other machines have no
 * effect. 32-bit architectures compare the low 32 bits of an argument.
 *
 * @throws CtnError `ERR_CONFIG_INVALID` for a value that the profile may not have, or rules that contradict
 * each other; `subject` is the JSON path, such as `linux.seccomp.syscalls[3].args[0].op`.
 * @throws CtnError `ERR_CONFIG_UNSUPPORTED` if the filter would be larger than the kernel takes.
 * @see OCI runtime-spec, config-linux.md#seccomp; seccomp(2)
 */
export function compileSeccomp(profile: LinuxSeccomp, options: SeccompOptions): CompiledSeccomp {
	const checked = checkProfile(profile);
	const sections = entriesOf(options.arch)
		.filter((entry, n) => n === 0 || checked.architectures.has(entry.abis[0].architecture))
		.map(entry => ({entry, intervals: intervalsOf(checked, entry)}));
	const filter = assemble(sections, checked.defaultAction);
	const instructions = filter.length / 8;
	if (instructions > maxInstructions) {
		throw new CtnError('ERR_CONFIG_UNSUPPORTED', `linux.seccomp needs a filter of ${instructions} instructions, the kernel takes ${maxInstructions}`, {subject: 'linux.seccomp.syscalls'});
	}

	return {filter, flags: checked.flags, notify: checked.notify};
}
