// Programs of the machine, to their end, by QuickJS's `os`.
import {signalName} from '../../../../ts/linux/signals.js';
import {os, check} from '../engine.js';

export type Stdio = 'ignore' | 'pipe' | 'inherit' | number;

export interface RunOptions {
	readonly cwd?: string | undefined;
	readonly env?: Readonly<Record<string, string | undefined>> | undefined;
	readonly detached?: boolean | undefined;
	readonly stdio?: Stdio | readonly Stdio[] | undefined;
}

/** What is meant for each of the first three descriptors. A test that gives more is none for this host. */
export const stdioOf = ({stdio = 'pipe'}: RunOptions): readonly Stdio[] => {
	const kinds = typeof stdio === 'object' ? stdio : [stdio, stdio, stdio];
	if (kinds.length > 3) {
		throw new Error('QuickJS gives a program no more than three descriptors');
	}

	return [0, 1, 2].map(index => kinds[index] ?? 'pipe');
};

/** Starts a program with these descriptors; the result is its pid. */
export const start = (words: readonly string[], fds: readonly number[], {cwd, env, detached}: RunOptions = {}): number =>
	check('spawn', os.exec(detached ? ['setsid', ...words] : words, {
		block: false,
		...cwd !== undefined && {cwd},
		stdin: fds[0]!,
		stdout: fds[1]!,
		stderr: fds[2]!,
		...env && {env: Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined)) as Record<string, string>},
	}), words[0]);

export interface End {
	readonly code: number | null;
	readonly signal: string | null;
}

/** How a child ended; undefined if it runs, which it cannot where we wait. */
export const endOf = (pid: number, wait: boolean): End | undefined => {
	const [ended, status] = os.waitpid(pid, wait ? 0 : os.WNOHANG);
	const signal = status & 0x7F;
	return ended === 0 ? undefined : signal === 0 ? {code: status >> 8, signal: null} : {code: null, signal: signalName(signal)};
};

/** One that says nothing, and must succeed. */
export const run = (...words: string[]): void => {
	const {code} = endOf(start(words, [0, 1, 2]), true)!;
	if (code !== 0) {
		throw new Error(`${words.join(' ')}: ended with ${code}`);
	}
};
