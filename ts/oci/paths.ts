// Paths as text. What a path leads to in a root filesystem is init's to find out, never ours.

/** Without `//`, `.` and `..`; an absolute path stays below `/`. */
export const cleanPath = (path: string): string => {
	const isAbsolute = path.startsWith('/');
	if (isAbsolute && !path.includes('//') && !path.includes('/.') && !path.endsWith('/')) {
		return path; // As most are
	}

	const parts: string[] = [];
	for (const part of path.split('/')) {
		if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') {
			parts.pop();
		} else if (part === '..' && !isAbsolute) {
			parts.push(part);
		} else if (part !== '' && part !== '.' && part !== '..') {
			parts.push(part);
		}
	}

	const joined = parts.join('/');
	return isAbsolute ? `/${joined}` : joined || '.';
};

/** A path as seen from an absolute directory. */
export const resolvePath = (directory: string, path: string): string => cleanPath(path.startsWith('/') ? path : `${directory}/${path}`);
