// /dev and the cgroup filesystem, as a container has them.
import {execFileSync} from 'node:child_process';
import {existsSync, mkdirSync, readlinkSync, symlinkSync} from 'node:fs';
import {join} from 'node:path';
import {tempDir, type Spec} from '../support/bundle.js';
import {execOutput, isV2, memoryInside, outputOf, systemTest as test, World} from './world.js';

const inUserNamespace = (config: Spec): void => {
	config.linux.namespaces!.push({type: 'user'});
	config.linux.uidMappings = [{containerID: 0, hostID: 0, size: 65_536}];
	config.linux.gidMappings = [{containerID: 0, hostID: 0, size: 65_536}];
};

const kcore = existsSync('/proc/kcore');

const stat = 'stat -c "%n %a %u:%g %F %t:%T"';

test('devices of config.json come with mode and owner, and replace the default ones', async t => {
	const world = new World(t);
	const {stdout, stderr} = await world.shell(`cd /dev; ${stat} fuse loop7 pipe null zero sub/deep`, {edit: config => {
		config.linux.devices = [
			{path: '/dev/fuse', type: 'c', major: 10, minor: 229, fileMode: 0o640, uid: 1, gid: 2},
			{path: '/dev/loop7', type: 'b', major: 7, minor: 7},
			{path: '/dev/pipe', type: 'p', fileMode: 0o622, uid: 3, gid: 4},
			{path: '/dev/null', type: 'c', major: 1, minor: 3, fileMode: 0o600},
			{path: '/dev/sub/deep', type: 'u', major: 1, minor: 5},
		];
	}});
	t.is(stdout, [
		'fuse 640 1:2 character special file a:e5', 'loop7 666 0:0 block special file 7:7', 'pipe 622 3:4 fifo 0:0',
		'null 600 0:0 character special file 1:3', 'zero 666 0:0 character special file 1:5', 'sub/deep 666 0:0 character special file 1:5', '',
	].join('\n'), stderr);
});

test('/dev has the links that every container has, and one to /proc/kcore if there is one', async t => {
	const world = new World(t);
	const {stdout} = await world.shell('cd /dev; for link in core fd stdin stdout stderr ptmx; do readlink $link; done');
	t.is(stdout, `${kcore ? '/proc/kcore\n' : ''}/proc/self/fd\n/proc/self/fd/0\n/proc/self/fd/1\n/proc/self/fd/2\npts/ptmx\n`);
});

test('a /dev that is a bind mount stays as it is', async t => {
	const world = new World(t);
	const source = tempDir(world);
	for (const [name, minor] of [['null', '3'], ['zero', '5']] as const) {
		execFileSync('mknod', [join(source, name), 'c', '1', minor]);
	}

	symlinkSync('/elsewhere', join(source, 'ptmx'));
	const {stdout} = await world.shell('ls /dev; readlink /dev/ptmx', {edit: config => {
		config.mounts = [...config.mounts.filter(({destination}) => !destination.startsWith('/dev')), {destination: '/dev', type: 'bind', source, options: ['bind']}];
	}});
	t.is(stdout, 'null\nptmx\nzero\n/elsewhere\n');
});

test('without a mount on /dev its devices are made in the image, and those it brings are left', async t => {
	const world = new World(t);
	const bundle = world.bundle({
		writable: true,
		args: ['sh', '-c', `cd /dev; ${stat} null full; ls`],
		prepare: rootfs => {
			execFileSync('mknod', ['-m', '600', join(rootfs, 'dev/null'), 'c', '1', '3']);
		},
		edit: config => {
			config.mounts = config.mounts.filter(({destination}) => !destination.startsWith('/dev'));
		},
	});
	const container = await world.runtime.run(world.id(), {bundle, stdio: ['ignore', 'pipe', 'pipe']});
	const {stdout} = await outputOf(container);
	t.is(stdout, `null 600 0:0 character special file 1:3\nfull 666 0:0 character special file 1:7\n${kcore ? 'core\n' : ''}fd\nfull\nnull\nptmx\nrandom\nstderr\nstdin\nstdout\ntty\nurandom\nzero\n`);
	t.is(readlinkSync(join(bundle, 'rootfs/dev/ptmx')), 'pts/ptmx');
});

