// features: what this runtime can do, in the shape of the runtime-spec (features.md).
import {capabilities} from '../../linux/capabilities.js';
import {knownMountOptions} from '../../linux/mount-options.js';
import {namespaces} from '../../linux/namespaces.js';
import {seccompActions, seccompArchitectures, seccompFlags, seccompOperators} from '../../oci/config-seccomp.js';
import {ociVersion} from '../../oci/state.js';
import type {Run} from '../verb.js';

const features = (version: string) => ({
	ociVersionMin: '1.0.0',
	ociVersionMax: ociVersion,
	hooks: ['prestart', 'createRuntime', 'createContainer', 'startContainer', 'poststart', 'poststop'],
	mountOptions: [...knownMountOptions].sort(),
	linux: {
		namespaces: Object.keys(namespaces).sort(),
		capabilities,
		cgroup: {v1: true, v2: true, systemd: false, systemdUser: false, rdma: true},
		seccomp: {
			enabled: true,
			actions: seccompActions,
			operators: seccompOperators,
			archs: seccompArchitectures,
			knownFlags: seccompFlags,
			supportedFlags: seccompFlags,
		},
		apparmor: {enabled: false},
		selinux: {enabled: false},
		intelRdt: {enabled: false},
		mountExtensions: {idmap: {enabled: true}},
	},
	annotations: {
		'org.ctnative.version': version,
		'org.opencontainers.runc.checkpoint.enabled': 'true',
	},
	potentiallyUnsafeConfigAnnotations: ['org.criu.config'],
});

export const run: Run = async ({host, say}) => {
	say(`${JSON.stringify(features(host.version), undefined, 4)}\n`);
	return 0;
};
