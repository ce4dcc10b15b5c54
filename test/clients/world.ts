/**
 * A machine for engines and their daemons: namespaces of their own for processes, mounts, network and
 * cgroups. Whatever they start, mount, bridge or filter is in there, and ends with the first process,
 * which ends with the test.
 */
import {execFile, spawn, spawnSync, type ChildProcess, type ExecFileException} from 'node:child_process';
import {once} from 'node:events';
import {existsSync, mkdirSync, readFileSync, readdirSync, rmdirSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import test, {type ExecutionContext} from 'ava';
import {privateCriu} from '../../ts/criu/find.js';
import {nativeCommand} from '../command/hosts.js';
import {keepHierarchies} from '../support/hierarchies.js';
import {makeRootfs} from '../support/rootfs.js';
import {testUnless} from '../support/skip.js';
import {makeTempDir, removeDir} from '../support/temp-dir.js';

export interface Outcome {
	readonly code: number;
	readonly out: string;
	readonly err: string;
}

export interface RunOptions {
	readonly input?: string | Buffer;
	readonly env?: Readonly<Record<string, string>>;
}

/** Where cgroups are mounted for all; CRIU has them elsewhere, too, for a moment. */
const hierarchies = (): string[] => readFileSync('/proc/self/mounts', 'utf8').split('\n')
	.map(line => line.split(' ')).filter(([, place, type]) => place?.startsWith('/sys/fs/cgroup') && (type === 'cgroup' || type === 'cgroup2')).map(([, place]) => place!);

/** With what a process needs to enter it. */
const makeCgroup = (hierarchy: string, name: string): string => {
	const path = join(hierarchy, name);
	mkdirSync(path);
	for (const file of ['cpuset.cpus', 'cpuset.mems']) {
		if (existsSync(join(path, file)) && existsSync(join(hierarchy, 'cgroup.clone_children'))) {
			writeFileSync(join(path, file), readFileSync(join(hierarchy, file)));
		}
	}

	return path;
};

const firstIn = (cgroup: string): string => join(cgroup, 'first');

/** Puts its processes below it: only a cgroup of cgroup2 without any hands out its controllers. */
const leaveTop = (cgroup: string): void => {
	const below = firstIn(cgroup);
	mkdirSync(below);
	for (;;) {
		const pids = readFileSync(join(cgroup, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean);
		if (pids.length === 0) {
			break;
		}

		pids.forEach(pid => writeFileSync(join(below, 'cgroup.procs'), pid));
	}

	writeFileSync(join(cgroup, 'cgroup.subtree_control'), readFileSync(join(cgroup, 'cgroup.controllers'), 'utf8').replace(/\S+/g, '+$&'));
};

const removeCgroup = (path: string): void => {
	for (const entry of readdirSync(path, {withFileTypes: true})) {
		if (entry.isDirectory()) {
			removeCgroup(join(path, entry.name));
		}
	}

	rmdirSync(path);
};

/**
 * The first process of the world: makes its places, says so, and waits for the end of its input. It
 * is a shell, because a shell reaps what others left. All hierarchies are mounted, also those that are
 * not outside: containerd gives up at the first in /proc/self/cgroup that is mounted nowhere.
 */
const firstProcess = `
	exec 2>&1
	set -e
	unified=/sys/fs/cgroup
	mount -t tmpfs -o mode=755 cgroups $unified
	if [ "$(wc -l </proc/self/cgroup)" != 1 ]; then
		unified=$unified/unified
	fi
	while IFS=: read -r number name _; do
		case $number in
			0) place=$unified; type=cgroup2; options=rw ;;
			*) place=/sys/fs/cgroup/\${name#name=}; type=cgroup; options=$name ;;
		esac
		mkdir -p "$place"
		mount -t $type -o "$options" cgroup "$place"
	done </proc/self/cgroup
	mount -t tmpfs -o mode=755 run /run
	mkdir -p /run/netns /run/lock /run/ctnative
	ip link set lo up
	exec 3<&0
	echo ready
	cat <&3 >/dev/null &
	wait
`;

const seconds = 1000;

export class World {
	/** A directory that goes away with the world. */
	readonly directory = makeTempDir();
	/** Of busybox, as a tree. */
	readonly rootfs = join(this.directory, 'rootfs');
	readonly #name = `ctnative-clients-${process.pid}`;
	#cgroups: readonly string[] = [];
	#holder!: ChildProcess;
	#pid = 0;
	#letGo: () => void | Promise<void> = () => {};

	async open(): Promise<void> {
		await keepHierarchies({teardown: letGo => {
			this.#letGo = letGo;
		}});
		this.#cgroups = hierarchies().map(hierarchy => makeCgroup(hierarchy, this.#name));
		makeRootfs(this.rootfs);
		const enter = 'for cgroup; do echo 0 >"$cgroup/cgroup.procs"; done; exec unshare --mount --pid --net --ipc --uts --cgroup --fork --mount-proc sh -c "$first" 2>/dev/null';
		this.#holder = spawn('sh', ['-ec', enter, 'sh', ...this.#cgroups], {
			stdio: ['pipe', 'pipe', 'ignore'], env: {PATH: process.env['PATH'], first: firstProcess},
		});
		const [said] = await once(this.#holder.stdout!, 'data') as [Buffer];
		if (said.toString() !== 'ready\n') {
			throw new Error(`no world: ${said.toString()}`);
		}

		if (this.#cgroups.length === 1) { // cgroup2 alone
			leaveTop(this.#cgroups[0]!);
		}

		const {pid} = this.#holder;
		this.#pid = Number(readFileSync(`/proc/${pid!}/task/${pid!}/children`, 'utf8'));
	}

	/** The words that run a program in here. */
	words(words: readonly string[], env: Readonly<Record<string, string>> = {}): string[] {
		const path = `${dirname(privateCriu)}:/usr/sbin:/usr/bin:/sbin:/bin`; // podman asks the criu of PATH for its version
		const [cgroup, ...others] = this.#cgroups;
		return [
			// cgroup2 with nsdelegate lets nobody from outside of the namespace into what is in it
			...(cgroup !== undefined && others.length === 0 ? ['sh', '-c', 'echo 0 >"$0" && exec "$@"', join(firstIn(cgroup), 'cgroup.procs')] : []),
			'nsenter', '--target', String(this.#pid), '--mount', '--pid', '--net', '--ipc', '--uts', '--cgroup', '--wdns=/',
			'env', '-i', `PATH=${path}`, 'HOME=/root', ...Object.entries(env).map(([name, value]) => `${name}=${value}`), ...words,
		];
	}

	async run(words: readonly string[], {input = '', env}: RunOptions = {}): Promise<Outcome> {
		const [program, ...args] = this.words(words, env);
		return new Promise(resolve => {
			const child = execFile(program!, args, {encoding: 'utf8', timeout: 90 * seconds, maxBuffer: 1 << 26}, (error: ExecFileException | null, out, err) => {
				resolve({code: error === null ? 0 : typeof error.code === 'number' ? error.code : -1, out, err});
			});
			child.stdin!.on('error', () => {});
			child.stdin!.end(input);
		});
	}

	/** A file of the host has further lines for all who read it in here. */
	async addLines(path: string, lines: string): Promise<void> {
		const copy = join(this.directory, path.replaceAll('/', '-'));
		writeFileSync(copy, `${readFileSync(path, 'utf8')}${lines}`);
		await this.run(['mount', '--bind', copy, path]);
	}

	/** A daemon, whose messages go to a file of the world. It ends with the world, if not before. */
	start(name: string, words: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess {
		const [program, ...args] = this.words(['sh', '-c', 'exec "$@" >>"$LOG" 2>&1', 'sh', ...words], {...env, LOG: join(this.directory, `${name}.log`)});
		return spawn(program!, args, {stdio: 'ignore'});
	}

	/** Kills whatever runs in here, and removes what is left of it. */
	async close(): Promise<void> {
		if (this.#pid !== 0) { // Which would be us, had it never opened
			const ended = once(this.#holder, 'exit');
			process.kill(this.#pid, 'SIGKILL');
			await ended;
		}

		for (const path of this.#cgroups.filter(cgroup => existsSync(cgroup))) { // Others may have unmounted theirs
			removeCgroup(path);
		}

		removeDir(this.directory);
		await this.#letGo();
	}
}

/** Asks until the answer is as it should be; the last answer then, or after half a minute. */
export const eventually = async <Answer>(ask: () => Promise<Answer>, isRight: (answer: Answer) => boolean): Promise<Answer> => {
	const until = Date.now() + 30 * seconds;
	for (;;) {
		const answer = await ask();
		if (isRight(answer) || Date.now() > until) {
			return answer;
		}

		await sleep(100);
	}
};

const missing = (programs: readonly string[]): string | undefined => {
	const absent = programs.filter(program => spawnSync('which', [program]).status !== 0);
	return absent.length === 0 ? undefined : `${absent.join(', ')}: not installed`;
};

export type Steps<Client> = (t: ExecutionContext, client: Client) => Promise<void>;

/**
 * Declares the tests of a file: one after the other, in one world.
 *
 * @param programs Without which there is nothing to try.
 * @param open Starts the client in the new world.
 * @param clear Removes what a test left, for the next.
 */
export const clientTests = <Client>(programs: readonly string[], open: (world: World) => Promise<Client>, clear: (client: Client) => Promise<void>): ((title: string, steps: Steps<Client>) => void) => {
	const reason = process.getuid!() === 0 ? missing(programs) ?? (existsSync(nativeCommand) ? undefined : 'the native command is not built') : 'needs root';
	const declare = testUnless(reason, test.serial);
	if (reason !== undefined) {
		return title => declare(title, () => {});
	}

	const world = new World();
	let client: Client;
	test.before(async () => {
		await world.open();
		client = await open(world);
	});
	test.after.always(async () => world.close());
	return (title, steps) => {
		declare(title, async t => {
			t.timeout(120 * seconds);
			t.teardown(async () => clear(client));
			await steps(t, client);
		});
	};
};
