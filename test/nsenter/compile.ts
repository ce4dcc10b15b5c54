// The C programs of these tests: compiled when they are needed, and gone with their owner.
import {execFileSync, spawnSync} from 'node:child_process';
import {join} from 'node:path';
import {projectPath} from '../support/paths.js';
import {tempDir, type Owner} from '../support/temp-dir.js';

const flags = ['-std=gnu11', '-O1', '-g', '-Wall', '-Wextra', '-Werror', '-Wno-missing-field-initializers', '-Wno-address-of-packed-member'];

/** What the code under test does wrong ends the program; so does memory that it leaves behind. */
export const sanitizers = ['-fsanitize=address,undefined', '-fno-sanitize-recover=all', '-fno-omit-frame-pointer'];

/** Path of the program made of these sources, which are named from the root of the tree. */
export const compile = (owner: Owner, sources: readonly string[], options: readonly string[] = []): string => {
	const target = join(tempDir(owner), 'program');
	execFileSync('gcc', [...flags, ...options, '-o', target, ...sources.map(source => projectPath(source))], {stdio: ['ignore', 'inherit', 'inherit']});
	return target;
};

/** The same for all tests of a file: compiled at the first call, gone when the process ends. */
export const compileOnce = (sources: readonly string[], options?: readonly string[]): (() => string) => {
	const process = {teardown: (cleanup: () => void | Promise<void>): void => {
		globalThis.process.once('exit', () => void cleanup());
	}};
	let made: string | undefined;
	return () => {
		made ??= compile(process, sources, options);
		return made;
	};
};

/** A list as the programs read it from stdin: magic, size, bytes. */
export const frame = (magic: number, bytes: Uint8Array): Buffer => Buffer.concat([Buffer.from(new Uint32Array([magic, bytes.length]).buffer), bytes]);

/** What the program printed. One that fails says why in the error. */
export const runProgram = (program: string, args: readonly string[], input: Uint8Array | string): string => {
	const {status, signal, stdout, stderr} = spawnSync(program, args, {input, encoding: 'utf8', maxBuffer: 1 << 28});
	if (status !== 0) {
		throw new Error(`${program} ended with ${status ?? signal}: ${stderr}`);
	}

	return stdout;
};

/** wire_dump over these lists: the lines of each, the last of which is `sound` or `unsound`. */
export const dumpLists = (program: string, lists: ReadonlyArray<{readonly magic: number; readonly bytes: Uint8Array}>): string[][] => {
	const dumps: string[][] = [[]];
	for (const line of runProgram(program, [], Buffer.concat(lists.map(({magic, bytes}) => frame(magic, bytes)))).trimEnd().split('\n')) {
		dumps.at(-1)!.push(line);
		if (line === 'sound' || line === 'unsound') {
			dumps.push([]);
		}
	}

	return dumps.slice(0, -1);
};
