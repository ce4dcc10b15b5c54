// podman in a world: storage, configuration and one image of its own, and ctnative as its runtime.
import {execFileSync} from 'node:child_process';
import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {nativeCommand} from '../command/hosts.js';
import {Engine} from './engine.js';
import {eventually, type World} from './world.js';

export const image = 'localhost/busybox:latest';

/**
 * Limits that can be set without CAP_SYS_RESOURCE, and soft as hard, because `kube play` of podman 4
 * exchanges them; files in the place of a journal and of shared memory, which all podmans share.
 */
export const containersConf = (directory: string, runtime = nativeCommand): string => `
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
log_driver = "k8s-file"
[engine]
runtime = "ctnative"
runtime_supports_json = ["ctnative"]
cgroup_manager = "cgroupfs"
events_logger = "file"
lock_type = "file"
infra_image = "${image}"
tmp_dir = "${directory}/tmp"
[engine.runtimes]
ctnative = ["${runtime}"]
[network]
network_config_dir = "${directory}/networks"
`;

const storageConf = (directory: string): string => `
[storage]
driver = "overlay"
graphroot = "${directory}/store"
runroot = "${directory}/run"
`;

/** The environment in which podman and buildah find what is theirs. */
const containersEnv = (directory: string): Record<string, string> => {
	mkdirSync(directory);
	const env = {CONTAINERS_CONF: join(directory, 'containers.conf'), CONTAINERS_STORAGE_CONF: join(directory, 'storage.conf')};
	writeFileSync(env.CONTAINERS_CONF, containersConf(directory));
	writeFileSync(env.CONTAINERS_STORAGE_CONF, storageConf(directory));
	return env;
};

/** What says a number ten times a second. */
export const counting = 'n=0; while true; do n=$((n + 1)); echo $n; sleep 0.1; done';

export class Podman extends Engine {
	constructor(world: World) {
		super(world, ['podman'], containersEnv(join(world.directory, 'containers')));
	}

	/** A path that the engine and the test see. */
	file(name: string): string {
		return join(this.world.directory, name);
	}

	/** What podman has for a container beside its root filesystem. */
	async userdata(t: ExecutionContext, name: string): Promise<string> {
		return this.file(`containers/store/overlay-containers/${await this.ok(t, ['inspect', '--format', '{{.Id}}', name])}/userdata`);
	}

	/** What the runtime has of containers; the filters that it keeps beside them do not count. */
	async states(): Promise<string[]> {
		return (await this.world.run(['ls', '/run/ctnative'])).out.split('\n').filter(name => name !== '' && !name.startsWith('seccomp:'));
	}

	/** A container whose shell counts, in the foreground of its log. */
	async count(t: ExecutionContext, name: string, options: readonly string[] = [], first = ':'): Promise<void> {
		await this.ok(t, ['run', '--detach', '--name', name, ...options, image, 'sh', '-c', `${first}; ${counting}`]);
		await this.counted(t, name, 0);
	}

	/** The last number in its log; greater than this one, or it does not count on. */
	async counted(t: ExecutionContext, name: string, after: number): Promise<number> {
		const last = await eventually(async () => Number(await this.ok(t, ['logs', '--tail', '1', name])), number => number > after);
		t.true(last > after, `${name} does not count on from ${after}`);
		return last;
	}
}

export const openPodman = async (world: World): Promise<Podman> => {
	// What the first container of a pod runs, which is there to be shared
	writeFileSync(join(world.rootfs, 'bin/forever'), '#!/bin/sh\nexec sleep 100000\n', {mode: 0o755});
	mkdirSync(join(world.rootfs, 'run'));
	const podman = new Podman(world);
	const {code, err} = await podman.run(['import', '--change', 'CMD ["/bin/forever"]', '-', image], {input: execFileSync('tar', ['-C', world.rootfs, '-c', '.'], {maxBuffer: 1 << 26})});
	if (code !== 0) {
		throw new Error(`podman import: ${err}`);
	}

	return podman;
};

export const clearPodman = async (podman: Podman): Promise<void> => {
	await podman.run(['pod', 'rm', '--all', '--force', '--time', '0']);
	await podman.run(['rm', '--all', '--force', '--time', '0', '--volumes']);
	await podman.run(['volume', 'prune', '--force']);
};
