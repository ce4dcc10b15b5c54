/**
 * ava, as far as our tests use it: its own assertions, and the order in which it runs tests. Says what it does in lines
 * of JSON (`Line`).
 */
import {AssertionError, Assertions} from 'ava/lib/assert.js';
import {host, rejected, scriptArgs} from './engine.js';
import {process} from './node/process.js';

/** What a test file says of itself; run.ts hears it. */
export type Line =
	| {readonly kind: 'declared'; readonly titles: readonly string[]}
	| {readonly kind: 'passed' | 'skipped'; readonly title: string}
	| {readonly kind: 'failed'; readonly title: string; readonly why: string}
	| {readonly kind: 'end'};

/** The argument of the script. */
export interface Orders {
	/** Only tests with this in their titles. */
	readonly match: string;
	/** Titles, and why they do not run here. */
	readonly skip: Readonly<Record<string, string>>;
}

type Body = (t: Context) => unknown;

interface Declared {
	readonly title: string;
	readonly body: Body;
	readonly isSerial: boolean;
	readonly isSkipped: boolean;
}

const declared: Declared[] = [];
const before: Body[] = [];
const after: Body[] = [];
const {match, skip} = JSON.parse(scriptArgs[0] ?? '{"match": "", "skip": {}}') as Orders;

const say = (line: Line): void => host.print(1, `${JSON.stringify(line)}\n`);

const worded = (error: unknown): string => {
	if (error instanceof AssertionError) {
		const details = error.formattedDetails.map(({label, formatted}) => `${label}\n${formatted}`);
		return [`${error.assertion} ${error.message}`, ...details, error.assertionStack].join('\n');
	}

	return error instanceof Error ? [`${error.name}: ${error.message}`, error.stack, ...(error.cause === undefined ? [] : [`cause: ${worded(error.cause)}`])].join('\n') : String(error);
};

/** `t` */
class Context extends Assertions {
	readonly title: string;
	readonly #errors: unknown[] = [];
	readonly #pending: Array<Promise<unknown>> = [];
	readonly #cleanups: Array<() => unknown> = [];
	#passed = 0;

	constructor(title: string) {
		const fail = (error: unknown): unknown => {
			this.#errors.push(error);
			return error;
		};

		super({
			pass: () => {
				this.#passed++;
				return true;
			},
			pending: (promise: Promise<unknown>) => {
				this.#passed++;
				this.#pending.push(promise.catch(() => {}));
			},
			fail,
			failPending: fail,
			skip() {},
			disableSnapshots: true,
		});
		this.title = title;
	}

	log(...values: unknown[]): void {
		host.print(1, `# ${values.map(String).join(' ')}\n`);
	}

	teardown(cleanup: () => unknown): void {
		this.#cleanups.push(cleanup);
	}

	timeout(): void {} // Whoever runs this program has one

	/** What went wrong first, or undefined. */
	async run(body: Body, isHook = false): Promise<unknown> {
		const attempt = async (step: () => unknown): Promise<void> => {
			try {
				await step();
			} catch (error) {
				this.#errors.push(error);
			}
		};

		await attempt(async () => body(this));
		await Promise.all(this.#pending);
		for (const cleanup of this.#cleanups.toReversed()) {
			await attempt(cleanup);
		}

		return this.#errors[0] ?? (this.#passed === 0 && !isHook ? new Error('the test asserts nothing') : undefined);
	}
}

const runTest = async ({title, body}: Declared): Promise<void> => {
	const error = await new Context(title).run(body);
	say(error === undefined ? {kind: 'passed', title} : {kind: 'failed', title, why: worded(error)});
};

/** Hooks have no titles: one that fails is a test that failed. */
const runHooks = async (hooks: readonly Body[], title: string): Promise<boolean> => {
	let isFine = true;
	for (const hook of hooks) {
		const error = await new Context(title).run(hook, true);
		if (error !== undefined) {
			isFine = false;
			say({kind: 'failed', title, why: worded(error)});
		}
	}

	return isFine;
};

const runAll = async (): Promise<void> => {
	const chosen = declared.filter(({title}) => title.includes(match));
	const running = chosen.filter(({title, isSkipped}) => !isSkipped && skip[title] === undefined);
	say({kind: 'declared', titles: running.map(({title}) => title)});
	chosen.filter(test => !running.includes(test)).forEach(({title}) =>
		say({kind: 'skipped', title: skip[title] === undefined ? title : `${title} [skipped: ${skip[title]}]`}));
	if (running.length > 0 && await runHooks(before, 'before')) {
		for (const test of running.filter(({isSerial}) => isSerial)) {
			await runTest(test);
		}

		await Promise.all(running.filter(({isSerial}) => !isSerial).map(runTest));
	}

	await runHooks(after, 'after');
	process.emit('exit');
	for (const reason of rejected.values()) {
		say({kind: 'failed', title: 'nobody handled a rejection', why: worded(reason)});
	}

	say({kind: 'end'});
	host.exit(0); // Whatever is left to wait for: ava does not wait for it either
};

type Run = (t: Context, ...args: unknown[]) => unknown;

interface Macro {
	readonly exec: Run;
	readonly title?: (given: string | undefined, ...args: unknown[]) => string;
}

const declareAs = (isSerial: boolean, isSkipped = false) => (...words: [title: string, body: Run | Macro, ...args: unknown[]] | [body: Macro, ...args: unknown[]]): void => {
	if (declared.length === 0) {
		void Promise.resolve().then(runAll);
	}

	const [given, body, ...args] = typeof words[0] === 'string' ? words as [string, Run | Macro, ...unknown[]] : [undefined, ...words as [Macro, ...unknown[]]] as const;
	const {exec, title: titleFor = undefined} = typeof body === 'function' ? {exec: body} : body;
	const title = titleFor ? titleFor(given, ...args) : given!;
	if (declared.some(test => test.title === title)) {
		throw new Error(`Duplicate test title: ${title}`);
	}

	declared.push({title, isSerial, isSkipped, body: t => exec(t, ...args)});
};

const hook = (hooks: Body[]) => (...args: [Body] | [string, Body]): void => {
	hooks.push(args.at(-1) as Body);
};

const test = Object.assign(declareAs(false), {
	serial: Object.assign(declareAs(true), {skip: declareAs(true, true)}),
	skip: declareAs(false, true),
	macro: (macro: Macro): Macro => macro,
	before: hook(before),
	after: Object.assign(hook(after), {always: hook(after)}),
});

export default test;
