// Images that somebody else wrote: CRIU does what they say, so what config.json does not give is refused before that.
import {cpSync, existsSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {readImage, writeImage} from '../../ts/images/codec.js';
import type {Messages} from '../../ts/images/images.gen.js';
import {readRecord} from '../../ts/images/records.js';
import {decode, edit} from '../../ts/images/schema.js';
import type {Spec} from '../support/bundle.js';
import {checkpointTest as test, CheckpointWorld, pipes, withUserNamespace, type Scene} from './checkpoint-world.js';

const change = <Name extends keyof Messages>(directory: string, file: string, name: Name, edits: Record<string, unknown>): void => {
	const image = readImage(readFileSync(join(directory, file)));
	writeFileSync(join(directory, file), writeImage({...image, entries: image.entries.map(entry => edit(name, entry, edits as never))}));
};

const mountFile = (directory: string): string => `mountpoints-${readRecord('ids', readFileSync(join(directory, 'ids-1.img'))).mnt_ns_id}.img`;

/** A mount more, made of that of /dev. */
const addMount = (directory: string, edits: Record<string, unknown>): void => {
	const path = join(directory, mountFile(directory));
	const image = readImage(readFileSync(path));
	const tmpfs = image.entries.find(entry => decode('mnt_entry', entry).mountpoint.endsWith('/dev'))!;
	writeFileSync(path, writeImage({...image, entries: [...image.entries, edit('mnt_entry', tmpfs, {mnt_id: 99_999, ...edits})]}));
};

const rootMount = (directory: string): Messages['mnt_entry'] => {
	const all = readImage(readFileSync(join(directory, mountFile(directory)))).entries.map(entry => decode('mnt_entry', entry));
	const {fstype, root_dev, source, options, root, fsname} = all.find(({mountpoint}) => mountpoint.replace(/^\./, '') === '/')!;
	return {fstype, root_dev, source, options, root, ...(fsname !== undefined && {fsname})} as Messages['mnt_entry'];
};

const hostOf = (directory: string): Messages['task_kobj_ids_entry'] => readRecord('inventory', readFileSync(join(directory, 'inventory.img'))).root_ids!;

const confined = (config: Spec): void => {
	config.process.noNewPrivileges = true;
	config.linux.seccomp = {defaultAction: 'SCMP_ACT_ALLOW', syscalls: [{names: ['acct'], action: 'SCMP_ACT_ERRNO'}]};
};

/** What the images of an attacker have, and what they are told. */
const attacks: ReadonlyArray<readonly [string, (directory: string, rootfs: string) => void, RegExp]> = [
	...(['pid', 'net', 'ipc', 'uts', 'mnt'] as const).map(type => [`the ${type} namespace of the host`, (directory: string) => {
		change(directory, 'ids-1.img', 'task_kobj_ids_entry', {[`${type}_ns_id`]: hostOf(directory)[`${type}_ns_id`]});
	}, /the \w+ namespace of the host/] as const),
	['no namespaces at all', directory => {
		rmSync(join(directory, 'ids-1.img'));
	}, /the namespaces of the host/],
	['every capability', directory => {
		change(directory, 'core-1.img', 'core_entry', {thread_core: {creds: {cap_eff: {0: 0xffff_ffff}, cap_prm: {0: 0xffff_ffff}}}});
	}, /the capabilities 0x/],
	['new privileges', directory => {
		change(directory, 'core-1.img', 'core_entry', {thread_core: {creds: {no_new_privs: 0}}});
	}, /to gain privileges/],
	['no filter', directory => {
		change(directory, 'core-1.img', 'core_entry', {thread_core: {seccomp_mode: 0}});
	}, /without a seccomp filter/],
	['an overlay of the root of the host', directory => {
		addMount(directory, {mountpoint: './tmp', fstype: 17, source: 'overlay', options: 'lowerdir=/,upperdir=/tmp/a,workdir=/tmp/b'});
	}, /a mount of overlay/],
	['a disk of the host', directory => {
		addMount(directory, {mountpoint: './tmp', fstype: 16, fsname: 'ext4', source: '/dev/vda1'});
	}, /a mount of ext4/],
	['another proc, without what hides it', directory => {
		addMount(directory, {mountpoint: './tmp', fstype: 1, source: 'proc'});
	}, /a mount of proc/],
	['the root filesystem and what is above', directory => {
		addMount(directory, {...rootMount(directory), mountpoint: './tmp', root: `${rootMount(directory).root}/../..`});
	}, /a mount of .*\.\./],
	['a link of the root filesystem to the host', (directory, rootfs) => {
		symlinkSync('/', join(rootfs, 'way-out'));
		const root = rootMount(directory);
		addMount(directory, {...root, mountpoint: './proc/kcore', root: `${root.root === '/' ? '' : root.root}/way-out`});
	}, /which is a symlink/],
	...[{mounts: 'all'}, {mounts: [null]}, {stdio: [1]}].map(edits => [`a manifest with ${JSON.stringify(edits)}`, (directory: string) => {
		const path = join(directory, 'ctnative.json');
		writeFileSync(path, JSON.stringify({...JSON.parse(readFileSync(path, 'utf8')) as object, ...edits}));
	}, /no lists of mounts and stdio/] as const),
	['a mount of the host that nobody declared', directory => {
		addMount(directory, {mountpoint: './tmp', ext_key: '/etc'});
	}, /./],
];

const stolen = async (world: CheckpointWorld, scene: Scene, imagesDir: string, attack: (directory: string, rootfs: string) => void): Promise<unknown> => {
	const directory = world.imagesDir();
	cpSync(imagesDir, directory, {recursive: true});
	const manifest = JSON.parse(readFileSync(join(directory, 'ctnative.json'), 'utf8')) as Record<string, unknown>;
	writeFileSync(join(directory, 'ctnative.json'), JSON.stringify({...manifest, files: undefined})); // Nobody says how long they were
	attack(directory, join(scene.container.bundle, 'rootfs'));
	return world.runtime.restore(world.id(), {bundle: scene.container.bundle, imagesDir: directory, stdio: 'ignore'});
};

test('images that want more than config.json gives are refused, and nothing is left', async t => {
	const world = new CheckpointWorld(t);
	const scene = await world.shellScene({edit: confined, writable: true});
	const {imagesDir} = await scene.container.checkpoint({imagesDir: world.imagesDir()});
	for (const [what, attack, message] of attacks) {
		await t.throwsAsync(stolen(world, scene, imagesDir, attack), {code: what.startsWith('a mount of the host') ? 'ERR_CRIU_FAILED' : 'ERR_CHECKPOINT_IMAGES', message}, what);
		const {state, cgroups, processes, mounts} = await world.leftBehind();
		t.deepEqual({state, cgroups, processes, mounts}, {state: [], cgroups: [], processes: [], mounts: []}, what);
		rmSync(join(scene.container.bundle, 'rootfs', 'way-out'), {force: true});
	}

	const path = join(imagesDir, 'ctnative.json');
	const manifest = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
	writeFileSync(path, JSON.stringify({...manifest, network: 'host'})); // Else CRIU would make what devices the images name, on the host, too
	scene.become(await world.runtime.restore(scene.container.id, {bundle: scene.container.bundle, imagesDir, stdio: pipes}));
	t.is(await scene.ask('cat /sys/class/net/lo/carrier'), '1', 'the images themselves are fine, and the network is made anew');
	t.true(existsSync(imagesDir));
});

test('the user namespace of the images is that of config.json', async t => {
	const world = new CheckpointWorld(t);
	const scene = await world.shellScene({edit: config => withUserNamespace(config, 100_000)});
	const {imagesDir} = await scene.container.checkpoint({imagesDir: world.imagesDir()});
	const attack = (directory: string): void => {
		const {user_ns_id: id} = readRecord('ids', readFileSync(join(directory, 'ids-1.img')));
		change(directory, `userns-${id}.img`, 'userns_entry', {uid_map: {0: {lower_first: 0}}});
	};

	await t.throwsAsync(stolen(world, scene, imagesDir, attack), {code: 'ERR_CHECKPOINT_IMAGES', message: /want the uids 0 0 65536 of the host/});
	scene.become(await world.runtime.restore(scene.container.id, {bundle: scene.container.bundle, imagesDir, stdio: pipes}));
	t.is(await scene.ask('echo on'), 'on');
});

test('a mount namespace in that of the container has its mounts, and of the host no more than those', async t => {
	const world = new CheckpointWorld(t);
	const scene = await world.shellScene({edit({process: {capabilities}}) {
		for (const set of ['bounding', 'effective', 'permitted'] as const) {
			capabilities![set]!.push('CAP_SYS_ADMIN');
		}
	}});
	t.regex(await scene.ask('unshare -m sh -c "mount -t tmpfs none /tmp; echo mine > /tmp/it; sleep 1000" & sleep 0.5; echo $!'), /^\d+$/);
	const {imagesDir} = await scene.container.checkpoint({imagesDir: world.imagesDir()});
	const attack = (directory: string): void => {
		const own = mountFile(directory);
		for (const name of readdirSync(directory).filter(file => file.startsWith('mountpoints-') && file !== own)) {
			const image = readImage(readFileSync(join(directory, name)));
			writeFileSync(join(directory, name), writeImage({...image, entries: image.entries.map(entry => decode('mnt_entry', entry).mountpoint === '/'
				? edit('mnt_entry', entry, {root: '/', root_dev: 77, fstype: 17, source: 'overlay', options: 'lowerdir=/etc:/root'})
				: entry)}));
		}
	};

	await t.throwsAsync(stolen(world, scene, imagesDir, attack), {code: 'ERR_CHECKPOINT_IMAGES', message: /a mount of overlay \(\/\) at \//});
	scene.become(await world.runtime.restore(scene.container.id, {bundle: scene.container.bundle, imagesDir, stdio: pipes}));
	t.is(await scene.ask('cat /proc/$!/root/tmp/it; ls /tmp'), 'mine');
});
