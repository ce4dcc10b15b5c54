// Descriptors 0, 1 and 2 of a program of the container, at create and at exec.
import type {ValidProcess} from '../oci/config.js';
import type {Step} from '../plan/wire.gen.js';

/** Which of descriptors 0-2 are to be the container's own /dev/null: bits of 1 << fd. */
export interface NullStdio {
	readonly mask: number;
	/** Those that may be the host's, which would be a file outside of the container: only if it is. */
	readonly ifNull: number;
}

/**
 * A console only the container's /dev/pts can give; without one, stdio is what the host passed.
 *
 * @param bindsConsole It is to be found at /dev/console, too.
 */
export const planStdio = ({terminal, consoleSize, user}: ValidProcess, nulls: NullStdio, bindsConsole: boolean): Step[] => {
	const uid = user?.uid ?? 0;
	if (terminal) {
		return [{op: 'console', rows: consoleSize?.height ?? 0, columns: consoleSize?.width ?? 0, bind_console: bindsConsole ? 1 : 0, uid}];
	}

	return [
		...(nulls.mask || nulls.ifNull ? [{op: 'null_stdio', mask: nulls.mask, if_null: nulls.ifNull, okErrno: 'ENOENT'} as const] : []),
		{op: 'own_stdio', uid, okErrno: 'any'},
	];
};
