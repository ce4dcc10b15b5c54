// Hierarchies of cgroup v1: controllers that were mounted together are one directory.

/**
 * Directories with all their controllers, in the order of the first of each. None can be had, or
 * mounted, without the others.
 *
 * @param directories By controller.
 */
export const controllersByDirectory = (directories: Readonly<Record<string, string>>): Map<string, string[]> => {
	const found = new Map<string, string[]>();
	for (const [controller, directory] of Object.entries(directories)) {
		found.set(directory, [...(found.get(directory) ?? []), controller]);
	}

	return found;
};
