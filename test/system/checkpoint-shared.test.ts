// Checkpoints where something is shared: the mounts of the host, as systemd makes them everywhere, or processes.
import {mkdirSync, readlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {tempDir} from '../support/bundle.js';
import {checkpointTest as test, CheckpointWorld} from './checkpoint-world.js';
import {behind} from './private-mounts.js';

test('bind mounts, the root and masked files come back as slaves of the mounts of the host, as they were', async t => {
	const world = new CheckpointWorld(t);
	const data = tempDir(world);
	const later = tempDir(world);
	const id = world.id();
	for (const name of ['one', 'two', 'one/sub']) {
		mkdirSync(join(data, name));
	}

	writeFileSync(join(data, 'file'), 'content\n');
	const bundle = world.bundle({args: ['sleep', '1000'], writable: true, edit: config => {
		config.mounts.push(
			{destination: '/one', type: 'bind', source: join(data, 'one'), options: ['rbind']},
			{destination: '/two', type: 'bind', source: join(data, 'two'), options: ['rbind', 'private']},
			{destination: '/etc/one', type: 'bind', source: join(data, 'file'), options: ['bind', 'ro']},
		);
		config.linux.rootfsPropagation = 'rslave';
	}});
	const answer = await behind(world, 'mount --make-rshared /', `
		const {execFileSync} = require('node:child_process');
		const first = await runtime.run('${id}', {bundle: '${bundle}', stdio: 'ignore'});
		const masters = pid => fs.readFileSync('/proc/' + pid + '/mountinfo', 'utf8').trim().split('\\n').map(line => line.split(' ')).flatMap(words => words.includes('-') && words.some(word => word.startsWith('master:')) ? [words[4]] : []).sort();
		const before = masters(first.pid);
		const {imagesDir} = await first.checkpoint({imagesDir: '${world.imagesDir()}'});
		const second = await runtime.restore('${id}', {bundle: '${bundle}', imagesDir, stdio: 'ignore'});
		const after = masters(second.pid);
		fs.writeFileSync('${later}/seen', '');
		execFileSync('mount', ['--bind', '${later}', '${data}/one/sub']);
		const seen = fs.existsSync('/proc/' + second.pid + '/root/one/sub/seen');
		execFileSync('umount', ['${data}/one/sub']);
		await second.delete({force: true});
		return {before, after, seen};
	`) as {before: string[]; after: string[]; seen: boolean};
	t.true(['/', '/one', '/etc/one'].every(path => answer.before.includes(path)), JSON.stringify(answer));
	t.deepEqual(answer.after, answer.before);
	t.true(answer.seen, 'what is mounted on the host is seen by the restored container, too');
});

test('one in the pid namespace of another comes back there, by the pids that it had', async t => {
	const world = new CheckpointWorld(t);
	const other = await world.start();
	const scene = await world.shellScene({edit: config => {
		config.linux.namespaces = config.linux.namespaces!.map(namespace => namespace.type === 'pid' ? {type: 'pid', path: `/proc/${other.pid}/ns/pid`} : namespace);
	}});
	const {container} = scene;
	const isThere = (pid: number): boolean => readlinkSync(`/proc/${pid}/ns/pid`) === readlinkSync(`/proc/${other.pid}/ns/pid`);
	const before = await scene.ask('echo $$');
	t.not(before, '1');
	const {imagesDir} = await container.checkpoint({imagesDir: world.imagesDir(), leaveRunning: true});
	t.is(await scene.ask('echo $$'), before);
	const twin = world.id();
	await t.throwsAsync(world.runtime.restore(twin, {bundle: container.bundle, imagesDir, stdio: 'ignore'}), {code: 'ERR_CRIU_FAILED', message: /the pid is taken/});
	t.is(await other.status(), 'running', 'a restore that fails ends nobody else');
	t.is(await scene.ask('echo $$'), before);

	await scene.move();
	t.is(await scene.ask('echo $$ $n'), `${before} 4`);
	t.true(isThere(scene.container.pid));
	t.is(await other.status(), 'running');
	await scene.container.delete({force: true});
	t.is(await other.status(), 'running', 'its init is not that of the namespace');
});
