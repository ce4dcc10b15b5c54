// A hook that failed, in words.
import {CtnError} from '../errors.js';
import type {HookName} from '../launch/hooks.js';
import {signalName} from '../linux/signals.js';
import type {Hook} from '../oci/config.js';
import type {Report} from '../plan/report.js';

type Failure = Extract<Report, {kind: 'error'}>;

/** wait(2): the low seven bits are a signal, the second byte is an exit code. */
const ending = (status: number): string => (status & 0x7f) === 0 ? `exit code ${status >> 8}` : `signal ${signalName(status & 0x7f)}`;

const lastLines = (output: string): string[] => output.split('\n').map(line => line.trim()).filter(Boolean);

/** @param how `exit code 1` or the like. */
const failed = (name: HookName, index: number, hook: Hook | undefined, how: string, details: {errno?: string; cause?: unknown; log?: readonly string[]} = {}): CtnError => {
	const {log = []} = details;
	const said = log.length > 0 ? `: ${log.at(-1)!}` : '';
	return new CtnError('ERR_HOOK_FAILED', `the ${name} hook ${index} (${hook?.path ?? 'unknown'}) failed: ${how}${said}`, {
		...details, log, syscall: 'hook', subject: `hooks.${name}[${index}]`,
	});
};

/** The failure that the `hook` step of ctn-init reports. */
export const hookError = (name: HookName, hooks: readonly Hook[], {errno, value = 0, detail}: Failure): CtnError => {
	const index = value >>> 16;
	const hook = hooks[index];
	const status = value & 0xffff;
	if (status !== 0) {
		return failed(name, index, hook, ending(status), {log: lastLines(detail)});
	}

	return errno === 'ETIMEDOUT'
		? failed(name, index, hook, `it was killed after its timeout of ${hook?.timeout ?? 0} s`, {errno, log: lastLines(detail)})
		: failed(name, index, hook, `it cannot be executed: ${errno}`, {errno});
};

/** The hook was ended from outside: with the container that it was for, or by somebody. */
export const hookCutOff = (name: HookName, index: number, hook: Hook, cause?: unknown): CtnError =>
	failed(name, index, hook, 'it was ended from outside, or with its container', {cause});
