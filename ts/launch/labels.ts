// AppArmor profiles and SELinux labels, as steps.
import type {ValidProcess} from '../oci/config.js';
import type {Step} from '../plan/wire.gen.js';

/** Both take hold at the next execve. */
export const planLabels = ({apparmorProfile, selinuxLabel}: ValidProcess): Step[] => [
	// Before Linux 5.8 the one file was for whichever module came first
	...(apparmorProfile === undefined ? [] : [{op: 'label', attribute: 'apparmor/exec', otherwise: 'exec', value: `exec ${apparmorProfile}`} as const]),
	...(selinuxLabel === undefined ? [] : [{op: 'label', attribute: 'exec', otherwise: undefined, value: selinuxLabel} as const]),
];

/** The session keyring, which has to be labelled before it is made, or the program could not use it. */
export const planKeyring = (id: string, inUser: boolean, {selinuxLabel}: ValidProcess): Step[] => [
	...(selinuxLabel === undefined ? [] : [{op: 'label', attribute: 'keycreate', otherwise: undefined, value: selinuxLabel, okErrno: 'any'} as const]),
	{op: 'keyring', name: `_ses.${id}`, permissions: inUser ? 0x8 : 0x8_0000, okErrno: 'any'},
];
