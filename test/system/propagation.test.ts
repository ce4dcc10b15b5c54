import {execFileSync} from 'node:child_process';
import {existsSync, mkdirSync} from 'node:fs';
import {join} from 'node:path';
import {tempDir, type Spec} from '../support/bundle.js';
import {mounts} from './leftovers.js';
import {execOutput, systemTest as test, World} from './world.js';

/** A directory of the host that is a mount point, shared, with the directories `host` and `inside`. */
const sharedDirectory = (world: World): string => {
	const path = tempDir(world);
	execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', path]);
	world.teardown(() => {
		execFileSync('umount', ['-R', path]);
	});
	execFileSync('mount', ['--make-shared', path]);
	mkdirSync(join(path, 'host'));
	mkdirSync(join(path, 'inside'));
	return path;
};

const bind = (source: string, propagation: string | undefined, more: (config: Spec) => void = () => {}) => ({writable: true, edit: (config: Spec): void => {
	config.mounts.push({destination: '/mnt', type: 'bind', source, options: ['rbind', ...propagation ? [propagation] : []]});
	config.process.capabilities!.bounding!.push('CAP_SYS_ADMIN');
	config.process.capabilities!.permitted!.push('CAP_SYS_ADMIN');
	config.process.capabilities!.effective!.push('CAP_SYS_ADMIN');
	more(config);
}});

/** Mounts on both sides: what of it can the other see? */
const seen = async (world: World, options: ReturnType<typeof bind>, source: string): Promise<{in: boolean; out: boolean}> => {
	const container = await world.start(options);
	execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', join(source, 'host')]);
	execFileSync('touch', [join(source, 'host/mark')]);
	const comes = (await execOutput(container, ['ls', '/mnt/host'])).stdout.includes('mark');
	const {code, stderr} = await execOutput(container, ['sh', '-c', 'mount -t tmpfs tmpfs /mnt/inside && touch /mnt/inside/mark']);
	if (code !== 0) {
		throw new Error(stderr);
	}

	const goes = existsSync(join(source, 'inside/mark'));
	await container.delete({force: true});
	execFileSync('umount', [join(source, 'host')]);
	if (goes) {
		execFileSync('umount', [join(source, 'inside')]);
	}

	return {in: comes, out: goes};
};

test('a shared mount goes both ways, a slave only inwards, a private one neither', async t => {
	const world = new World(t);
	const source = sharedDirectory(world);
	const sharedRoot = (config: Spec): void => {
		config.linux.rootfsPropagation = 'rshared';
	};
	t.deepEqual(await seen(world, bind(source, 'rshared', sharedRoot), source), {in: true, out: true});
	t.deepEqual(await seen(world, bind(source, 'rslave'), source), {in: true, out: false});
	t.deepEqual(await seen(world, bind(source, 'rprivate'), source), {in: false, out: false});
});

test('without a word about it, mounts of the container do not come out to the host', async t => {
	const world = new World(t);
	const source = sharedDirectory(world);
	t.false((await seen(world, bind(source, undefined), source)).out);
});

test('the root of the container is what rootfsPropagation says', async t => {
	const world = new World(t);
	const optional = async (propagation: string | undefined): Promise<string> => {
		const {stdout} = await world.shell('awk \'$5 == "/" {n = ""; for (i = 7; $i != "-"; i++) n = n " " substr($i, 1, 6); print n}\' /proc/self/mountinfo', {edit(config) {
			if (propagation !== undefined) {
				config.linux.rootfsPropagation = propagation as 'shared';
			}
		}});
		return stdout.trim();
	};

	t.is(await optional('private'), '');
	t.is(await optional('rprivate'), '');
	t.regex(await optional('shared'), /^shared/);
	t.is(await optional('unbindable'), 'unbind');
	t.notRegex(await optional(undefined), /shared/);
});

test('nothing that a container mounts is seen by the host, while it lives and after', async t => {
	const world = new World(t);
	const before = mounts();
	const container = await world.start();
	t.deepEqual(mounts(), before);
	await container.delete({force: true});
	t.deepEqual(mounts(), before);
});
