// Images that another runtime wrote: runc and crun keep less beside them than a restore has to know.
import {readRecords} from '../images/records.js';
import {hasNamespace, isNewNamespace} from '../launch/namespaces.js';
import {nullDevice} from '../linux/null-device.js';
import type {Native} from '../native/native.js';
import type {ValidConfig} from '../oci/config.js';
import {mountImagesOf} from './directory.js';
import type {ExternalMount} from './externals.js';
import type {Manifest} from './manifest.js';

/** There is no manifest of ours beside the images. */
export const isForeign = ({id}: Manifest): boolean => id === '';

/** The names of external mounts, which are their mount points; but what hides a masked file is called by its source. */
const externalNames = async (native: Native, imagesDir: string): Promise<string[]> => {
	const images = await mountImagesOf(native, imagesDir);
	const files = await native.batch(images.map(path => ({op: 'read', path, max: 1 << 26})));
	const records = files.flatMap(bytes => readRecords('mnts', bytes as Uint8Array));
	return [...new Set(records.flatMap(record => record.ext_key === undefined ? [] : [record.ext_key]))];
};

/**
 * The manifest of images without one of ours: its mounts are those that the images call external, and
 * network and terminal those of config.json.
 *
 * @throws CtnError `ERR_CHECKPOINT_IMAGES` if the images cannot be read.
 */
export const completeManifest = async (native: Native, imagesDir: string, manifest: Manifest, config: ValidConfig): Promise<Manifest> => {
	if (!isForeign(manifest)) {
		return manifest;
	}

	const names = await externalNames(native, imagesDir);
	return {
		...manifest,
		mounts: names.map((mountPoint): ExternalMount => ({mountPoint, source: mountPoint === nullDevice ? nullDevice : undefined})),
		network: isNewNamespace(config, 'network') ? 'own' : hasNamespace(config, 'network') ? 'external' : 'host',
		terminal: config.process.terminal ?? false,
	};
};
