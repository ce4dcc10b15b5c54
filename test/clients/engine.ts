// What all engines have in common here: a command line whose every step is asserted.
import type {ExecutionContext} from 'ava';
import type {Outcome, RunOptions, World} from './world.js';

export class Engine {
	readonly world: World;
	readonly #words: readonly string[];
	readonly env: Readonly<Record<string, string>>;

	/** @param words What every line begins with. */
	constructor(world: World, words: readonly string[], env: Readonly<Record<string, string>> = {}) {
		this.world = world;
		this.#words = words;
		this.env = env;
	}

	/** A line in full. */
	words(args: readonly string[]): string[] {
		return [...this.#words, ...args];
	}

	async run(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
		return this.world.run(this.words(args), {...options, env: {...this.env, ...options.env}});
	}

	/** A step that has to succeed. Returns what it printed, without the newline at its end. */
	async ok(t: ExecutionContext, args: readonly string[], options: RunOptions = {}): Promise<string> {
		const {code, out, err} = await this.run(args, options);
		t.is(code, 0, `${args.join(' ')}: ${out}${err}`);
		return out.trimEnd();
	}

	/** A step that has to fail, with this code and these words. */
	async fails(t: ExecutionContext, args: readonly string[], code: number, says: RegExp): Promise<void> {
		const outcome = await this.run(args);
		t.is(outcome.code, code, `${args.join(' ')}: ${outcome.out}${outcome.err}`);
		t.regex(outcome.err, says, args.join(' '));
	}
}
