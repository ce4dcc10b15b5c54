// podman and user namespaces: with ranges that it gives out itself, and all of it run by a user without privileges, whose
// podman calls the runtime as root of a user namespace.
import {chmodSync, chownSync, copyFileSync, mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {nativeCommand} from '../command/hosts.js';
import {Engine} from './engine.js';
import {clearPodman, containersConf, image, openPodman, type Podman} from './podman.js';
import {clientTests, eventually, type World} from './world.js';

const uid = 54_321;

/** podman of a user with an image, and a runtime that it may execute. */
const openRootless = async (world: World): Promise<Engine> => {
	const home = join(world.directory, 'home');
	const config = join(home, 'containers.conf');
	chmodSync(world.directory, 0o755);
	mkdirSync(join(home, 'run'), {recursive: true});
	copyFileSync(nativeCommand, join(home, 'ctnative'));
	chmodSync(join(home, 'ctnative'), 0o755);
	writeFileSync(config, containersConf(home, join(home, 'ctnative')));
	[home, join(home, 'run')].forEach(path => chownSync(path, uid, uid));
	const user = new Engine(world, ['setpriv', '--reuid', String(uid), '--regid', String(uid), '--clear-groups', 'env', '-C', home, 'podman'], {HOME: home, XDG_RUNTIME_DIR: join(home, 'run'), CONTAINERS_CONF: config});
	const {code, err} = await world.run(['sh', '-c', `tar -C ${world.rootfs} -c . | "$@"`, 'sh', ...user.words(['import', '-', image])], {env: user.env});
	if (code !== 0) {
		throw new Error(`podman import: ${err}`);
	}

	return user;
};

interface Both {
	readonly podman: Podman;
	readonly user: Engine;
}

const open = async (world: World): Promise<Both> => {
	const ranges = 'containers:200000:131072\nctnative:400000:65536\n';
	await world.addLines('/etc/subuid', ranges);
	await world.addLines('/etc/subgid', ranges);
	await world.addLines('/etc/passwd', `ctnative:x:${uid}:${uid}::/tmp:/bin/sh\n`);
	await world.addLines('/etc/group', `ctnative:x:${uid}:\n`);
	return {podman: await openPodman(world), user: await openRootless(world)};
};

const clear = async ({podman, user}: Both): Promise<void> => {
	await clearPodman(podman);
	await user.run(['pod', 'rm', '--all', '--force', '--time', '0']);
	await user.run(['rm', '--all', '--force', '--time', '0']);
};

const test = clientTests(['podman', 'newuidmap', 'setpriv'], open, clear);

const run = (...args: string[]): string[] => ['run', '--network', 'none', ...args];
const maps = ['sh', '-c', 'sed "s/^ *//; s/  */ /g" /proc/self/uid_map; id -u'];

test('--userns auto gives containers ranges of their own', async (t, {podman}) => {
	t.is(await podman.ok(t, run('--rm', '--userns', 'auto:size=2000', image, ...maps)), '0 200000 2000\n0');
	await podman.ok(t, run('--detach', '--name', 'one', '--userns', 'auto:size=1000', image, 'sleep', '1000'));
	await podman.ok(t, run('--detach', '--name', 'two', '--userns', 'auto:size=1000', image, 'sleep', '1000'));
	t.is(await podman.ok(t, ['exec', 'one', ...maps]), '0 200000 1000\n0');
	t.is(await podman.ok(t, ['exec', 'two', ...maps]), '0 201000 1000\n0');
	t.is(await podman.ok(t, ['exec', 'one', 'stat', '-c', '%u', '/bin']), '0', 'its files are its');
});

test('a user without privileges runs containers as root of a user namespace', async (t, {user}) => {
	t.is(await user.ok(t, run('--rm', image, ...maps)), `0 ${uid} 1\n1 400000 65536\n0`);
	t.deepEqual(await user.run(run('--rm', '--interactive', image, 'sh', '-c', 'cat; echo wrong >&2; exit 7'), {input: 'said'}), {code: 7, out: 'said', err: 'wrong\n'});
	await user.fails(t, run('--rm', image, 'nothing'), 127, /exec: "nothing": executable file not found in \$PATH/);
	t.is(await user.ok(t, run('--rm', '--user', '1000:1000', image, 'id', '-u')), '1000');
	t.is(await user.ok(t, run('--rm', image, 'sh', '-c', 'echo >/dev/null; head -c 4 /dev/zero | wc -c; for name in full null random tty urandom zero; do [ -c /dev/$name ] || echo no $name; done')), '4');
	t.regex(await user.ok(t, run('--rm', image, 'grep', 'Seccomp:', '/proc/self/status')), /2$/);
});

test('--userns keep-id leaves a user who they are, nomap nobody', async (t, {user}) => {
	t.is(await user.ok(t, run('--rm', '--userns', 'keep-id', image, ...maps)), `0 1 ${uid}\n${uid} 0 1\n${uid + 1} ${uid + 1} ${65_536 - uid}\n${uid}`);
	const volume = join(user.world.directory, 'home/volume');
	mkdirSync(volume);
	chownSync(volume, uid, uid);
	await user.ok(t, run('--rm', '--userns', 'keep-id', '--volume', `${volume}:/volume`, image, 'touch', '/volume/mine'));
	t.is((await user.world.run(['stat', '-c', '%u', join(volume, 'mine')])).out, `${uid}\n`);
	t.is(await user.ok(t, run('--rm', '--userns', 'nomap', image, ...maps)), '0 1 65536\n0');
});

test('a user without privileges looks into one, ends it, and shares a pod', async (t, {user}) => {
	await user.ok(t, run('--detach', '--name', 'one', image, 'sh', '-c', 'trap "exit 3" TERM; echo ready; while :; do sleep 0.1; done'));
	t.is(await eventually(async () => user.ok(t, ['logs', 'one']), said => said !== ''), 'ready');
	t.deepEqual(await user.run(['exec', 'one', 'sh', '-c', 'echo said; exit 4']), {code: 4, out: 'said\n', err: ''});
	t.regex((await user.world.run(['script', '-qec', user.words(['exec', '--tty', 'one', 'tty']).join(' '), '/dev/null'], {env: user.env})).out, /\/dev\/pts\/\d/);
	t.regex(await user.ok(t, ['top', 'one', 'user', 'args']), /root +sh -c trap/);
	await user.ok(t, ['stop', 'one']);
	t.is(await user.ok(t, ['wait', 'one']), '3');
	await user.ok(t, ['start', 'one']);
	await user.ok(t, ['kill', 'one']);
	t.is(await user.ok(t, ['wait', 'one']), '137');

	await user.ok(t, ['pod', 'create', '--name', 'pod', '--network', 'none', '--infra-image', image, '--infra-command', 'sleep 1000']);
	await user.ok(t, ['run', '--detach', '--pod', 'pod', '--name', 'first', image, 'sleep', '1000']);
	const ipc = async (...words: string[]): Promise<string> => user.ok(t, [...words, 'readlink', '/proc/self/ns/ipc']);
	t.is(await ipc('run', '--rm', '--pod', 'pod', image), await ipc('exec', 'first'));
	await user.ok(t, ['pod', 'rm', '--force', '--time', '0', 'pod']);
	await user.ok(t, ['rm', 'one']);
	const states = (await user.world.run(['ls', join(user.world.directory, 'home/run/ctnative')])).out.split('\n');
	t.deepEqual(states.filter(name => name !== '' && !name.startsWith('seccomp:')), []);
});
