// Whoever is told to end while it restores leaves nothing behind.
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {checkpointTest as test, CheckpointWorld} from '../system/checkpoint-world.js';
import {mainFile} from '../system/two-hosts.js';

test('a restore that is told to end is called off, and can be had again', async t => {
	const world = new CheckpointWorld(t);
	const {container} = await world.scene('memory', ['memory', '64']);
	const images = world.imagesDir();
	await container.checkpoint({imagesDir: images});
	const restore = async (delay?: number): Promise<{code: number | null; said: string}> => {
		const child = spawn(process.execPath, [mainFile, '--root', world.root, 'restore', '--detach', '--image-path', images, '--bundle', container.bundle, container.id], {stdio: ['ignore', 'ignore', 'pipe']});
		let said = '';
		child.stderr.setEncoding('utf8').on('data', text => {
			said += text;
		});
		const timer = delay === undefined ? undefined : setTimeout(() => child.kill('SIGTERM'), delay);
		const [code] = await once(child, 'exit') as [number | null];
		clearTimeout(timer);
		return {code, said};
	};

	for (let delay = 40, isCalledOff = false; !isCalledOff; delay += 20) {
		const {code, said} = await restore(delay);
		t.not(code, 0, 'it was over before it could be called off');
		isCalledOff = said.includes('it was called off');
		t.deepEqual(await world.runtime.list(), [], said);
	}

	t.like(await restore(), {code: 0});
	t.deepEqual((await world.runtime.list()).map(({id}) => id), [container.id]);
	await (await world.runtime.load(container.id)).delete({force: true});
});
