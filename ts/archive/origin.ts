// What an engine says of a container beside its images: config.dump and spec.dump.
import {parseJson} from '../oci/json.js';
import {manifestFile} from './names.js';
import {refused} from './tree.js';

export type Facts = Readonly<Record<string, unknown>>;

/** Where a checkpoint came from, in the words of whoever wrote it. What is not told is empty. */
export interface CheckpointOrigin {
	readonly engine: 'podman' | 'CRI-O' | 'containerd' | 'ctnative';
	/** Of the container. */
	readonly id: string;
	/** As its engine calls the container, in a pod as the pod does. */
	readonly name: string;
	/** The image that its root filesystem was made from. */
	readonly image: string;
	/** Name or path of the OCI runtime. */
	readonly runtime: string;
	/** Of Kubernetes. */
	readonly namespace: string;
	readonly pod: string;
	/** When the container was made, and the checkpoint of it: ISO 8601. */
	readonly created: string;
	readonly checkpointed: string;
	/** Of config.json. */
	readonly annotations: Readonly<Record<string, string>>;
}

const record = (value: unknown): Facts => typeof value === 'object' && value !== null ? value as Facts : {};

const word = (...values: unknown[]): string => values.find(value => typeof value === 'string') as string | undefined ?? '';

/** @throws CtnError `ERR_ARCHIVE` if it is no JSON. */
export const parseFacts = (file: string, bytes: Uint8Array): Facts => {
	try {
		return record(parseJson(new TextDecoder().decode(bytes), file));
	} catch (error) {
		throw refused(file, 'is no JSON', error);
	}
};

const noTime = '0001-01-01T00:00:00Z';

const time = (...values: unknown[]): string => word(...values.filter(value => value !== noTime));

/** CRI-O has the name of the container in JSON in an annotation. */
const nameOf = (annotation: unknown): unknown => {
	try {
		return record(JSON.parse(word(annotation)))['name'];
	} catch {
		return undefined;
	}
};

const engineOf = (annotations: Facts, files: readonly string[]): CheckpointOrigin['engine'] => {
	const manager = annotations['io.container.manager'];
	if (manager === 'cri-o' || manager === 'libpod') {
		return manager === 'cri-o' ? 'CRI-O' : 'podman';
	}

	const isContainerd = 'io.kubernetes.cri.container-name' in annotations || files.includes('status') || files.includes('status.dump');
	return isContainerd ? 'containerd' : files.includes(manifestFile) ? 'ctnative' : 'podman';
};

/**
 * Source of the names: podman, CRI-O, containerd; checkpointctl, internal/container.go.
 *
 * @param container config.dump.
 * @param spec spec.dump.
 * @param files That are beside them, as far as they are known.
 */
export const originOf = (container: Facts, spec: Facts, files: readonly string[]): CheckpointOrigin => {
	const annotations = record(spec['annotations']);
	return {
		engine: engineOf(annotations, files),
		id: word(container['id']),
		name: word(nameOf(annotations['io.kubernetes.cri-o.Metadata']), annotations['io.kubernetes.cri.container-name'], container['name']),
		image: word(container['rootfsImageName'], container['rootfsImage'], container['rootfsImageRef']),
		runtime: word(container['runtime']),
		namespace: word(annotations['io.kubernetes.pod.namespace'], annotations['io.kubernetes.cri.sandbox-namespace']),
		pod: word(annotations['io.kubernetes.pod.name'], annotations['io.kubernetes.cri.sandbox-name']),
		created: time(annotations['io.kubernetes.cri-o.Created'], container['createdTime']),
		checkpointed: time(container['checkpointedTime']),
		annotations: Object.fromEntries(Object.entries(annotations).filter((entry): entry is [string, string] => typeof entry[1] === 'string')),
	};
};
