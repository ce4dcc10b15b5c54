// node:path, for paths of Linux.
import {host} from '../engine.js';

const normal = (path: string): string => {
	const parts: string[] = [];
	for (const part of path.split('/').filter(name => name !== '' && name !== '.')) {
		if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') {
			parts.pop();
		} else if (part !== '..' || !path.startsWith('/')) {
			parts.push(part);
		}
	}

	return (path.startsWith('/') ? '/' : '') + parts.join('/') || '.';
};

export const join = (...parts: string[]): string => normal(parts.filter(part => part !== '').join('/') || '.');
export const resolve = (...parts: string[]): string => normal(parts.reduce((path, part) => part.startsWith('/') ? part : `${path}/${part}`, host.cwd()!));
export const basename = (path: string): string => path.replace(/\/+$/, '').split('/').at(-1)!;
export const dirname = (path: string): string => /^(.*?)\/+[^/]+\/*$/.exec(path)?.[1] || (path.startsWith('/') ? '/' : '.');
export const posix = {join, resolve, basename, dirname, normalize: normal};
export default posix;
