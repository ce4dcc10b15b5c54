// A descriptor of the host in a container is a way out of it (CVE-2024-21626).
import {spawnSync} from 'node:child_process';
import {closeSync, openSync} from 'node:fs';
import {CtnError} from '../../ts/index.js';
import {projectPath} from '../support/paths.js';
import {execOutput, systemTest as test, World} from './world.js';

/** Three are the program's, and the last is the directory that ls reads. */
const own = '0\n1\n2\n3\n';

test('a program has descriptors 0, 1 and 2, and no other', async t => {
	const world = new World(t);
	t.is((await world.run({args: ['ls', '/proc/self/fd']})).stdout, own);
	const container = await world.start();
	t.is((await execOutput(container, ['ls', '/proc/self/fd'])).stdout, own);
	t.is((await execOutput(container, ['ls', '/proc/1/fd'])).stdout, '0\n1\n2\n');
});

test('so it is with pipes, a terminal, a user namespace, and among many containers', async t => {
	const world = new World(t);
	const containers = await Promise.all(Array.from({length: 4}, async (_, n) => world.start({edit(config) {
		config.process.terminal = n === 1;
		if (n === 2) {
			config.linux.namespaces!.push({type: 'cgroup'});
		}
	}}, {stdio: 'pipe'})));
	for (const container of containers) {
		t.is((await execOutput(container, ['ls', '/proc/1/fd'])).stdout, '0\n1\n2\n');
		for (const stream of [container.stdin, container.stdout, container.stderr, container.terminal]) {
			stream?.destroy();
		}
	}
});

test('what the Node program inherited without close-on-exec is not passed on', t => {
	const world = new World(t);
	const bundle = world.bundle({args: ['ls', '/proc/self/fd']});
	const directory = openSync('/etc', 'r');
	const script = `
		const {Runtime} = require(${JSON.stringify(projectPath('dist/ts/index.js'))});
		new Runtime({root: ${JSON.stringify(world.root)}}).run(${JSON.stringify(world.id())}, {bundle: ${JSON.stringify(bundle)}}).then(async container => {
			await container.wait();
			await container.delete();
		});`;
	const {stdout, status} = spawnSync(process.execPath, ['-e', script], {encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit', directory, directory]});
	closeSync(directory);
	t.is(stdout, own);
	t.is(status, 0);
});

test('a cwd that is a descriptor is refused', async t => {
	const world = new World(t);
	for (let fd = 3; fd < 24; fd++) {
		await t.throwsAsync(world.create({edit(config) {
			config.process.cwd = `/proc/self/fd/${fd}`;
		}}), {code: 'ERR_INIT_STEP', message: /(mkdir|chdir) .*(ELOOP|ENOENT)/}, String(fd));
	}

	const container = await world.start();
	for (let fd = 0; fd < 24; fd++) {
		await t.throwsAsync(container.exec({args: ['pwd'], cwd: `/proc/self/fd/${fd}`}), {code: 'ERR_INIT_STEP', message: /chdir .*(ELOOP|ENOENT)/}, String(fd));
	}
});

test('a symlink of the image to a descriptor is no way out either', async t => {
	const world = new World(t);
	const container = await world.start({writable: true});
	await execOutput(container, ['sh', '-c', 'for n in 3 4 5 6 7 8 9 10 11 12; do ln -s /proc/self/fd/$n /link$n; done']);
	for (let fd = 3; fd <= 12; fd++) {
		const {stdout} = await execOutput(container, ['pwd'], {cwd: `/link${fd}`}).catch(() => ({stdout: 'refused'}));
		t.is(stdout, 'refused');
		const error = await t.throwsAsync(container.exec({args: [`/link${fd}`]}), {instanceOf: CtnError});
		t.regex(error.code, /^ERR_COMMAND_NOT_/);
	}
});
