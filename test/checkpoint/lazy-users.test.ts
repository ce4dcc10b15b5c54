import test from 'ava';
import {refuseLazyUsers} from '../../ts/checkpoint/lazy-users.js';
import type {ValidConfig} from '../../ts/oci/config.js';

const config = (...types: string[]): ValidConfig => ({linux: {namespaces: types.map(type => ({type}))}}) as unknown as ValidConfig;

test('memory follows into a user namespace only where the kernel says so, or has no say', t => {
	t.throws(() => {
		refuseLazyUsers(config('pid', 'user'), '0\n');
	}, {code: 'ERR_CHECKPOINT_UNSUPPORTED', message: /vm\.unprivileged_userfaultfd is 0 \(run "sysctl -w vm\.unprivileged_userfaultfd=1"/});
	t.notThrows(() => {
		refuseLazyUsers(config('pid', 'user'), '1\n');
		refuseLazyUsers(config('pid', 'user'), '');
		refuseLazyUsers(config('pid', 'mount'), '0\n');
	});
});
