// Cgroups below that of a container, which it or somebody for it has made: where a program of exec goes.
import {CtnError} from '../errors.js';
import type {CgroupRecord} from './plan.js';

/** Path below the cgroup of the container, for all hierarchies or by controller. */
export type SubCgroup = string | Readonly<Record<string, string>>;

const invalid = (what: string): CtnError => new CtnError('ERR_ARGUMENT', `cgroup ${what}`, {subject: 'cgroup'});

const checked = (path: unknown): string => {
	if (typeof path !== 'string' || path.includes('\0') || path.split('/').includes('..')) {
		throw invalid(`must be a path below the cgroup of the container, not ${JSON.stringify(path)}`);
	}

	const parts = path.split('/').filter(part => part !== '' && part !== '.');
	return parts.map(part => `/${part}`).join('');
};

/**
 * The directories to join.
 *
 * @throws CtnError `ERR_ARGUMENT` for a path that leads out, or a controller that the container is not in.
 */
export const subCgroup = (record: CgroupRecord, sub: SubCgroup): CgroupRecord => {
	const {v1, unified} = record;
	if (typeof sub !== 'object') {
		const path = checked(sub);
		return {...record, v1: Object.fromEntries(Object.entries(v1).map(([name, directory]) => [name, directory + path])), unified: unified && unified + path};
	}

	const unknown = Object.keys(sub).find(controller => !(controller in v1));
	if (unknown !== undefined) {
		throw invalid(`names a hierarchy that the container is not in: ${unknown}`);
	}

	return {...record, v1: Object.fromEntries(Object.entries(v1).map(([name, directory]) => [name, directory + checked(sub[name] ?? '')]))};
};
