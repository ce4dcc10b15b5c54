// The hierarchies of cgroup v1 are the machine's: where one appears or goes away while CRIU or containerd go through them, those
// fail. So whoever makes some waits for the others, and they for it, in all processes of tests.
import {LOCK_EX, LOCK_SH} from '../../ts/linux/constants.js';
import {linuxNative} from '../../ts/native/linux.js';
import type {Fd} from '../../ts/native/native.js';
import type {Declare} from './skip.js';
import type {Owner} from './temp-dir.js';

const lock = async (owner: Owner, operation: number): Promise<void> => {
	const native = linuxNative();
	const [fd] = await native.batch([{op: 'lock', path: '/sys/fs/cgroup', operation}]) as [Fd];
	owner.teardown(() => native.close(fd));
};

/** They stay as they are as long as the owner. */
export const keepHierarchies = async (owner: Owner): Promise<void> => lock(owner, LOCK_SH);

/** There may be others as long as the owner. */
export const changeHierarchies = async (owner: Owner): Promise<void> => lock(owner, LOCK_EX);

/** Declares tests in which they stay as they are. */
export const steady = (declare: Declare): Declare => (title, body) => {
	declare(title, async t => {
		await keepHierarchies(t);
		await body(t);
	});
};