test('a device in the place of another one is refused', async t => {
	const world = new World(t);
	await t.throwsAsync(world.create({
		writable: true,
		prepare: rootfs => {
			execFileSync('mknod', [join(rootfs, 'dev/null'), 'c', '1', '5']);
		},
		edit: config => {
			config.mounts = config.mounts.filter(({destination}) => !destination.startsWith('/dev'));
		},
	}), {code: 'ERR_INIT_STEP', message: /device \/dev\/null: EEXIST/});
});

test('in a user namespace devices are those of the host, fifos are made', async t => {
	const world = new World(t);
	const {stdout, stderr} = await world.shell(`cd /dev; echo x >null && echo written; ${stat} null full pipe; ls -l /dev/ptmx | grep -o "pts/ptmx"`, {edit: config => {
		inUserNamespace(config);
		config.linux.devices = [{path: '/dev/pipe', type: 'p', fileMode: 0o600}];
	}});
	t.is(stdout, 'written\nnull 666 0:0 character special file 1:3\nfull 666 0:0 character special file 1:7\npipe 600 0:0 fifo 0:0\npts/ptmx\n', stderr);
});

test('the cgroup mount shows the container its own cgroups: read-only, or writable where that is asked for', async t => {
	const world = new World(t);
	for (const namespace of [false, true]) {
		for (const options of [['ro'], []]) {
			for (const user of [false, true]) {
				const container = await world.start({edit: config => {
					config.mounts = config.mounts.filter(({destination}) => destination !== '/sys/fs/cgroup');
					config.mounts.push({destination: '/sys/fs/cgroup', type: 'cgroup', source: 'cgroup', options: ['nosuid', ...options]});
					if (namespace) {
						config.linux.namespaces!.push({type: 'cgroup'});
					}

					if (user) {
						inUserNamespace(config);
					}
				}});
				const words = `${namespace ? 'own namespace' : 'namespace of the host'}, ${options.join()}, ${user ? 'user namespace' : 'no user namespace'}`;
				const procs = await execOutput(container, ['cat', `${memoryInside}/cgroup.procs`]);
				t.regex(procs.stdout, /^1\n/, words);
				const made = await execOutput(container, ['mkdir', `${memoryInside}/below`]);
				t.is(made.code === 0, options.length === 0, `${words}: ${made.stderr}`);
				if (isV2) {
					await container.delete({force: true});
					continue;
				}

				const {stdout} = await execOutput(container, ['sh', '-c', 'touch /sys/fs/cgroup/x 2>/dev/null && echo top; cat /sys/fs/cgroup/memory/../memory/cgroup.procs | head -1; ls -d /sys/fs/cgroup/pids/cgroup.procs']);
				t.is(stdout, `${options.length === 0 ? 'top\n' : ''}1\n/sys/fs/cgroup/pids/cgroup.procs\n`, words);
				await container.delete({force: true});
			}
		}
	}
});

test('a hidden path is hidden whatever it is: file, directory, missing, given twice, a symlink', async t => {
	const world = new World(t);
	const {stdout} = await world.shell('cat /secret | wc -c; ls /folder | wc -l; cat /behind | wc -c; echo x 2>/dev/null >/folder/x || echo refused; echo x 2>/dev/null >/fixed/file || echo ro; grep " /fixed " /proc/self/mountinfo | tail -1 | cut -d" " -f6', {
		writable: true,
		prepare: rootfs => {
			execFileSync('sh', ['-c', 'mkdir folder fixed; echo x >secret; echo x >folder/file; echo x >hidden; ln -s hidden behind; echo x >fixed/file'], {cwd: rootfs});
			mkdirSync(join(rootfs, 'mounted'));
		},
		edit: config => {
			config.mounts.push({destination: '/fixed', type: 'tmpfs', options: ['nosuid', 'nodev', 'noexec']});
			config.linux.maskedPaths = ['/secret', '/secret', '/folder', '/behind', '/missing', '/missing/deeper'];
			config.linux.readonlyPaths = ['/fixed', '/fixed', '/missing'];
		},
	});
	t.is(stdout, '0\n0\n0\nrefused\nro\nro,nosuid,nodev,noexec,relatime\n');
});
