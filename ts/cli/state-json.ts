// The state of a container as runc prints it: as JSON with every field there, in its order, or as a row of a table.
import type {ContainerState} from '../container/container-state.js';

/** @param owner User name, or `#uid`. */
export const stateJson = (state: ContainerState, owner: string): object => {
	const {ociVersion, id, pid = 0, status, bundle, rootfs, created, annotations} = state;
	return {ociVersion, id, pid, status, bundle, rootfs, created, ...(annotations && {annotations}), owner};
};

export const stateColumns = ['ID', 'PID', 'STATUS', 'BUNDLE', 'CREATED'] as const;

export const stateRow = ({id, pid = 0, status, bundle, created}: ContainerState): string[] => [id, String(pid), status, bundle, created];
