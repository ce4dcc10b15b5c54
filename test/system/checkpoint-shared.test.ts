// Checkpoints where something is shared: the mounts of the host, as systemd makes them everywhere, or processes.
import {mkdirSync, writeFileSync} from 'node:fs';
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

test('one in the pid namespace of another is refused with a cure, and runs on', async t => {
	const world = new CheckpointWorld(t);
	const other = await world.start();
	const container = await world.start({edit: config => {
		config.linux.namespaces = config.linux.namespaces!.map(namespace => namespace.type === 'pid' ? {type: 'pid', path: `/proc/${other.pid}/ns/pid`} : namespace);
	}});
	await t.throwsAsync(container.checkpoint({imagesDir: world.imagesDir()}), {code: 'ERR_CHECKPOINT_UNSUPPORTED', message: /in the pid namespace of others.*of its own in config\.json/});
	t.is(await container.status(), 'running');
});
