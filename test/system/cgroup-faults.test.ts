// Cgroups that cannot be removed yet, or are not ours.
import {spawn} from 'node:child_process';
import {existsSync, mkdirSync, readdirSync, rmdirSync, writeFileSync} from 'node:fs';
import {cgroupsOf} from './leftovers.js';
import {behind, onlyCgroup2, onlyV1} from './private-mounts.js';
import {systemTest as test, until, World} from './world.js';

/** The cgroup2 of this machine. */
const unified = existsSync('/sys/fs/cgroup/cgroup.controllers') ? '/sys/fs/cgroup' : '/sys/fs/cgroup/unified';

test('a container that is paused is deleted with force, in any status', async t => {
	const world = new World(t);
	const running = await world.start({args: ['sh', '-c', 'sleep 1000 & sleep 1000 & exec sleep 1000']});
	await running.pause();
	await running.delete({force: true});
	const created = await world.create({args: ['sleep', '1000']});
	await created.pause();
	await created.delete({force: true});
	t.deepEqual(await world.runtime.list(), []);
});

test('frozen processes die without cgroup2, too', async t => {
	const world = new World(t);
	const bundle = world.bundle({args: ['sh', '-c', 'sleep 1000 & exec sleep 1000']});
	const id = world.id();
	if (unified === '/sys/fs/cgroup') {
		t.pass();
		return;
	}

	t.deepEqual(await behind(world, onlyV1, `
		const container = await runtime.run('${id}', {bundle: '${bundle}', stdio: 'ignore'});
		await container.pause();
		await container.kill('SIGTERM', {all: true});
		const status = await container.status();
		await container.delete({force: true}); // Which fails while somebody lives on in it
		return [status, fs.existsSync('/sys/fs/cgroup/freezer/${id}')];
	`), ['paused', false]);
});

test('cgroups that somebody made below, threaded ones and those with processes, go with the container', async t => {
	const world = new World(t);
	const container = await world.start({args: ['sh', '-c', 'sleep 1000 & exec sleep 1000']});
	await until(async () => (await container.processes()).length === 2, 'the processes');
	const [, other] = await container.processes();
	const own = `${unified}/${container.id}`;
	mkdirSync(`${own}/a/b`, {recursive: true});
	mkdirSync(`${own}/threads`);
	writeFileSync(`${own}/threads/cgroup.type`, 'threaded');
	mkdirSync(`${own}/threads/below`);
	writeFileSync(`${own}/threads/below/cgroup.type`, 'threaded');
	writeFileSync(`${own}/threads/cgroup.threads`, String(other));
	t.deepEqual((await container.processes()).length, 2);
	await container.delete({force: true});
	t.false(existsSync(own));
});

test('one that was moved below another cgroup and killed is waited for, though it is a zombie for a while', async t => {
	const world = new World(t);
	const container = await world.start();
	// A process of this program in the container's cgroup: until it is waited for it is a zombie there
	const foreign = spawn('sleep', ['1000'], {stdio: 'ignore'});
	const ended = new Promise(resolve => {
		foreign.once('exit', (_, signal) => resolve(signal));
	});
	writeFileSync(`${unified}/${container.id}/cgroup.procs`, String(foreign.pid));
	await container.delete({force: true});
	t.is(await ended, 'SIGKILL');
	t.false(existsSync(`${unified}/${container.id}`));
});

test('a cgroup in which others live is refused by create, and they live on', async t => {
	const world = new World(t);
	const id = world.id();
	const own = `${unified}/${id}`;
	mkdirSync(own);
	const foreign = spawn('sleep', ['1000'], {stdio: 'ignore'});
	writeFileSync(`${own}/cgroup.procs`, String(foreign.pid));
	await t.throwsAsync(world.runtime.create(id, {bundle: world.bundle(), stdio: 'ignore'}), {code: 'ERR_CGROUP_LAYOUT', message: `the cgroup /${id} is not empty: it has 1 process(es)`});
	t.is(foreign.exitCode ?? foreign.signalCode, null);
	const ended = new Promise(resolve => {
		foreign.once('exit', resolve);
	});
	foreign.kill('SIGKILL');
	await ended;
	await until(() => {
		try {
			for (const hierarchy of unified === '/sys/fs/cgroup' ? ['.'] : readdirSync('/sys/fs/cgroup')) {
				if (existsSync(`/sys/fs/cgroup/${hierarchy}/${id}`)) {
					rmdirSync(`/sys/fs/cgroup/${hierarchy}/${id}`);
				}
			}

			return true;
		} catch {
			return false; // Still dying
		}
	}, 'the end of the cgroup');
});

test('a cgroup that somebody left empty is made anew, and a frozen one refused', async t => {
	const world = new World(t);
	const id = world.id();
	mkdirSync(`${unified}/${id}/below`, {recursive: true});
	const container = await world.runtime.create(id, {bundle: world.bundle(), stdio: 'ignore'});
	t.false(existsSync(`${unified}/${id}/below`));
	await container.delete();

	mkdirSync(`${unified}/${id}`);
	writeFileSync(`${unified}/${id}/cgroup.freeze`, '1');
	await t.throwsAsync(world.runtime.create(id, {bundle: world.bundle(), stdio: 'ignore'}), {code: 'ERR_CGROUP_LAYOUT', message: `the cgroup /${id} is frozen`});
	cgroupsOf(id).forEach(path => rmdirSync(path));
});

test('on cgroup2 a container below a threaded cgroup is told why it cannot be', async t => {
	const world = new World(t);
	const above = `${world.prefix}threads`;
	const id = world.id();
	const bundle = world.bundle({edit(config: {linux: {cgroupsPath?: string}}) {
		config.linux.cgroupsPath = `/${above}/in/${id}`;
	}});
	mkdirSync(`${unified}/${above}/in`, {recursive: true});
	writeFileSync(`${unified}/${above}/in/cgroup.type`, 'threaded');
	t.like(await behind(world, onlyCgroup2, `return runtime.create('${id}', {bundle: '${bundle}', stdio: 'ignore'})`), {
		error: 'ERR_CGROUP_LAYOUT',
		message: `no process can enter the cgroup /sys/fs/cgroup/${above}/in/${id}: it is of type "domain invalid"`,
	});
	rmdirSync(`${unified}/${above}/in`);
	rmdirSync(`${unified}/${above}`);
});
