// What every operation on a container needs of its runtime.
import type {Native} from '../native/native.js';
import type {StateStore} from '../state/store.js';
import type {Machine} from './machine.js';

export interface Context {
	readonly native: Native;
	readonly store: StateStore;
	/** The machine; looked at once. */
	machine(): Promise<Machine>;
	/** Path of CRIU, or undefined to look for one. */
	readonly criuPath: string | undefined;
}
