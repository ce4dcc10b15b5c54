// What is told of a container.
import {stateOf, type State, type Status} from '../oci/state.js';
import type {SavedContainer} from '../state/record.js';

/** An OCI state, and what engines want to know besides. */
export interface ContainerState extends State {
	/** ISO 8601, UTC. */
	readonly created: string;
	/** Absolute path. */
	readonly rootfs: string;
}

export const containerState = ({record, config}: SavedContainer, status: Status): ContainerState => ({
	...stateOf({id: record.id, status, pid: record.pid, bundle: record.bundle, annotations: config.annotations}),
	rootfs: config.root.path.startsWith('/') ? config.root.path : `${record.bundle}/${config.root.path}`,
	created: record.created,
});
