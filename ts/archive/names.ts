/**
 * Where what is in an archive of podman, CRI-O or containerd is in a checkpoint directory of ours, and
 * back: images and all the rest are beside each other there.
 */
import {CtnError} from '../errors.js';
import {parentLink} from '../images/parent-link.js';
import {components, refused} from './tree.js';

/** Beside the images in the archive. Source: podman, CRI-O, containerd; checkpointctl, lib/metadata.go. */
export const metadata = {
	config: 'config.dump',
	spec: 'spec.dump',
	network: 'network.status',
	stats: 'stats-dump',
	shm: 'devshm-checkpoint.tar',
	/** Of CRI-O: `io.kubernetes.cri-o.LogPath`; of containerd: `status` and those with a dot. */
	others: ['dump.log', 'ctr.log', 'rootfs-diff.tar', 'deleted.files', 'bind.mounts', 'io.kubernetes.cri-o.LogPath', 'status', 'status.dump', 'container.log', 'pod.options', 'pod.dump'],
} as const;

const besides = new Set<string>([metadata.config, metadata.spec, metadata.network, metadata.stats, metadata.shm, ...metadata.others]);

const volumePrefix = 'volume-';
const plain = /^[\w][\w.@:+-]*$/;

/** File of a volume in the checkpoint directory. */
export const volumeFile = (name: string): string => `${volumePrefix}${name}.tar`;

/** Name of the volume that such a file holds. */
export const volumeOf = (file: string): string | undefined =>
	file.startsWith(volumePrefix) && file.endsWith('.tar') ? file.slice(volumePrefix.length, -4) : undefined;

/** Where the images of a pre-dump are in an archive, and after an import of both in the directory of those that build upon it. Source: podman. */
export const previousImages = 'pre-checkpoint';

/** Where images are in an archive. */
export type ImagesEntry = 'checkpoint' | typeof previousImages;

/** Images of the other kind than those that are looked for. */
const misplaced = (entry: string, images: ImagesEntry): CtnError => images === 'checkpoint'
	? new CtnError('ERR_ARCHIVE', `${JSON.stringify(entry)} is of a pre-checkpoint, which has memory alone`, {subject: entry, cure: 'import the checkpoint that builds upon it, and name this one as previous'})
	: refused(entry, 'is of a checkpoint: others build upon a pre-checkpoint');

/**
 * The file in the directory for an entry of an archive; undefined for what is of no use here.
 *
 * @throws CtnError `ERR_ARCHIVE` for an entry that no engine writes.
 */
export const fileOf = (entry: string, images: ImagesEntry = 'checkpoint'): string | undefined => {
	const parts = components(entry);
	const [first = '', second, ...more] = parts;
	if (parts.some(part => !plain.test(part)) || more.length > 0) {
		if (first === 'artifacts') {
			return undefined;
		}

		throw refused(entry, 'is in no archive of a checkpoint');
	}

	if (second === undefined) {
		if (!besides.has(first)) {
			throw refused(entry, 'is in no archive of a checkpoint');
		}

		return first;
	}

	switch (first) {
		case 'checkpoint':
		case previousImages: {
			if (first !== images) {
				throw misplaced(entry, images);
			}

			if ((besides.has(second) && second !== metadata.stats) || second === parentLink || second === previousImages) {
				throw refused(entry, 'would take the place of what is beside the images');
			}

			return second;
		}

		case 'volumes': {
			if (!second.endsWith('.tar')) {
				throw refused(entry, 'is no archive of a volume');
			}

			return volumePrefix + second;
		}

		case 'artifacts': {
			return undefined;
		}

		default: {
			throw refused(entry, 'is in no archive of a checkpoint');
		}
	}
};

/** The entry of an archive for a file of the directory. */
export const entryOf = (file: string): string => {
	const volume = volumeOf(file);
	return volume === undefined ? (besides.has(file) ? file : `checkpoint/${file}`) : `volumes/${volume}.tar`;
};

/** Of ours, among the images; it lists the files beside it. */
export const manifestFile = 'ctnative.json';

/** What of its list is still beside it in an archive. */
export const listedInArchive = (manifest: Readonly<Record<string, unknown>>): Record<string, unknown> => ({
	...manifest,
	files: Object.fromEntries(Object.entries((manifest['files'] ?? {}) as Record<string, unknown>).filter(([name]) => entryOf(name).startsWith('checkpoint/'))),
});
