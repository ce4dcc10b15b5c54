// The state of a container as runc prints it: every field there, in its order.
import type {ContainerState} from '../container/container.js';

/** @param owner User name, or `#uid`. */
export const stateJson = (state: ContainerState, owner: string): object => {
	const {ociVersion, id, pid = 0, status, bundle, rootfs, created, annotations} = state;
	return {ociVersion, id, pid, status, bundle, rootfs, created, ...(annotations && {annotations}), owner};
};
