// Cgroups below that of a container, which it or somebody for it has made: where a program of exec goes.
import {CtnError} from '../errors.js';
import {parseCgroups} from '../linux/proc.js';
import type {Native} from '../native/native.js';
import {textOf} from '../native/results.js';
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

/**
 * The cgroup2 directory in which init is by now, if it went below the one it was given.
 *
 * What is elsewhere is none of the container's, whatever init did to get there.
 *
 * @param root Where cgroup2 is mounted.
 */
export const besideInit = async (native: Native, record: CgroupRecord, pid: number, root: string | undefined): Promise<CgroupRecord | undefined> => {
	const [text] = await native.batch([{op: 'read', path: `/proc/${pid}/cgroup`, max: 1 << 16, okErrno: 'any'}]);
	const path = parseCgroups(textOf(text)).find(({hierarchy}) => hierarchy === 0)?.path;
	const directory = `${root ?? ''}${path ?? ''}`;
	return record.unified !== undefined && directory.startsWith(`${record.unified}/`) ? {...record, unified: directory} : undefined;
};
