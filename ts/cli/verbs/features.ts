// features: what this runtime can do, in the shape of the runtime-spec (features.md).
import {capabilities} from '../../linux/capabilities.js';
import {knownMountOptions} from '../../linux/mount-options.js';
import {namespaces} from '../../linux/namespaces.js';
import {unsafeAnnotations} from '../../oci/annotations.js';
import {seccompActions, seccompArchitectures, seccompFlags, seccompOperators} from '../../oci/config-seccomp.js';
import {ociVersion} from '../../oci/state.js';
import {memoryPolicyFlags, memoryPolicyModes} from '../../oci/validate/memory-policy.js';
import {formatOf} from '../format.js';
import {formatTable, widthWithoutTerminal} from '../output.js';
import type {Run} from '../verb.js';

const features = (version: string) => ({
	ociVersionMin: '1.0.0',
	ociVersionMax: ociVersion,
	hooks: ['prestart', 'createRuntime', 'createContainer', 'startContainer', 'poststart', 'poststop'],
	mountOptions: [...knownMountOptions].sort(),
	linux: {
		namespaces: Object.keys(namespaces).sort(),
		capabilities,
		cgroup: {v1: true, v2: true, systemd: true, systemdUser: true, rdma: true},
		seccomp: {
			enabled: true,
			actions: seccompActions,
			operators: seccompOperators,
			archs: seccompArchitectures,
			knownFlags: seccompFlags,
			supportedFlags: seccompFlags,
		},
		apparmor: {enabled: true},
		selinux: {enabled: true},
		intelRdt: {enabled: true, schemata: true, monitoring: true},
		memoryPolicy: {modes: memoryPolicyModes, flags: memoryPolicyFlags},
		netDevices: {enabled: true},
		mountExtensions: {idmap: {enabled: true}},
	},
	annotations: {
		'org.ctnative.version': version,
		'org.opencontainers.runc.checkpoint.enabled': 'true',
	},
	potentiallyUnsafeConfigAnnotations: unsafeAnnotations,
});

/** A line for each value, under the names that lead to it. */
const rowsOf = (value: unknown, name: string): string[][] =>
	typeof value !== 'object' || value === null ? [[name, String(value)]]
		: Array.isArray(value) ? [[name, value.join(' ')]]
			: Object.entries(value).flatMap(([key, inner]) => rowsOf(inner, name === '' ? key : `${name}.${key}`));

export const run: Run = async call => {
	const {host, say} = call;
	const all = features(host.version);
	say(formatOf(call, 'by-reader') === 'json' ? `${JSON.stringify(all, undefined, 4)}\n`
		: `${formatTable([['FEATURE', 'VALUE'], ...rowsOf(all, '')], host.columns(1) ?? widthWithoutTerminal).join('\n')}\n`);
	return 0;
};
