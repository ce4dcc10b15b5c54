// A containerd of a world: its own root, state and socket, and an image that was imported, as there is no registry.
import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {Engine} from './engine.js';
import {eventually, type World} from './world.js';

export const image = 'localhost/busybox:latest';

/** As an image that `ctr image import` takes: that of podman is at hand. */
const saveImage = async (world: World): Promise<string> => {
	const archive = join(world.directory, 'image.tar');
	const buildah = `buildah --root ${join(world.directory, 'store')} --runroot ${join(world.directory, 'runroot')} --storage-driver vfs`;
	const script = `
		set -e
		container=$(${buildah} from scratch)
		${buildah} add -q "$container" ${world.rootfs} /
		${buildah} config --env PATH=/bin --cmd '["sleep", "1000000"]' "$container"
		${buildah} commit -q "$container" oci-archive:${archive}:${image}
	`;
	const {code, err} = await world.run(['sh', '-c', script]);
	if (code !== 0) {
		throw new Error(`buildah: ${err}`);
	}

	return archive;
};

export interface Containerd {
	/** Of the daemon, which hears ctr and the CRI there. */
	readonly socket: string;
	readonly ctr: Engine;
}

/**
 * @param settings What its configuration says besides places: TOML.
 * @param namespace That the image is for, and that ctr looks into.
 */
export const openContainerd = async (world: World, settings: string, namespace: string): Promise<Containerd> => {
	const directory = join(world.directory, 'containerd');
	mkdirSync(directory);
	const socket = join(directory, 'containerd.sock');
	const config = join(directory, 'config.toml');
	writeFileSync(config, `version = 2\nroot = "${directory}/root"\nstate = "${directory}/state"\n${settings}\n[grpc]\naddress = "${socket}"\n[ttrpc]\naddress = "${socket}.ttrpc"\n`);
	world.start('containerd', ['containerd', '--config', config]);
	const ctr = new Engine(world, ['ctr', '--address', socket, '--namespace', namespace]);
	const {code, err} = await eventually(async () => ctr.run(['version']), outcome => outcome.code === 0);
	if (code !== 0) {
		throw new Error(`containerd: ${err}`);
	}

	const imported = await ctr.run(['image', 'import', await saveImage(world)]);
	if (imported.code !== 0) {
		throw new Error(`ctr image import: ${imported.err}`);
	}

	return {socket, ctr};
};
