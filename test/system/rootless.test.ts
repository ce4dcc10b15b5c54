import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {makeUser, uid} from './ordinary-user.js';
import {systemTest as test, World} from './world.js';

test('a user without privileges creates, starts, execs, waits and deletes', async t => {
	const world = new World(t);
	const user = makeUser(world);
	const said = await user.run(`
		config.process.args = ['sh', '-c', 'id -u; id -g; cat /proc/self/uid_map; hostname; touch /made; mount | grep -c " / "; echo >/dev/null && echo null; touch /done; sleep 1000'];
		const container = await runtime.create('web', {bundle, config, stdio: pipes});
		const created = await container.status();
		await container.start();
		const exec = await output(await container.exec({args: ['sh', '-c', 'until [ -e /done ]; do sleep 0.01; done; id -u; readlink /proc/1/ns/user; readlink /proc/self/ns/user; ls /proc | grep -c "^1$"'], stdio: pipes}));
		const running = await container.status();
		const other = await runtime.load('web');
		await other.delete({force: true});
		return {root: runtime.root, created, running, exec, init: await output(container), list: await runtime.list()};
	`) as {root: string; created: string; running: string; exec: {stdout: string; code: number}; init: {stdout: string; signal: string}; list: unknown[]};
	t.regex(said.root, /run\/ctnative$/);
	t.like(said, {created: 'created', running: 'running', list: []});
	const [id, ofInit, ofExec, pids] = said.exec.stdout.split('\n');
	t.deepEqual([id, ofInit === ofExec, pids], ['0', true, '1']);
	t.regex(said.init.stdout.replace(/ +/g, ' '), new RegExp(`^0\n0\n 0 ${uid} 1\nrunc\n\\d+\nnull\n$`));
	t.is(said.init.signal, 'SIGKILL');
	t.true(existsSync(join(user.bundle, 'rootfs/made')));
});

test('limits without a cgroup are refused by name, as are maps that are not the user\'s', async t => {
	const world = new World(t);
	const user = makeUser(world);
	t.like(await user.run(`
		config.linux.resources = {memory: {limit: 100000000}};
		return runtime.create('web', {bundle, config, stdio: 'ignore'});
	`), {code: 'ERR_CGROUP_LAYOUT', subject: 'linux.resources.memory'});
	t.like(await user.run(`
		config.linux.uidMappings = [{containerID: 0, hostID: 0, size: 1}];
		return runtime.create('web', {bundle, config, stdio: 'ignore'});
	`), {code: 'ERR_CONFIG_INVALID', subject: 'linux.uidMappings'});
	t.like(await user.run(`
		delete config.linux.uidMappings;
		config.linux.namespaces = config.linux.namespaces.filter(({type}) => type !== 'user');
		delete config.linux.gidMappings;
		return runtime.create('web', {bundle, config, stdio: 'ignore'});
	`), {code: 'ERR_CONFIG_INVALID'});
	t.like(await user.run(`
		config.root.path = 'nothing';
		return runtime.create('web', {bundle, config, stdio: 'ignore'});
	`), {code: 'ERR_ROOTFS_NOT_FOUND'});
	t.deepEqual(await user.run('return runtime.list()'), []);
});

test('with newuidmap and newgidmap a user has as many ids as it was given', async t => {
	const world = new World(t);
	const user = makeUser(world);
	const said = await user.run(`
		const maps = [{containerID: 0, hostID: ${uid}, size: 1}, {containerID: 1, hostID: 700000, size: 1000}];
		config.linux.uidMappings = config.linux.gidMappings = maps;
		config.process.user = {uid: 5, gid: 6};
		config.process.args = ['sh', '-c', 'id -u; id -g; grep Groups /proc/self/status; cat /proc/self/setgroups'];
		const container = await runtime.run('web', {bundle, config, stdio: pipes});
		const init = await output(container);
		await container.delete();
		return init;
	`, {lines: {
		'/etc/subuid': `${uid}:700000:1000\n`,
		'/etc/subgid': `${uid}:700000:1000\n`,
		// newuidmap(1) knows users by name only
		'/etc/passwd': `ctnative-test:x:${uid}:${uid}::/:/bin/false\n`,
		'/etc/group': `ctnative-test:x:${uid}:\n`,
	}}) as {stdout: string};
	t.is(said.stdout.replace(/[\t ]+/g, ' '), '5\n6\nGroups: \nallow\n');
});
