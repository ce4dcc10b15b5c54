// A program of ours that answers each line of its input with a line, and lives as long as the scope.
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {createInterface} from 'node:readline';
import {buildWorkload} from '../test/support/workload.js';
import type {Scope} from './cleanup.js';

/** @returns what asks benchmarks/NAME.c; it rejects if the program ended. */
export const openLineProgram = (scope: Scope, name: string, args: readonly string[] = []): (line: string) => Promise<string> => {
	const child = spawn(buildWorkload(name, 'benchmarks'), args, {stdio: ['pipe', 'pipe', 'inherit']});
	const exited = once(child, 'exit');
	scope.teardown(async () => {
		child.stdin.end();
		await exited;
	});
	const lines = createInterface({input: child.stdout})[Symbol.asyncIterator]();
	return async line => {
		child.stdin.write(`${line}\n`);
		const {value, done} = await lines.next() as IteratorResult<string>;
		if (done) {
			throw new Error(`${name} failed`);
		}

		return value;
	};
};
