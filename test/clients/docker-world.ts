// dockerd in a world, with a containerd of its own, and ctnative as one of its runtimes.
import {execFileSync} from 'node:child_process';
import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {nativeCommand} from '../command/hosts.js';
import {Engine} from './engine.js';
import {eventually, type World} from './world.js';

export const image = 'busybox';

export interface DaemonOptions {
	readonly name?: string;
	readonly bridge?: boolean;
	readonly options?: readonly string[];
	/** What comes before the daemon and its clients: into another namespace. */
	readonly inside?: readonly string[];
}

/** Limits as they can be set without CAP_SYS_RESOURCE. */
const ulimits = {nofile: {Name: 'nofile', Soft: 1024, Hard: 4096}, nproc: {Name: 'nproc', Soft: 1024, Hard: 2048}};

/** Starts a daemon and waits until it answers. */
export const startDocker = async (world: World, {name = 'docker', bridge = false, options = [], inside = []}: DaemonOptions = {}): Promise<Engine & {readonly pid: number}> => {
	const directory = join(world.directory, name);
	mkdirSync(directory);
	writeFileSync(join(directory, 'daemon.json'), JSON.stringify({'default-ulimits': ulimits}));
	const host = `unix://${directory}/docker.sock`;
	const pidfile = join(directory, 'pid');
	world.start(name, [
		...inside, 'dockerd', '--config-file', join(directory, 'daemon.json'), '--data-root', join(directory, 'data'), '--exec-root', join(directory, 'exec'), '--pidfile', pidfile,
		'--host', host, '--experimental', '--exec-opt', 'native.cgroupdriver=cgroupfs', '--add-runtime', `ctnative=${nativeCommand}`,
		...(bridge ? ['--bip', '172.29.0.1/24'] : ['--bridge', 'none', '--iptables=false']), ...options,
	]);
	const docker = new Engine(world, [...inside, 'docker', '--host', host]);
	const {code, err} = await eventually(async () => docker.run(['version']), outcome => outcome.code === 0);
	if (code !== 0) {
		throw new Error(`dockerd: ${err}${(await world.run(['tail', '-n', '20', join(world.directory, `${name}.log`)])).out}`);
	}

	const tar = execFileSync('tar', ['-C', world.rootfs, '-c', '.'], {maxBuffer: 1 << 26});
	const imported = await docker.run(['import', '-', image], {input: tar});
	if (imported.code !== 0) {
		throw new Error(`docker import: ${imported.err}`);
	}

	const pid = Number((await world.run(['cat', pidfile])).out);
	return Object.assign(docker, {pid});
};

export const clearDocker = async (docker: Engine): Promise<void> => {
	const {out} = await docker.run(['ps', '--all', '--quiet']);
	const ids = out.split('\n').filter(Boolean);
	if (ids.length > 0) {
		await docker.run(['rm', '--force', '--volumes', ...ids]);
	}
};
