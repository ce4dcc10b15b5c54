import {existsSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {steady} from '../support/hierarchies.js';
import {systemTest, World} from './world.js';

const test = steady(systemTest);

const lines = (path: string): string[] => existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : [];

const shell = (script: string) => ({path: '/bin/sh', args: ['sh', '-c', script]});

test('checkpoint runs poststop; restore runs prestart and createRuntime, and no other', async t => {
	const world = new World(t);
	const imagesDir = join(world.bundle(), 'images');
	const say = (name: string) => [shell(`echo "${name} $(sed 's/.*status":"\\([a-z]*\\)".*pid":\\([0-9]*\\).*/\\1 \\2/')" >>log`)];
	const bundle = world.bundle({args: ['sleep', '1000'], edit: config => {
		config.hooks = {
			prestart: say('prestart'), createRuntime: say('createRuntime'), poststart: say('poststart'), poststop: [shell('echo poststop >>log')],
			createContainer: [shell('touch ../createContainer')],
		};
	}});
	const container = await world.runtime.run(world.id(), {bundle, stdio: 'ignore'});
	const {pid} = container;
	await container.checkpoint({imagesDir});
	t.deepEqual(lines(join(bundle, 'log')), [`prestart creating ${pid}`, `createRuntime creating ${pid}`, `poststart running ${pid}`, 'poststop']);

	const restored = await world.runtime.restore(world.id(), {bundle, imagesDir, stdio: 'ignore'});
	t.deepEqual(lines(join(bundle, 'log')).slice(4), [`prestart creating ${restored.pid}`, `createRuntime creating ${restored.pid}`]);
	await restored.delete({force: true});
	t.is(lines(join(bundle, 'log')).at(-1), 'poststop');
});

test('a restore whose hook fails leaves nothing', async t => {
	const world = new World(t);
	const imagesDir = join(world.bundle(), 'images');
	const bundle = world.bundle({args: ['sleep', '1000'], edit: config => {
		config.hooks = {createRuntime: [shell('[ ! -e failing ] || { echo no network >&2; exit 7; }')], poststop: [shell('touch failing; echo poststop >>log')]};
	}});
	const container = await world.runtime.run(world.id(), {bundle, stdio: 'ignore'});
	await container.checkpoint({imagesDir});
	await t.throwsAsync(world.runtime.restore(world.id(), {bundle, imagesDir, stdio: 'ignore'}), {message: /createRuntime hook 0 \(\/bin\/sh\) failed: exit code 7: no network/});
	t.deepEqual(lines(join(bundle, 'log')), ['poststop', 'poststop']);
	t.deepEqual(await world.runtime.list(), []);
});
