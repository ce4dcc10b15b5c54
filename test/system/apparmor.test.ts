// AppArmor on the real kernel, where it is on: npm run test:vm has such a machine.
import {execFileSync, spawnSync} from 'node:child_process';
import {existsSync, readFileSync} from 'node:fs';
import test from 'ava';
import {testUnless} from '../support/skip.js';
import {execOutput, World} from './world.js';

const switched = '/sys/module/apparmor/parameters/enabled';
const isOn = existsSync(switched) && readFileSync(switched, 'utf8').startsWith('Y');
const parser = (...args: string[]) => spawnSync('apparmor_parser', args, {encoding: 'utf8'});
const reason = process.getuid!() !== 0 ? 'needs root' : isOn ? parser('--version').status === 0 ? undefined : 'there is no apparmor_parser' : 'AppArmor is off here';

/** Anything goes, but for what is below /tmp/denied. */
const load = (world: World, name: string): void => {
	const profile = `profile ${name} flags=(attach_disconnected,mediate_deleted) {\n file,\n capability,\n network,\n mount,\n umount,\n signal,\n ptrace,\n unix,\n deny /tmp/denied w,\n}\n`;
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
