// Where state and caches are: writable, and in memory?
import type {MachineFacts} from './look.js';
import type {Finding} from './report.js';

const isTmpfs = (type: string | undefined): boolean => type === 'tmpfs' || type === 'ramfs';

const run = ({run: mount}: MachineFacts): Finding => ({
	name: '/run in memory',
	level: 'optional',
	ok: isTmpfs(mount?.type),
	value: mount?.type ?? 'unknown',
	missing: 'CRIU keeps what it learned of the kernel only on a tmpfs: each checkpoint and each restore takes about 50 ms longer',
	cure: 'make /run a tmpfs in /etc/fstab',
});

const state = ({state: mount, root}: MachineFacts): Finding => {
	const isReadonly = mount?.options.includes('ro') === true || mount?.superOptions.includes('ro') === true;
	return {
		name: 'state directory',
		level: 'required',
		ok: mount !== undefined && !isReadonly,
		value: `${root} on ${mount?.type ?? 'a filesystem that cannot be told'}${isReadonly ? ', read-only' : ''}`,
		missing: 'what is known of a container is written there before it starts',
		cure: 'name another directory as root',
	};
};

const stateInMemory = ({state: mount, root}: MachineFacts): Finding => ({
	name: 'state in memory',
	level: 'optional',
	ok: isTmpfs(mount?.type),
	value: mount?.type ?? 'unknown',
	missing: 'a container takes up to a millisecond longer to create and delete, and after a reboot its state is still listed',
	cure: `mount -t tmpfs tmpfs ${root}, or name a directory of a tmpfs as root`,
});

export const storageFindings = (facts: MachineFacts): Finding[] => [state(facts), stateInMemory(facts), run(facts)];
