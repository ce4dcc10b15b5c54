import {spawn, type ChildProcess} from 'node:child_process';
import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {keepCgroupOptions} from '../../ts/criu/cgroup-options.js';
import {linuxNative} from '../../ts/native/linux.js';
import type {HostOp, Native} from '../../ts/native/native.js';
import {projectPath} from '../support/paths.js';
import {tempDir} from '../support/temp-dir.js';
import {instead} from '../system/meddle.js';

/** A machine whose cgroup2 has these options. */
const machine = (options: string[]): {native: Native; now: () => string[]; mount: (options: readonly string[]) => void} => {
	let now = options;
	const native = instead(linuxNative(), {
		async batch(ops: readonly HostOp[]) {
			const [op] = ops as [HostOp];
			if (op.op === 'new_tree') {
				now = [...op.options];
				return [-1];
			}

			return op.op === 'read' && op.path === '/proc/self/mountinfo'
				? [new TextEncoder().encode(`30 29 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 ${['rw', ...now].join()}\n`)]
				: linuxNative().batch(ops);
		},
	});
	return {native, now: () => now, mount(given) {
		now = [...given];
	}};
};

test('options of cgroup2 are what they were, also after CRIUs of which one began while another had taken them away', async t => {
	const {native, now, mount} = machine(['nsdelegate', 'memory_recursiveprot']);
	const directory = tempDir(t);
	const ends: Array<() => void> = [];
	const criu = async (): Promise<void> => {
		mount([]);
		await new Promise<void>(resolve => {
			ends.push(resolve);
		});
		mount([]); // And once more
	};
	const begun = async (count: number): Promise<void> => {
		while (ends.length < count) {
			await new Promise(resolve => {
				setTimeout(resolve, 1);
			});
		}
	};
	const first = keepCgroupOptions(native, 'soft', criu, directory);
	await begun(1);
	t.deepEqual(now(), []);
	const second = keepCgroupOptions(native, 'full', criu, directory);
	await begun(2);
	ends[0]!();
	await first;
	ends[1]!();
	await second;
	t.deepEqual(now(), ['nsdelegate', 'memory_recursiveprot']);
});

test('a CRIU that lets cgroups be is run as it is', async t => {
	const {native, now, mount} = machine(['nsdelegate']);
	await keepCgroupOptions(native, 'ignore', async () => mount([]));
	t.deepEqual(now(), []);
});

/** A program with a CRIU that takes all options away when it is told to, and ends at the next word; the options of the machine are in a file. */
const program = (directory: string): string => `
	const {keepCgroupOptions} = require(${JSON.stringify(projectPath('dist/ts/criu/cgroup-options.js'))});
	const real = require(${JSON.stringify(projectPath('dist/ts/native/linux.js'))}).linuxNative();
	const {readFileSync, writeFileSync} = require('node:fs');
	const machine = ${JSON.stringify(join(directory, 'machine'))};
	const own = op => op.op === 'new_tree' || op.path === '/proc/self/mountinfo';
	const native = {
		sleep: ms => real.sleep(ms), close: fd => real.close(fd),
		batch: async ops => !own(ops[0]) ? real.batch(ops) : ops.map(op => op.op === 'new_tree'
			? (writeFileSync(machine, op.options.join()), -1)
			: new TextEncoder().encode('30 29 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw,' + readFileSync(machine, 'utf8') + String.fromCharCode(10))),
	};
	const lines = require('node:readline').createInterface({input: process.stdin})[Symbol.asyncIterator]();
	keepCgroupOptions(native, 'soft', async () => {
		for (const word of ['strips', 'ends']) {
			console.log(word);
			await lines.next();
			writeFileSync(machine, '');
		}
	}, ${JSON.stringify(directory)}).then(() => process.exit(0));
`;

class Other {
	readonly #child: ChildProcess;

	constructor(directory: string) {
		this.#child = spawn(process.execPath, ['-e', program(directory)], {stdio: ['pipe', 'pipe', 'inherit']});
	}

	async said(): Promise<void> {
		await new Promise(resolve => {
			this.#child.stdout!.once('data', resolve);
		});
	}

	/** Its CRIU is there, and has taken the options away. */
	async strip(): Promise<this> {
		await this.said();
		const next = this.said();
		this.#child.stdin!.write('go on\n');
		await next;
		return this;
	}

	async end(signal?: NodeJS.Signals): Promise<void> {
		const ended = new Promise(resolve => {
			this.#child.once('close', resolve);
		});
		if (signal) {
			this.#child.kill(signal);
		} else {
			this.#child.stdin!.write('end\n');
		}

		await ended;
	}
}

test('and of several processes, too, of which one may be killed', async t => {
	const directory = tempDir(t);
	const machine = join(directory, 'machine');
	const now = (): string => readFileSync(machine, 'utf8');
	writeFileSync(machine, 'nsdelegate');
	const first = await new Other(directory).strip();
	t.is(now(), '');
	const second = await new Other(directory).strip();
	await first.end();
	t.true(existsSync(join(directory, 'ctnative.cgroup2')));
	const third = await new Other(directory).strip();
	await second.end();
	await third.end();
	t.is(now(), 'nsdelegate');
	t.false(existsSync(join(directory, 'ctnative.cgroup2')), 'nothing is left');

	const killed = await new Other(directory).strip();
	await killed.end('SIGKILL');
	t.is(now(), '');
	await (await new Other(directory).strip()).end();
	t.is(now(), 'nsdelegate', 'the next one knows what there was');
});
