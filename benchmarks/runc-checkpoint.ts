// Checkpoint and restore by runc, with its output on a pipe. Node cannot help here: what it calls a pipe
// is a socket pair, and CRIU cannot dump one end of that.
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import type {Readable} from 'node:stream';
import {runVerb, type CliRuntime} from './peers.js';

interface Prepared {
	/** What the container writes. */
	readonly stdout: Readable;
	/** Starts the command; resolves when it has ended well, which leaves the container running. */
	readonly go: () => Promise<void>;
}

/**
 * The shell is there before it is needed: that it has to be started is the fault of this benchmark and
 * not of runc's, so it must not be in the time.
 */
const script = '{ read -r go || exit; "$@" </dev/null 2>/dev/null 3>&-; echo $? >&3; } | cat';

const prepare = (runtime: CliRuntime, ...args: string[]): Prepared => {
	const child = spawn('sh', ['-c', script, 'sh', ...runtime.command, ...args], {stdio: ['pipe', 'pipe', 'inherit', 'pipe']});
	const code = once(child.stdio[3]!, 'data') as Promise<[Buffer]>;
	return {
		stdout: child.stdout!,
		async go() {
			child.stdin!.end('go\n');
			const [answer] = await code;
			if (answer.toString() !== '0\n') {
				throw new Error(`${[...runtime.command, ...args].join(' ')}: exit code ${answer.toString().trim()}`);
			}
		},
	};
};

export const prepareRun = (runtime: CliRuntime, id: string, bundle: string): Prepared =>
	prepare(runtime, 'run', '--detach', '--bundle', bundle, id);

export const checkpoint = (runtime: CliRuntime, id: string, images: string, options: readonly string[]): Promise<void> =>
	runVerb(runtime, 'checkpoint', ...options, '--image-path', images, id);

export const prepareRestore = (runtime: CliRuntime, id: string, bundle: string, images: string, options: readonly string[]): Prepared =>
	prepare(runtime, 'restore', ...options, '--detach', '--bundle', bundle, '--image-path', images, id);
