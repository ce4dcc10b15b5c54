import test from 'ava';
import type {Config, Linux, Mount, Process} from '../../ts/oci/config.js';
import {refuseUnsupported} from '../../ts/oci/unsupported.js';
import {validateConfig} from '../../ts/oci/validate/index.js';
import {mapping, spaces} from './rules.js';

const base: Config & {process: Process; linux: Linux} = {
	ociVersion: '1.3.0',
	root: {path: 'rootfs'},
	process: {args: ['sh'], cwd: '/'},
	linux: {namespaces: spaces('mount')},
};

const withLinux = (linux: Linux): Config => ({...base, linux: {...base.linux, ...linux}});
const withMount = (mount: Partial<Mount>): Config => ({...withLinux({}), mounts: [
	{destination: '/a', type: 'tmpfs'},
	{destination: '/b', type: 'tmpfs', source: '/srv', ...mount},
]});

const refuse = (config: Config): void => {
	refuseUnsupported(validateConfig(config, {bundle: '/bundle'}));
};

const maps = [mapping(0, 0, 1)];

const table: ReadonlyArray<readonly [path: string, config: Config]> = [
	['mounts', {...withMount({}), linux: {namespaces: spaces('pid')}}],
	['root.readonly', {...base, root: {path: 'rootfs', readonly: true}, linux: {}}],
	['linux.rootfsPropagation', {...base, linux: {rootfsPropagation: 'slave'}}],
	['linux.namespaces', {...base, linux: {namespaces: spaces('user'), uidMappings: maps, gidMappings: maps}}],
];

test('what is not done yet is refused by its path', t => {
	for (const [path, config] of table) {
		const error = t.throws(() => {
			refuse(config);
		}, {code: 'ERR_CONFIG_UNSUPPORTED'}, path);
		t.like(error, {subject: path});
		t.true(error?.message.startsWith(`config.json: ${path} asks for `), error?.message);
	}
});

test('asking for nothing of it is not asking for it', t => {
	for (const config of [
		withLinux({netDevices: {}, mountLabel: '', personality: {domain: 'LINUX'}}),
		withMount({uidMappings: [], gidMappings: [], options: ['bind', 'ro']}),
		withLinux({namespaces: [{type: 'mount'}, {type: 'network', path: '/proc/1/ns/net'}, {type: 'pid', path: '/proc/1/ns/pid'}]}),
		withLinux({seccomp: {defaultAction: 'SCMP_ACT_ALLOW', listenerPath: ''}}),
	]) {
		t.notThrows(() => {
			refuse(config);
		}, JSON.stringify(config));
	}
});
