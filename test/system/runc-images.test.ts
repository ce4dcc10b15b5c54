// Images go from runc to ctnative and back: what each leaves out, the other finds.
import {execFileSync, spawnSync} from 'node:child_process';
import {chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {privateCriu} from '../../ts/criu/find.js';
import type {Spec} from '../support/bundle.js';
import {noCriu} from '../support/criu-cli.js';
import {steady} from '../support/hierarchies.js';
import {tempDir} from '../support/temp-dir.js';
import {checkpointTest, CheckpointWorld, withUserNamespace} from './checkpoint-world.js';
import {cgroupsOf} from './leftovers.js';
import {runcTest, until} from './world.js';

const test = noCriu === undefined ? steady(runcTest) : checkpointTest; // Which is skipped, with that reason

/** A world with a runc that has a CRIU that works. */
class BothWorld extends CheckpointWorld {
	readonly #runcRoot = `${this.root}-runc`;

	runcCommand(verb: string, ...args: string[]): void {
		const {status, stderr} = spawnSync('runc', ['--criu', privateCriu, '--root', this.#runcRoot, verb, ...args], {stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8', timeout: 20_000});
		if (status !== 0) {
			throw new Error(`runc ${verb}: ${stderr}`);
		}
	}

	/** Runs a container under runc in the background; it goes with the test. */
	runcRun(bundle: string, id: string): void {
		this.teardown(() => {
			spawnSync('runc', ['--root', this.#runcRoot, 'delete', '--force', id]);
		});
		execFileSync('runc', ['--root', this.#runcRoot, 'run', '--detach', '--bundle', bundle, id], {stdio: 'ignore'});
	}

	runcRestore(bundle: string, imagesDir: string, id: string): void {
		this.teardown(() => {
			spawnSync('runc', ['--root', this.#runcRoot, 'delete', '--force', id]);
		});
		this.runcCommand('restore', '--detach', '--bundle', bundle, '--image-path', imagesDir, '--work-path', tempDir(this), id);
	}

	/** A bundle whose program counts into a file of a bind mount, and whose mounts are of every kind. */
	counting(edit: (config: Spec) => void = () => {}): {bundle: string; count: () => number} {
		const data = tempDir(this);
		const hostname = join(tempDir(this), 'hostname');
		writeFileSync(hostname, 'there\n');
		const bundle = this.bundle({
			args: ['sh', '-c', 'n=0; while true; do n=$((n + 1)); echo $n > /data/new; mv /data/new /data/n; sleep 0.05; done'],
			writable: true,
			edit(config) {
				config.mounts!.push(
					{destination: '/data', type: 'bind', source: data, options: ['bind', 'rw']},
					{destination: '/etc/hostname', type: 'bind', source: hostname, options: ['bind', 'ro']},
				);
				edit(config);
			},
			prepare(rootfs) {
				mkdirSync(join(rootfs, 'data'), {recursive: true});
				copyFileSync(hostname, join(rootfs, 'etc/hostname'));
			},
		});
		const file = join(data, 'n');
		return {bundle, count: () => existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0};
	}
}

const kinds: Readonly<Record<string, (config: Spec) => void>> = {
	'with the config that runc spec writes': () => {},
	'in a user namespace': config => withUserNamespace(config),
	'with limits, a host name and no cgroup mount': config => {
		config.mounts = config.mounts!.filter(({type}) => type !== 'cgroup');
		config.hostname = 'there';
		config.linux.resources = {...config.linux.resources, memory: {limit: 64 << 20}};
	},
};

for (const [name, edit] of Object.entries(kinds)) {
	test(`a container ${name} goes from runc to ctnative, and on to runc`, async t => {
		const world = new BothWorld(t);
		const {bundle, count} = world.counting(edit);
		const [first, second, third] = [world.id(), world.id(), world.id()];
		world.runcRun(bundle, first);
		await until(() => count() > 3, 'the program under runc');
		const theirs = world.imagesDir();
		world.runcCommand('checkpoint', '--image-path', theirs, '--work-path', tempDir(world), first);
		chmodSync(theirs, 0o711); // runc's are for their owner alone, who is nobody in a user namespace
		const before = count();

		const container = await world.runtime.restore(second, {bundle, imagesDir: theirs, stdio: 'ignore'});
		await until(() => count() > before + 3, 'the program under ctnative');
		t.true((await container.processes()).includes(container.pid));
		const {imagesDir: ours} = await container.checkpoint({imagesDir: world.imagesDir()});
		const between = count();

		world.runcRestore(bundle, ours, third);
		await until(() => count() > between + 3, 'the program under runc again');
		t.true(count() < between + 300, 'it counts on');
	});
}

test('ctnative takes its own images back after runc had them, and runc keeps its own cgroup', async t => {
	const world = new BothWorld(t);
	const {bundle, count} = world.counting();
	const [first, second] = [world.id(), world.id()];
	const container = await world.runtime.run(first, {bundle, stdio: 'ignore'});
	await until(() => count() > 3, 'the program');
	const {imagesDir} = await container.checkpoint({imagesDir: world.imagesDir()});
	world.runcRestore(bundle, imagesDir, second);
	const at = count();
	await until(() => count() > at + 3, 'the program under runc');
	t.true(cgroupsOf(second).length > 0);
	t.deepEqual(cgroupsOf(first), [], 'not the cgroup of the dump');
	const theirs = world.imagesDir();
	world.runcCommand('checkpoint', '--image-path', theirs, '--work-path', tempDir(world), second);
	const between = count();
	await world.runtime.restore(first, {bundle, imagesDir: theirs, stdio: 'ignore'});
	await until(() => count() > between + 3, 'the program under ctnative');
});
