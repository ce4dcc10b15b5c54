// AppArmor on the real kernel, where it is on: npm run test:vm has such a machine.
import {execFileSync, spawnSync} from 'node:child_process';
import {existsSync, readFileSync} from 'node:fs';
import test from 'ava';
import {noCriu} from '../support/criu-cli.js';
import {testUnless} from '../support/skip.js';
import {CheckpointWorld, pipes} from './checkpoint-world.js';
import {execOutput, World} from './world.js';

const switched = '/sys/module/apparmor/parameters/enabled';
const isOn = existsSync(switched) && readFileSync(switched, 'utf8').startsWith('Y');
const parser = (...args: string[]) => spawnSync('apparmor_parser', args, {encoding: 'utf8'});
const reason = process.getuid!() !== 0 ? 'needs root' : isOn ? parser('--version').status === 0 ? undefined : 'there is no apparmor_parser' : 'AppArmor is off here';

/** Anything goes, but for writing to this file. */
const load = (world: World, name: string, denied = '/tmp/denied'): void => {
	const profile = `profile ${name} flags=(attach_disconnected,mediate_deleted) {\n file,\n capability,\n network,\n mount,\n umount,\n signal,\n ptrace,\n unix,\n deny ${denied} w,\n}\n`;
	execFileSync('apparmor_parser', ['--replace', '--skip-cache'], {input: profile});
	world.teardown(() => {
		execFileSync('apparmor_parser', ['--remove'], {input: profile});
	});
};

testUnless(reason, test.serial)('a profile holds the program and exec, each its own, and not what prepares them', async t => {
	const world = new World(t);
	const [one, other] = [`ctnative-${process.pid}-one`, `ctnative-${process.pid}-other`];
	load(world, one);
	load(world, other);
	const script = 'cat /proc/self/attr/current; echo x > /tmp/allowed && echo allowed; echo x > /tmp/denied || echo refused';
	const {stdout, stderr} = await world.shell(script, {writable: true, edit: config => {
		config.process.apparmorProfile = one;
	}});
	t.is(stdout, `${one} (enforce)\nallowed\nrefused\n`, stderr);

	const container = await world.start({writable: true, edit: config => {
		config.process.apparmorProfile = one;
	}});
	t.is(readFileSync(`/proc/${container.pid}/attr/current`, 'utf8').trim(), `${one} (enforce)`);
	t.is((await execOutput(container, ['cat', '/proc/self/attr/current'])).stdout, `${one} (enforce)\n`);
	t.is((await execOutput(container, ['cat', '/proc/self/attr/current'], {apparmorProfile: other})).stdout, `${other} (enforce)\n`);

	// Nothing that init itself does is held back: it writes where the program may not
	const before = await world.start({writable: true, edit: config => {
		config.process.apparmorProfile = one;
		config.mounts.push({destination: '/tmp/denied', type: 'tmpfs', source: 'tmpfs'});
	}});
	t.is(await before.status(), 'running');
});

testUnless(reason ?? noCriu, test.serial)('a restore brings the profile back, or the one that lsmProfile says, which holds from then on', async t => {
	const world = new CheckpointWorld(t);
	const [one, other] = [`ctnative-${process.pid}-before`, `ctnative-${process.pid}-after`];
	load(world, one, '/tmp/denied');
	load(world, other, '/tmp/other');
	const scene = await world.shellScene({writable: true, edit: config => {
		config.process.apparmorProfile = one;
	}});
	const profile = 'cat /proc/self/attr/current';
	const writes = 'for file in denied other; do if 2>/dev/null echo x > /tmp/$file; then echo -n "$file "; fi; done; echo written';
	t.is(await scene.ask(profile), `${one} (enforce)`);
	t.is(await scene.ask(writes), 'other written');
	await scene.move({restore: {lsmMountContext: 'system_u:object_r:container_file_t:s0'}});
	t.is(await scene.ask(profile), `${one} (enforce)`, 'as it was; no mount has a context of SELinux to be replaced');

	await scene.move({restore: {lsmProfile: `apparmor:${other}`}});
	t.is(readFileSync(`/proc/${scene.container.pid}/attr/current`, 'utf8').trim(), `${other} (enforce)`);
	t.is(await scene.ask(profile), `${other} (enforce)`);
	t.is(await scene.ask(writes), 'denied written');
});

testUnless(reason ?? noCriu, test.serial)('a profile that is not loaded, or of SELinux, is an error of restore, and the checkpoint can be restored', async t => {
	const world = new CheckpointWorld(t);
	const name = `ctnative-${process.pid}-kept`;
	load(world, name);
	const {container} = await world.shellScene({edit: config => {
		config.process.apparmorProfile = name;
	}});
	const {bundle, id} = container;
	const {imagesDir} = await container.checkpoint({imagesDir: world.imagesDir()});
	for (const lsmProfile of ['apparmor:ctnative-there-is-none', 'selinux:system_u:system_r:container_t:s0']) {
		await t.throwsAsync(world.runtime.restore(id, {bundle, imagesDir, stdio: 'ignore', lsmProfile}), {code: 'ERR_CRIU_FAILED'}, lsmProfile);
	}

	const restored = await world.runtime.restore(id, {bundle, imagesDir, stdio: pipes});
	t.is(readFileSync(`/proc/${restored.pid}/attr/current`, 'utf8').trim(), `${name} (enforce)`);
});
