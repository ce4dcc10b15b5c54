// Memory that follows a container in a user namespace, whose processes the kernel may refuse a userfaultfd.
import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import type {ExecutionContext} from 'ava';
import {testUnless} from '../support/skip.js';
import {checkpointTest as test, CheckpointWorld, pipes, withUserNamespace, type Scene} from './checkpoint-world.js';
import {until} from './world.js';

const setting = '/proc/sys/vm/unprivileged_userfaultfd';

const testInLab = process.env['VM_LAB'] === undefined ? testUnless('the setting is of the whole machine, and only in a virtual one ours to change') : test;

const userScene = async (world: CheckpointWorld): Promise<Scene> => world.scene('memory', ['memory', '8'], {edit(config) {
	withUserNamespace(config);
}});

const isRefused = async (t: ExecutionContext, restore: () => Promise<unknown>): Promise<void> => {
	const error = await t.throwsAsync(restore, {code: 'ERR_CHECKPOINT_UNSUPPORTED', message: /sysctl -w vm\.unprivileged_userfaultfd=1/});
	t.like(error, {errno: 'EPERM', subject: 'vm.unprivileged_userfaultfd'});
};

test('where the kernel does not let it, it is refused with the setting, before anything is touched', async t => {
	if (!existsSync(setting) || readFileSync(setting, 'utf8').trim() !== '0') {
		t.pass('this kernel lets everybody');
		return;
	}

	const world = new CheckpointWorld(t);
	const scene = await userScene(world);
	const {bundle} = scene.container;
	const id = world.id();
	const nobody = '127.0.0.1:1'; // As no source is asked
	await isRefused(t, async () => world.runtime.receive(id, {from: nobody, insecure: true, bundle, stdio: pipes}));
	const {imagesDir} = await scene.container.checkpoint({imagesDir: world.imagesDir()});
	await isRefused(t, async () => world.runtime.restore(id, {bundle, imagesDir, lazyPages: true, stdio: pipes}));
	t.deepEqual(await world.runtime.list(), []);
	scene.become(await world.runtime.restore(id, {bundle, imagesDir, stdio: pipes}));
	t.is(await scene.ask(), 'ok');
});

testInLab('where the kernel lets it, the memory follows, local and from a source', async t => {
	const before = readFileSync(setting, 'utf8');
	writeFileSync(setting, '1');
	t.teardown(() => {
		writeFileSync(setting, before);
	});
	const world = new CheckpointWorld(t);
	const scene = await userScene(world);
	await scene.move({restore: {lazyPages: true}});
	t.is(await scene.ask(), 'ok');
	await scene.container.lazyPages!.done;

	const {bundle} = scene.container;
	let port = 0;
	const left = (async () => scene.container.migrate({listen: '127.0.0.1:0', insecure: true, ready(where) {
		({port} = where);
	}}))();
	left.catch(() => {});
	await until(() => port !== 0, 'the source to wait');
	const arrived = await world.runtime.receive(world.id(), {from: `127.0.0.1:${port}`, insecure: true, bundle, stdio: pipes});
	await left;
	scene.become(arrived);
	t.is(await scene.ask(), 'ok');
	await arrived.lazyPages!.done;
	t.is(await scene.ask(), 'ok', 'without its source');
});
