// What is known of where a checkpoint came from, in the words of checkpointctl.
import type {CheckpointOrigin, Inspection} from '../../index.js';

export const engineText = (engine: CheckpointOrigin['engine']): string => engine === 'podman' ? 'Podman' : engine;

/** What the manifest and the engine say of machine, container and pod. */
export const metadataOf = ({manifest, origin}: Pick<Inspection, 'manifest' | 'origin'>): object => ({
	...manifest,
	...(origin?.pod && {pod_name: origin.pod}),
	...(origin?.namespace && {kubernetes_namespace: origin.namespace}),
	...(origin && Object.keys(origin.annotations).length > 0 && {annotations: origin.annotations}),
});
