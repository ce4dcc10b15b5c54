// Paths of a shared volume are exchanged for symlinks to the host while containers with that volume start.
import {execFileSync} from 'node:child_process';
import {mkdirSync, readdirSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {ExecutionContext} from 'ava';
import {tempDir, type Spec} from '../support/bundle.js';
import {outputOf, systemTest as test, World} from '../system/world.js';
import {isRefusal, makeVictim, startAttacker} from './attack.js';

/** At least this long, and this many starts on a machine that is busy. */
const attackMs = 2500;
const leastStarts = 20;

/** Starts containers over and over under attack. What they print goes to `check`. */
const underAttack = async (t: ExecutionContext, targets: (config: Spec, victim: string) => void, script: string, check: (output: string, victim: ReturnType<typeof makeVictim>) => void): Promise<void> => {
	const world = new World(t);
	const volume = tempDir(world);
	const victim = makeVictim(world);
	mkdirSync(join(volume, 'place/below'), {recursive: true});
	writeFileSync(join(volume, 'place/file'), '');
	symlinkSync(victim.path, join(volume, 'absolute'));
	symlinkSync(`${'../'.repeat(20)}${victim.path.slice(1)}`, join(volume, 'relative'));
	await startAttacker(world, 'exchange', ['/volume/place', '/volume/absolute', '/volume/place', '/volume/relative'], volume);
	const bundle = world.bundle({writable: true, args: ['sh', '-c', script], edit: config => {
		config.mounts.push({destination: '/volume', type: 'bind', source: volume, options: ['rbind']});
		targets(config, victim.path);
	}});
	let started = 0;
	let refused = 0;
	for (const end = Date.now() + attackMs; Date.now() < end || started + refused < leastStarts;) {
		const container = await world.runtime.create(world.id(), {bundle, stdio: ['ignore', 'pipe', 'ignore']}).catch((error: unknown) => {
			t.true(isRefusal(error), String(error));
			refused++;
		});
		if (container) {
			started++;
			await container.start();
			const {stdout} = await outputOf(container);
			t.false(stdout.includes(victim.secret));
			check(stdout, victim);
			await container.delete({force: true});
		}

		t.deepEqual(victim.harm(), []);
	}

	t.log(`${started} started, ${refused} refused`);
};

const everything = 'cat $(find / -xdev -name secret 2>/dev/null) 2>/dev/null; cat /volume/*/secret 2>/dev/null';

test('CVE-2021-30465: mount targets that are exchanged for symlinks lead nowhere but into the container', async t => {
	await underAttack(t, config => {
		config.mounts.push(
			{destination: '/volume/place/fresh/directory', type: 'tmpfs'},
			{destination: '/volume/place', type: 'tmpfs'},
			{destination: '/volume/place/below/deeper', type: 'tmpfs', options: ['tmpcopyup']},
			{destination: '/volume/place/bound', type: 'bind', source: '/usr', options: ['bind', 'ro']},
		);
	}, everything, () => {});
});

test('CVE-2024-45310: targets and directories that are made are made in the container', async t => {
	await underAttack(t, config => {
		config.mounts.push({destination: '/volume/place/made/file', type: 'bind', source: '/bin/busybox', options: ['bind']});
		config.mounts.push({destination: '/volume/place/made/link', type: 'bind', source: '/bin/sh', options: ['bind', 'copy-symlink']});
		config.process.cwd = '/volume/place/made/cwd';
	}, everything, () => {});
});

test('CVE-2021-30465: a source that is exchanged is the one that was opened, and its options are on that one', async t => {
	const world = new World(t);
	const volume = tempDir(world);
	for (const name of ['a', 'b']) {
		mkdirSync(join(volume, name));
		writeFileSync(join(volume, name, 'name'), name);
	}

	await startAttacker(world, 'exchange', ['/volume/a', '/volume/b'], volume);
	const bundle = world.bundle({args: ['sh', '-c', 'cat /root/name; touch /root/x 2>/dev/null || echo ro'], edit: config => {
		config.mounts.push({destination: '/root', type: 'bind', source: join(volume, 'a'), options: ['bind', 'ro']});
	}});
	const said = new Set<string>();
	for (const end = Date.now() + attackMs / 2; Date.now() < end;) {
		const container = await world.runtime.create(world.id(), {bundle, stdio: ['ignore', 'pipe', 'ignore']});
		await container.start();
		said.add((await outputOf(container)).stdout);
		await container.delete({force: true});
	}

	t.deepEqual([...said].sort(), ['aro\n', 'bro\n']);
	t.deepEqual(readdirSync(join(volume, 'a')), ['name']);
});

test('CVE-2026-41579: devices and links of a /dev that is exchanged are made in the container', async t => {
	await underAttack(t, config => {
		config.linux.devices = [{path: '/volume/place/device', type: 'c', major: 1, minor: 3}, {path: '/volume/place/pipe', type: 'p'}];
	}, everything, () => {});
});

test('CVE-2025-31133, CVE-2025-52881: hidden paths that are exchanged are hidden, or nothing of the host is', async t => {
	await underAttack(t, (config, victim) => {
		config.linux.maskedPaths = ['/volume/place/file', '/volume/place', victim];
		config.linux.readonlyPaths = ['/volume/place/below', '/volume/place'];
	}, everything, (_, victim) => {
		execFileSync('touch', ['-r', join(victim.path, 'secret'), join(victim.path, 'secret')]); // It is writable for us all the time
	});
});
