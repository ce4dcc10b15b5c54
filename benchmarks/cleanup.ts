// A benchmark makes containers, cgroups and mounts on a real machine. However it ends, they go.
import type {Owner} from '../test/support/temp-dir.js';

type Cleanup = () => void | Promise<void>;

/** Owns what is made in it; undone last first. */
export class Scope implements Owner {
	readonly #cleanups: Cleanup[] = [];
	#ending: Promise<void> | undefined;

	teardown(cleanup: Cleanup): void {
		this.#cleanups.push(cleanup);
	}

	/** Can be called again while it is at it. */
	end(): Promise<void> {
		this.#ending ??= this.#undo();
		return this.#ending;
	}

	async #undo(): Promise<void> {
		for (let cleanup = this.#cleanups.pop(); cleanup; cleanup = this.#cleanups.pop()) {
			try {
				await cleanup();
			} catch (error) {
				// The others must have their turn
				console.error(`cleaning up: ${error instanceof Error ? error.message : String(error)}`);
				process.exitCode = 1;
			}
		}
	}
}

const interruption = new AbortController();

/** To be called between two steps: throws once ^C was pressed, so that nothing new is begun. */
export const stopIfInterrupted = (): void => interruption.signal.throwIfAborted();

/** Runs a main program in a scope, and words what went wrong. SIGTERM and a second ^C do not wait for the step at hand. */
export const main = (body: (scope: Scope) => Promise<void>): void => {
	const scope = new Scope();
	let code = 1;
	for (const [signal, exitCode] of [['SIGINT', 130], ['SIGTERM', 143]] as const) {
		process.on(signal, () => {
			code = exitCode;
			if (signal === 'SIGTERM' || interruption.signal.aborted) {
				void scope.end().finally(() => process.exit(code));
			}

			interruption.abort(new Error(`stopped by ${signal}`));
		});
	}

	body(scope).then(() => scope.end(), async (error: unknown) => {
		console.error(interruption.signal.aborted ? 'interrupted' : error);
		await scope.end();
		process.exit(code); // Whatever the failed step was waiting for would keep us here
	});
};
