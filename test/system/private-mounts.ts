// A program in a mount namespace of its own: other cgroup hierarchies than the ones that are mounted here.
import {execFile} from 'node:child_process';
import {promisify} from 'node:util';
import {projectPath} from '../support/paths.js';
import type {World} from './world.js';

/** Hierarchies that nobody has mounted here, beside those that are. */
export const moreControllers = `
	mount -t tmpfs more /mnt && mkdir /mnt/hugetlb /mnt/net
	mount -t cgroup -o hugetlb c /mnt/hugetlb
	mount -t cgroup -o net_cls,net_prio c /mnt/net
`;

/**
 * cgroup2 alone, with the controllers that no v1 hierarchy has taken: on a hybrid machine none. It is
 * bound, not mounted anew: that would change the options of the one that all share.
 */
export const onlyCgroup2 = `
	if [ -e /sys/fs/cgroup/unified ]; then
		mount --bind /sys/fs/cgroup/unified /mnt
		umount -l /sys/fs/cgroup
		mount --move /mnt /sys/fs/cgroup
	fi
`;

/** All of v1 that is mounted here, without cgroup2. */
export const onlyV1 = 'umount -l /sys/fs/cgroup/unified';

/**
 * Runs the body of an async function in a Node process of its own, behind these mounts. It knows
 * `runtime` (with the root of this world), `CtnError` and node:fs as `fs`.
 *
 * @returns What the body returns; `{error: code, message, subject}` if it throws.
 */
export const behind = async (world: World, mounts: string, body: string): Promise<unknown> => {
	const script = `
		const fs = require('node:fs');
		const {Runtime, CtnError} = require(${JSON.stringify(projectPath('dist/ts/index.js'))});
		const warnings = [];
		const runtime = new Runtime({root: ${JSON.stringify(world.root)}, onWarning: text => warnings.push(text)});
		const say = value => process.stdout.write(JSON.stringify(value ?? null));
		const sleep = ms => new Promise(resolve => setTimeout(resolve, ms));
		(async () => {${body}})().then(say, error => say({error: error.code ?? String(error), message: error.message, subject: error.subject}));
	`;
	const {stdout} = await promisify(execFile)('unshare', ['--mount', '--propagation', 'private', 'sh', '-ec', `${mounts}\nexec "$@"`, 'sh', process.execPath, '-e', script]);
	return JSON.parse(stdout) as unknown;
};
