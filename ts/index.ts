/**
 * ctnative: Linux containers from inside Node.js.
 *
 * The public API, and the only place that builds the real Native.
 */
import {RuntimeCore, type RuntimeOptions} from './container/runtime.js';
import {linuxNative} from './native/linux.js';

/** Makes and finds the containers of one state directory. */
export class Runtime extends RuntimeCore {
	/** @throws CtnError `ERR_NATIVE_LOAD` if the native parts are missing; `ERR_ARGUMENT`. */
	constructor(options: RuntimeOptions = {}) {
		super(linuxNative(), options, (process.env['PATH'] ?? '').split(':'));
	}
}

export {Container, type ContainerState, type ExecOptions} from './container/container.js';
export {Process, type ExitStatus} from './container/process.js';
export type {CheckpointOptions, CheckpointResult} from './checkpoint/dump.js';
export type {CreateOptions, RestoreOptions, RuntimeOptions} from './container/runtime.js';
export type {CriuOpts} from './criu/opts.js';
export type {StdioKind, StdioOption} from './container/stdio.js';
export type {Stats, MemoryUsage} from './cgroups/stats.js';
export {CtnError, errorCodes, type ErrorCode} from './errors.js';
export type {Signal, SignalName} from './linux/signals.js';
export type * from './oci/config.js';
export type {State, Status} from './oci/state.js';
export {defaultConfig} from './oci/spec.js';
