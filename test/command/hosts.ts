// Both hosts of the command line: the native executable, and Node.
import {execFile, type ExecFileException} from 'node:child_process';
import {existsSync} from 'node:fs';
import {projectPath} from '../support/paths.js';
import {testUnless} from '../support/skip.js';

export const nativeCommand = projectPath('build/Release/ctnative');
export const nodeCommand = [process.execPath, projectPath('dist/ts/cli/main.js')];

export interface Outcome {
	readonly code: number;
	readonly out: string;
	readonly err: string;
}

export interface Conditions {
	readonly env?: Readonly<Record<string, string>>;
	readonly input?: string;
}

const run = async (words: readonly string[], {env, input = ''}: Conditions): Promise<Outcome> => new Promise(resolve => {
	const child = execFile(words[0]!, words.slice(1), {encoding: 'utf8', timeout: 30_000, ...(env && {env: {...env}})}, (error: ExecFileException | null, out, err) => {
		resolve({code: error === null ? 0 : typeof error.code === 'number' ? error.code : -1, out, err});
	});
	child.stdin!.on('error', () => {});
	child.stdin!.end(input);
});

export const inNative = async (args: readonly string[], conditions: Conditions = {}): Promise<Outcome> => run([nativeCommand, ...args], conditions);
export const inNode = async (args: readonly string[], conditions: Conditions = {}): Promise<Outcome> => run([...nodeCommand, ...args], conditions);

/** A test of the native command, where its engine was to be had. */
export const nativeTest = testUnless(
	process.getuid!() !== 0 ? 'needs root' : existsSync(nativeCommand) ? undefined : 'the native command is not built',
);
