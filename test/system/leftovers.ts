// What containers leave on a machine: descriptors, state, cgroups, processes, mounts.
import {spawnSync} from 'node:child_process';
import {existsSync, readdirSync, readFileSync, readlinkSync} from 'node:fs';
import {linuxNative} from '../../ts/native/linux.js';
import {isForeignTemp} from '../support/temp-dir.js';

export interface Snapshot {
	readonly descriptors: readonly string[];
	readonly state: readonly string[];
	readonly cgroups: readonly string[];
	readonly processes: readonly string[];
	readonly mounts: readonly string[];
}

/** A library that was used has these for good: the bytes of ctn-init, and one /dev/null. */
const keeps = new Set(['/memfd:ctn-init (deleted)', '/dev/null']);

/** Of this process, as `number target`. */
export const descriptors = (): string[] => readdirSync('/proc/self/fd').flatMap(fd => {
	try {
		const target = readlinkSync(`/proc/self/fd/${fd}`);
		return keeps.has(target) ? [] : [`${fd} ${target}`];
	} catch {
		return []; // What read the directory
	}
});

/** Mounts that this process sees, but for those that tests in other processes make for themselves. */
export const mounts = (): string[] => readFileSync('/proc/self/mountinfo', 'utf8').trim().split('\n').filter(line => {
	const mountPoint = line.split(' ')[4]!;
	return !isForeignTemp(mountPoint) && !/^\/run\/(netns|ctnative-benchmark-)/.test(mountPoint);
}).sort();

/** Cgroups of any hierarchy whose name begins with `prefix`. */
export const cgroupsOf = (prefix: string): string[] =>
	// Its exit code tells only that some other cgroup went away meanwhile
	spawnSync('find', ['/sys/fs/cgroup', '-name', `${prefix}*`], {encoding: 'utf8'}).stdout.split('\n').filter(Boolean);

/** Processes of such a cgroup; those that have ended, too, but for orphans: the machine's init reaps them when it likes. */
const processesOf = (prefix: string): string[] => readdirSync('/proc').filter(name => {
	try {
		return /^\d+$/.test(name) && readFileSync(`/proc/${name}/cgroup`, 'utf8').includes(`/${prefix}`)
			&& !/\) Z 1 /.test(readFileSync(`/proc/${name}/stat`, 'utf8'));
	} catch {
		return false; // It is over
	}
});

/** What is in a state directory, but for the filters that the native command keeps there. */
export const stateIn = (root: string): string[] => existsSync(root) ? readdirSync(root).filter(name => !name.startsWith('seccomp:')) : [];

export const snapshot = (): Snapshot => {
	linuxNative(); // The addon has a descriptor of its own from the moment it is loaded
	return {descriptors: descriptors(), state: [], cgroups: [], processes: [], mounts: mounts()};
};

const added = (before: readonly string[], now: readonly string[]): string[] => now.filter(item => !before.includes(item));

/** What is there now and was not before. Streams close in their own time: it looks until there is nothing, for 2 s. */
export const leftBehind = async (before: Snapshot, root: string, prefix: string): Promise<Snapshot> => {
	for (let tries = 0; ; tries++) {
		const left: Snapshot = {
			descriptors: added(before.descriptors, descriptors()),
			state: stateIn(root),
			cgroups: cgroupsOf(prefix),
			processes: processesOf(prefix),
			mounts: [...added(before.mounts, mounts()), ...added(mounts(), before.mounts).map(gone => `gone: ${gone}`)],
		};
		if (Object.values(left).every(names => names.length === 0) || tries === 100) {
			return left;
		}

		await new Promise(resolve => {
			setTimeout(resolve, 20);
		});
	}
};
