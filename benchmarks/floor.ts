// floor.c as one of those that are compared, with the cgroup directories that a container of ours has.
import {existsSync, readFileSync, rmdirSync} from 'node:fs';
import {join} from 'node:path';
import type {Runtime} from '../ts/index.js';
import type {Scope} from './cleanup.js';
import {openLineProgram} from './line-program.js';

/** The cgroup directories that ctnative makes for a container of this bundle, with another name. */
const directoriesOf = async (runtime: Runtime, id: string, bundle: string, name: string): Promise<{unified: string | undefined; v1: string[]}> => {
	const container = await runtime.create(id, {bundle, stdio: 'ignore'});
	const lines = readFileSync(`/proc/${container.pid}/cgroup`, 'utf8').trim().split('\n').map(line => line.split(':'));
	await container.delete({force: true});
	const own = lines.filter(([, , path]) => path !== '/');
	const roots = ['/sys/fs/cgroup/unified', '/sys/fs/cgroup'];
	const unified = roots.find(root => existsSync(join(root, 'cgroup.controllers')));
	return {
		unified: unified !== undefined && own.some(([, controllers]) => controllers === '') ? join(unified, name) : undefined,
		v1: own.flatMap(([, controllers]) => controllers === '' ? [] : [join('/sys/fs/cgroup', controllers!.replace('name=', ''), name)]),
	};
};

/** @returns what lives one life of a container of the bundle's `true` and resolves with its milliseconds. */
export const openFloor = async (scope: Scope, runtime: Runtime, id: string, bundle: string, kind: 'fresh' | 'pooled' = 'fresh'): Promise<() => Promise<number>> => {
	const {root} = JSON.parse(readFileSync(join(bundle, 'config.json'), 'utf8')) as {root: {path: string}};
	const {unified, v1} = await directoriesOf(runtime, id, bundle, `ctnative-floor-${kind}-${process.pid}`);
	scope.teardown(() => {
		for (const directory of [...v1, ...unified === undefined ? [] : [unified]].filter(directory => existsSync(directory))) {
			rmdirSync(directory);
		}
	});
	const ask = openLineProgram(scope, 'floor', [kind, root.path, unified ?? '-', ...v1, '--', '/bin/true']);
	return async () => Number(await ask('')) / 1e6;
};
