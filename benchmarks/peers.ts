// The runtimes we compare with, started from this Node program as any other would do it.
import {spawn, spawnSync} from 'node:child_process';
import {accessSync, constants, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmdirSync, statfsSync} from 'node:fs';
import {basename, dirname, join} from 'node:path';
import {removeDir, tempDir, type Owner} from '../test/support/temp-dir.js';

export interface CliRuntime {
	readonly name: string;
	/** The program and its options that come before the verb. */
	readonly command: readonly [string, ...string[]];
}

const isExecutable = (path: string): boolean => {
	try {
		accessSync(path, constants.X_OK);
		return true;
	} catch {
		return false;
	}
};

/** The CRIU that scripts/install-criu put in place, or the one of the system. */
export const findCriu = (): string | undefined =>
	['/opt/ctnative/criu/bin/criu', ...(process.env['PATH'] ?? '').split(':').map(directory => join(directory, 'criu'))].find(isExecutable);

/** The CRIU for everybody: ours is told its path, the others look for it in PATH. */
export const useCriu = (): string => {
	const criu = findCriu();
	if (criu === undefined) {
		throw new Error('no CRIU here: run npm run setup');
	}

	process.env['PATH'] = `${dirname(criu)}:${process.env['PATH'] ?? ''}`;
	return criu;
};

/** TMPFS_MAGIC of linux/magic.h. */
const tmpfs = 0x01021994;

/**
 * A directory for the state of all runtimes, ours too: below /run, where each keeps it by default. On nearly
 * all machines that is a tmpfs; where it is not, the directory becomes one.
 */
export const stateDir = (owner: Owner): string => {
	const path = mkdtempSync('/run/ctnative-benchmark-');
	owner.teardown(() => removeDir(path));
	if (statfsSync(path).type !== tmpfs) {
		const {status, stderr} = spawnSync('mount', ['-t', 'tmpfs', '-o', 'mode=0700', 'ctnative-benchmark', path], {encoding: 'utf8'});
		if (status !== 0) {
			throw new Error(`no tmpfs for the state: ${stderr}`);
		}

		owner.teardown(() => void spawnSync('umount', [path], {stdio: 'inherit'}));
	}

	return path;
};

/** The first thing in a program's output that looks like a version. */
export const versionOf = (program: string): string => {
	const {stdout} = spawnSync(program, ['--version'], {encoding: 'utf8'});
	return /\d+\.\d+[\d.]*/.exec(stdout ?? '')?.[0] ?? 'missing';
};

/** Programs to compare with: those of a newer Debian (scripts/install-peers), which the goals are about, come first. */
const programs = (): readonly string[] => {
	const found = ['/opt/ctnative/peers/bin/crun', '/opt/ctnative/peers/bin/runc', '/usr/bin/crun', '/usr/sbin/runc'].filter(isExecutable);
	if (found.length === 0) {
		throw new Error('neither crun nor runc is here: run npm run bench, which gets them');
	}

	return found;
};

const nameOf = (program: string): string => `${basename(program)} ${versionOf(program)}`;

export const podman = (): string | undefined => ['/usr/bin/podman'].find(isExecutable);

/**
 * Podman with storage of its own, and one of these runtimes. Its events and
 * its network are left out; both would be written to places that it shares.
 */
export const podmanRuntime = (owner: Owner, program: string, state: string, runtime: CliRuntime): CliRuntime => {
	const storage = tempDir(owner); // Not in memory: its checkpoints are there
	const running = join(state, basename(storage));
	owner.teardown(() => {
		spawnSync('umount', [join(storage, 'overlay')]); // Podman mounts it on itself
	});
	const options = ['--root', storage, '--runroot', join(running, 'run'), '--tmpdir', join(running, 'tmp')];
	return {
		name: `podman with ${runtime.name}`,
		command: [program, ...options, '--cgroup-manager', 'cgroupfs', '--events-backend', 'none', '--runtime', runtime.command[0]],
	};
};

/** Its defaults would raise the hard limits, which needs CAP_SYS_RESOURCE. */
export const podmanLimits = ['--ulimit', 'nofile=1024:4096', '--ulimit', 'nproc=1024:2048'] as const;

export const versionsOfPeers = (): Record<string, string> => Object.fromEntries([
	...programs().map(program => [nameOf(program), program.startsWith('/opt') ? 'of a newer Debian' : 'of this Debian'] as const),
	...podman() === undefined ? [] : [['podman', versionOf(podman()!)] as const],
]);

/** A runtime of the command line with a state directory of its own; its containers go with the owner. */
const cliRuntime = (owner: Owner, program: string, state: string, options: readonly string[]): CliRuntime => {
	const name = nameOf(program);
	const root = join(state, name.replace(' ', '-'));
	mkdirSync(root, {recursive: true});
	const command = [program, '--root', root, ...options] as const;
	owner.teardown(() => {
		for (const id of readdirSync(root).filter(name => existsSync(join(root, name, 'state.json')) || existsSync(join(root, name, 'status')))) {
			spawnSync(program, ['--root', root, 'delete', '--force', id]);
		}
	});
	return {name, command};
};

/** Every crun and runc there is, or those that a pattern matches. */
export const cliRuntimes = (owner: Owner, state: string, pattern = /./, options: readonly string[] = []): CliRuntime[] =>
	programs().filter(program => pattern.test(nameOf(program))).map(program => cliRuntime(owner, program, state, options));

/** The newest crun and the newest runc. */
export const newest = (runtimes: readonly CliRuntime[]): CliRuntime[] =>
	['crun', 'runc'].flatMap(kind => runtimes.find(({name}) => name.startsWith(kind)) ?? []);

/** Runs a verb without input or output and resolves when it has ended well. */
export const runVerb = (runtime: CliRuntime, ...args: string[]): Promise<void> => new Promise((resolve, reject) => {
	const [program, ...options] = runtime.command;
	const child = spawn(program, [...options, ...args], {stdio: 'ignore'});
	child.once('error', reject);
	child.once('exit', (code, signal) => {
		if (code === 0) {
			resolve();
		} else {
			reject(new Error(`${[program, ...options, ...args].join(' ')}: ${signal ?? `exit code ${code}`}`));
		}
	});
});

/**
 * crun 1.8 refuses a hybrid layout as long as cgroup2 has a controller left to it. Gives such ones a v1
 * hierarchy, which is what this machine's other controllers have, until the owner ends.
 */
export const finishHybrid = (owner: Owner): void => {
	const unified = '/sys/fs/cgroup/unified/cgroup.controllers';
	if (!existsSync(unified)) {
		return;
	}

	for (const controller of readFileSync(unified, 'utf8').trim().split(/\s+/).filter(Boolean)) {
		const path = join('/sys/fs/cgroup', controller);
		if (existsSync(path)) {
			continue;
		}

		mkdirSync(path);
		owner.teardown(() => rmdirSync(path));
		const {status} = spawnSync('mount', ['-t', 'cgroup', '-o', controller, 'cgroup', path]);
		if (status === 0) {
			owner.teardown(() => {
				// CRIU under runc restores whatever cgroups it saw in it, and saves them the next time: each run would be slower
				spawnSync('find', [path, '-depth', '-mindepth', '1', '-type', 'd', '-path', join(path, 'ctnative-*'), '-exec', 'rmdir', '{}', '+']);
				spawnSync('umount', [path]);
			});
		}
	}
};
