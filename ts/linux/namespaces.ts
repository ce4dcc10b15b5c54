// Namespaces: OCI's word, the kernel's flag, and the name below /proc/<pid>/ns (namespaces(7)).
import {
	CLONE_NEWCGROUP, CLONE_NEWIPC, CLONE_NEWNET, CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWTIME, CLONE_NEWUSER, CLONE_NEWUTS,
} from './constants.js';

export const namespaces = {
	user: {flag: CLONE_NEWUSER, file: 'user'},
	ipc: {flag: CLONE_NEWIPC, file: 'ipc'},
	uts: {flag: CLONE_NEWUTS, file: 'uts'},
	network: {flag: CLONE_NEWNET, file: 'net'},
	pid: {flag: CLONE_NEWPID, file: 'pid'},
	mount: {flag: CLONE_NEWNS, file: 'mnt'},
	cgroup: {flag: CLONE_NEWCGROUP, file: 'cgroup'},
	time: {flag: CLONE_NEWTIME, file: 'time'},
} as const;
