// A podman of a test's own: its storage, its configuration, one image, and ctnative as its runtime.
import {execFile, execFileSync, spawn, spawnSync, type ChildProcess} from 'node:child_process';
import {existsSync, mkdirSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import test, {type ExecutionContext} from 'ava';
import {privateCriu} from '../../ts/criu/find.js';
import {nativeCommand} from '../command/hosts.js';
import {noCriu} from '../support/criu-cli.js';
import {makeRootfs} from '../support/rootfs.js';
import {testUnless} from '../support/skip.js';
import {tempDir} from '../support/temp-dir.js';

const noPodman = spawnSync('podman', ['--version']).status === 0 ? undefined : 'podman is not installed';

/** A test with the real podman and the real CRIU. Those of one file take turns. */
export const podmanTest = testUnless(
	noCriu ?? noPodman ?? (existsSync(nativeCommand) ? undefined : 'the native command is not built'),
	test.serial,
);

export const image = 'localhost/ctnative-test:1';

const list = (words: readonly string[]): string => `[${words.map(word => JSON.stringify(word)).join(', ')}]`;

/** Limits that can be set without CAP_SYS_RESOURCE; files in the place of shared memory and of a journal. */
const configOf = (directory: string): string => `
[containers]
default_ulimits = ["nofile=1024:4096", "nproc=1024:2048"]
log_driver = "k8s-file"
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
lock_type = "file"
runtime = "ctnative"
runtime_supports_json = ["ctnative", "runc"]
static_dir = "${directory}/store/libpod"
tmp_dir = "${directory}/run/libpod"
volume_path = "${directory}/store/volumes"
[network]
network_config_dir = "${directory}/networks"
[engine.runtimes]
ctnative = ${list([nativeCommand])}
`;

export interface Said {
	readonly code: number;
	readonly out: string;
	readonly err: string;
}

export class Podman {
	readonly directory: string;
	/** Parent of the cgroups of what is made here. */
	readonly cgroup = `/ctnative-podman-${process.pid}`;
	/** What comes before `podman`: into a network namespace, for one. */
	#prefix: readonly string[] = [];
	#holder: ChildProcess | undefined;

	constructor(t: ExecutionContext) {
		this.directory = tempDir(t);
		t.teardown(async () => this.#end());
		writeFileSync(join(this.directory, 'containers.conf'), configOf(this.directory));
		const rootfs = join(this.directory, 'rootfs');
		makeRootfs(rootfs);
		mkdirSync(join(rootfs, 'run'));
		writeFileSync(join(rootfs, 'bin/forever'), '#!/bin/sh\nexec sleep 100000\n', {mode: 0o755});
		execFileSync('tar', ['--create', '--file', join(this.directory, 'image.tar'), '--directory', rootfs, '.']);
	}

	/** From here on all runs in a network namespace of this test. */
	async enterNetwork(): Promise<void> {
		const holder = spawn('unshare', ['--net', 'sh', '-c', 'ip link set lo up; echo up; exec sleep 1000'], {stdio: ['ignore', 'pipe', 'inherit']});
		this.#holder = holder;
		for await (const chunk of holder.stdout) {
			void chunk;
			break;
		}

		this.#prefix = ['nsenter', `--net=/proc/${holder.pid!}/ns/net`];
	}

	/** Runs a program where podman runs. */
	async execute(words: readonly string[]): Promise<Said> {
		const [file, ...args] = [...this.#prefix, ...words];
		const env = {...process.env, CONTAINERS_CONF: join(this.directory, 'containers.conf'), PATH: `${dirname(privateCriu)}:${process.env['PATH'] ?? ''}`};
		return new Promise(resolve => {
			execFile(file!, args, {env, timeout: 60_000, encoding: 'utf8'}, (error, out, err) => {
				resolve({code: error === null ? 0 : Number(error.code ?? -1), out, err});
			});
		});
	}

	async try(...args: readonly string[]): Promise<Said> {
		return this.execute(['podman', '--root', join(this.directory, 'store'), '--runroot', join(this.directory, 'run'), ...args]);
	}

	/** What podman says; it has to succeed. */
	async run(...args: readonly string[]): Promise<string> {
		const {code, out, err} = await this.try(...args);
		if (code !== 0) {
			throw new Error(`podman ${args.join(' ')}: ${err || out}`);
		}

		return out.trim();
	}

	/** The image of this world. */
	async load(): Promise<this> {
		await this.run('import', join(this.directory, 'image.tar'), image);
		return this;
	}

	/** A container whose shell says a number ten times a second, in the foreground of its log. */
	async count(name: string, options: readonly string[] = [], first = ':'): Promise<void> {
		await this.run('run', '--detach', '--name', name, '--cgroup-parent', this.cgroup, ...options, image, 'sh', '-c', `n=0; ${first}; while true; do n=$((n + 1)); echo $n; sleep 0.1; done`);
		await this.counted(name, 0);
	}

	/** The last number of it that is greater than this one. */
	async counted(name: string, after: number): Promise<number> {
		for (let tries = 0; tries < 300; tries++) {
			const last = Number((await this.run('logs', '--tail', '1', name)).trim() || 0);
			if (last > after) {
				return last;
			}

			await sleep(50);
		}

		throw new Error(`${name} does not count on from ${after}`);
	}

	file(name: string): string {
		return join(this.directory, name);
	}

	async #end(): Promise<void> {
		await this.try('pod', 'rm', '--all', '--force', '--time', '0');
		await this.try('rm', '--all', '--force', '--time', '0', '--volumes');
		this.#holder?.kill('SIGKILL');
		for (let tries = 0; tries < 200 && spawnSync('pgrep', ['--full', this.directory]).status === 0; tries++) {
			await sleep(50); // Each conmon has a podman clean up after it, which mounts the storage again
		}

		spawnSync('umount', [join(this.directory, 'store/overlay')]); // podman binds it to itself
		spawnSync('find', ['/sys/fs/cgroup', '-depth', '-type', 'd', '-path', `*${this.cgroup}*`, '-exec', 'rmdir', '{}', ';'], {stdio: 'ignore'});
	}
}
