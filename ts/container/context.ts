// What every operation on a container needs of its runtime.
import type {Systemd} from '../cgroups/systemd.js';
import type {Native} from '../native/native.js';
import type {FilterStore} from '../state/filters.js';
import type {StateStore} from '../state/store.js';
import type {Machine} from './machine.js';
import type {Pool} from './pool.js';
import type {Recipes} from './recipes.js';

export interface Context {
	readonly native: Native;
	readonly store: StateStore;
	/** Seccomp filters on disk, for a program that ends before it needs one again. */
	readonly filters?: FilterStore | undefined;
	/** What was decided for creates before. */
	readonly recipes: Recipes;
	/** What is made before it is needed. */
	readonly pool?: Pool | undefined;
	/** Who manages cgroups: undefined for ourselves. */
	readonly systemd: (() => Promise<Systemd>) | undefined;
	/** Hears of what was accepted and will not do what its author may think. */
	warn(message: string): void;
	/** The machine; looked at once. */
	machine(): Promise<Machine>;
	/** The CRIU to use, or directories to look in for one. */
	readonly criu: {readonly path?: string | undefined; readonly searchPath: readonly string[]};
}
