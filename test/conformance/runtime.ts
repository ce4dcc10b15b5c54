/**
 * The runtime that is tried, as a black box: RUNTIME=ctnative (the default), runc, crun, or a path.
 *
 * The suite asks for what engines rely on, so runc has to pass it, too: a case that it fails is a
 * wrong case, or says why.
 */
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {closeSync, existsSync, fstatSync, openSync, readSync, unlinkSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {basename, join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {makeBundle, tempDir, type BundleOptions, type Owner} from '../support/bundle.js';
import {projectPath} from '../support/paths.js';
import {testUnless} from '../support/skip.js';

const given = process.env['RUNTIME'] ?? 'ctnative';
const native = projectPath('build/Release/ctnative');

const program: readonly string[] = given !== 'ctnative' ? [given]
	: existsSync(native) ? [native] : [process.execPath, projectPath('dist/ts/cli/main.js')];

/** The program, and what comes before the arguments. A test run in the background would pass on what the shell ignores. */
const command: readonly string[] = ['/usr/bin/env', '--default-signal', ...program];

/** `ctnative`, `runc` or `crun`. */
export const runtimeName = basename(given);

/** Runtimes that differ, and why that is right or cannot be helped. */
export type Differs = Readonly<Record<string, string>>;

export interface Outcome {
	readonly code: number;
	readonly stdout: string;
	readonly stderr: string;
}

export interface RunOptions {
	readonly input?: string;
	readonly env?: Readonly<Record<string, string>>;
	readonly cwd?: string;
}

/** A file without a name: what is said goes there, as a container would hold a pipe open that we wait for the end of. */
const openNameless = (): number => {
	const path = join(tmpdir(), `conformance-${process.pid}-${process.hrtime.bigint()}`);
	const fd = openSync(path, 'wx+');
	unlinkSync(path);
	return fd;
};

const contentOf = (fd: number): string => {
	const bytes = Buffer.alloc(fstatSync(fd).size);
	readSync(fd, bytes, 0, bytes.length, 0);
	return bytes.toString();
};

const execute = async (words: readonly string[], {input = '', env, cwd}: RunOptions): Promise<Outcome> => {
	const out = openNameless();
	const err = openNameless();
	try {
		const child = spawn(words[0]!, words.slice(1), {stdio: ['pipe', out, err], timeout: 30_000, ...(env && {env: {...env}}), ...(cwd !== undefined && {cwd})});
		child.stdin!.on('error', () => {}); // It need not be read
		child.stdin!.end(input);
		const [code] = await once(child, 'exit') as [number | null];
		return {code: code ?? -1, stdout: contentOf(out), stderr: contentOf(err)};
	} finally {
		closeSync(out);
		closeSync(err);
	}
};

/** Runs the runtime without any of a world's options. */
export const runtime = async (args: readonly string[], options: RunOptions = {}): Promise<Outcome> => execute([...command, ...args], options);

let worlds = 0;

/** A state directory of one's own; whatever is left in it is removed. */
export class Place implements Owner {
	readonly root: string;
	readonly id: string;
	readonly #t: ExecutionContext;

	constructor(t: ExecutionContext) {
		this.#t = t;
		this.root = join(tempDir(this), 'state');
		this.id = `conf-${process.pid}-${++worlds}`;
		this.teardown(async () => {
			await this.run(['delete', '--force', this.id]);
		});
	}

	teardown(cleanup: () => void | Promise<void>): void {
		this.#t.teardown(cleanup);
	}

	bundle(options: BundleOptions = {}): string {
		return makeBundle(this, options);
	}

	async run(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
		return runtime(['--root', this.root, ...args], options);
	}
}

/** A case; skipped, with the reason, for a runtime that differs. */
export const conformance = (title: string, differs: Differs | undefined, body: (t: ExecutionContext) => Promise<void>): void => {
	const reason = process.getuid!() === 0 ? differs?.[runtimeName] : 'needs root';
	testUnless(reason, test)(title, body);
};
