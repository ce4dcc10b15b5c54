// `process`, as far as tests use it.
import {EventEmitter} from 'events';
import {host, os, std, check} from '../engine.js';
import {readFileSync} from './fs.js';
import {parseSignal, type Signal} from '../../../../ts/linux/signals.js';

class Process extends EventEmitter {
	readonly pid = os.getpid();
	readonly env: Record<string, string | undefined> = {...std.getenviron()};
	readonly argv: string[] = [];
	readonly arch = 'x64';
	readonly platform = 'linux';
	readonly version = '';
	readonly versions = {};

	/** Node, for tests that start another program of the same library. */
	get execPath(): string {
		return this.env['CTNATIVE_NODE']!;
	}

	getuid(): number {
		return host.uid();
	}

	geteuid(): number {
		return host.uid();
	}

	getegid(): number {
		return this.#status(/^Gid:\t\d+\t(\d+)/m);
	}

	get ppid(): number {
		return this.#status(/^PPid:\t(\d+)/m);
	}

	#status(line: RegExp): number {
		return Number(line.exec(readFileSync('/proc/self/status', 'utf8'))![1]);
	}

	cwd(): string {
		return host.cwd()!;
	}

	kill(pid: number, signal: string | number = 'SIGTERM'): true {
		check('kill', os.kill(pid, signal === 0 ? 0 : parseSignal(signal as Signal)));
		return true;
	}

	nextTick(callback: (...args: unknown[]) => void, ...args: unknown[]): void {
		void Promise.resolve().then(() => callback(...args));
	}

	emitWarning(message: string): void {
		host.print(2, `${message}\n`);
	}
}

export const process = new Process();
export default process;
