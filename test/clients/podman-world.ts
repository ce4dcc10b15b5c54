// podman in a world: storage, configuration and one image of its own, and ctnative as its runtime.
import {execFileSync} from 'node:child_process';
import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {nativeCommand} from '../command/hosts.js';
import {Engine} from './engine.js';
import type {World} from './world.js';

export const image = 'localhost/busybox';

/**
 * Limits that can be set without CAP_SYS_RESOURCE, and soft as hard, because `kube play` of podman 4
 * exchanges them; files in the place of a journal and of shared memory, which all podmans share.
 */
const containersConf = (directory: string): string => `
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
ctnative = ["${nativeCommand}"]
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
export const containersEnv = (world: World): Record<string, string> => {
	const directory = join(world.directory, 'containers');
	mkdirSync(directory);
	const env = {CONTAINERS_CONF: join(directory, 'containers.conf'), CONTAINERS_STORAGE_CONF: join(directory, 'storage.conf')};
	writeFileSync(env.CONTAINERS_CONF, containersConf(directory));
	writeFileSync(env.CONTAINERS_STORAGE_CONF, storageConf(directory));
	return env;
};

export const openPodman = async (world: World): Promise<Engine> => {
	// What the first container of a pod runs, which is there to be shared
	writeFileSync(join(world.rootfs, 'bin/forever'), '#!/bin/sh\nexec sleep 100000\n', {mode: 0o755});
	const podman = new Engine(world, ['podman'], containersEnv(world));
	const {code, err} = await podman.run(['import', '--change', 'CMD ["/bin/forever"]', '-', image], {input: execFileSync('tar', ['-C', world.rootfs, '-c', '.'], {maxBuffer: 1 << 26})});
	if (code !== 0) {
		throw new Error(`podman import: ${err}`);
	}

	return podman;
};

export const clearPodman = async (podman: Engine): Promise<void> => {
	await podman.run(['pod', 'rm', '--all', '--force', '--time', '0']);
	await podman.run(['rm', '--all', '--force', '--time', '0', '--volumes']);
};
