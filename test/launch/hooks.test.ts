import test from 'ava';
import {planCreateHooks, planStartHooks} from '../../ts/launch/hooks.js';
import type {ValidConfig} from '../../ts/oci/config.js';

const facts = {id: 'web', bundle: '/bundle'};
const configOf = (hooks: object, annotations?: object): ValidConfig => ({hooks, annotations}) as unknown as ValidConfig;
const shared = {op: 'hook', timeout: 0, add_home: 0, cwd: undefined} as const;

test('without hooks nothing is planned for them', t => {
	t.deepEqual(planCreateHooks(configOf({}), facts, '/bundle/rootfs'), []);
	t.deepEqual(planStartHooks(configOf({createContainer: []}), facts, []), []);
});

test('init waits for the hooks of the host, then runs its own with an ordinary umask', t => {
	const config = configOf({prestart: [{path: '/a'}], createContainer: [{path: '/b', args: ['b', ''], env: ['X=1'], timeout: 5}, {path: '/c'}]}, {key: '"pid":1,'});
	const ends = {state: '{"ociVersion":"1.3.0","id":"web","status":"creating","pid":', state_end: ',"bundle":"/bundle","annotations":{"key":"\\"pid\\":1,"}}'};
	t.deepEqual(planCreateHooks(config, facts, '/bundle/rootfs'), [
		{op: 'sync', point: 2},
		{op: 'umask', mask: 0o022},
		{...shared, ...ends, path: '/b', argv: ['b', ''], envp: ['X=1'], timeout: 5, number: 0, cwd: '/bundle/rootfs', for_host: 1},
		{...shared, ...ends, path: '/c', argv: ['/c'], envp: [], number: 1, cwd: '/bundle/rootfs', for_host: 1},
		{op: 'umask', mask: 0},
	]);
});

test('a startContainer hook without env has that of the program, HOME and all; with one just its own', t => {
	const config = configOf({startContainer: [{path: '/a'}, {path: '/b', env: []}]});
	const ends = {state: '{"ociVersion":"1.3.0","id":"web","status":"created","pid":', state_end: ',"bundle":"/bundle"}'};
	t.deepEqual(planStartHooks(config, facts, ['PATH=/bin']), [
		{...shared, ...ends, path: '/a', argv: ['/a'], envp: ['PATH=/bin'], number: 0, add_home: 1, for_host: 0},
		{...shared, ...ends, path: '/b', argv: ['/b'], envp: [], number: 1, for_host: 0},
	]);
});
