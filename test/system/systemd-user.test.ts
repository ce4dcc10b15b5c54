// The systemd driver of a user without privileges, who has a systemd of his own: npm run test:vm has one.
import {execFileSync, spawn} from 'node:child_process';
import {once} from 'node:events';
import {existsSync, readFileSync, readlinkSync, writeFileSync} from 'node:fs';
import test from 'ava';
import {testUnless} from '../support/skip.js';
import {makeUser, uid, type RunAs} from './ordinary-user.js';
import {until, World} from './world.js';

const hasBus = existsSync('/usr/lib/systemd/user/dbus.socket') && existsSync('/sys/fs/cgroup/cgroup.controllers');
const userTest = testUnless(process.getuid!() !== 0 ? 'needs root' : !existsSync('/run/systemd/system') ? 'needs systemd as init' : hasBus ? undefined : 'needs dbus-user-session and cgroup2', test.serial);

const runtimeDirectory = `/run/user/${uid}`;
const delegated = `/user.slice/user-${uid}.slice/user@${uid}.service`;
const asUser: RunAs = {env: {XDG_RUNTIME_DIR: runtimeDirectory, DRIVER: 'systemd'}};

/** Makes the user, whose systemd lives without anybody logged in, for as long as the test. */
const linger = async (world: World): Promise<void> => {
	execFileSync('useradd', ['--uid', String(uid), '--no-create-home', 'ctnative-test']);
	execFileSync('loginctl', ['enable-linger', 'ctnative-test']);
	world.teardown(async () => {
		execFileSync('loginctl', ['disable-linger', 'ctnative-test']);
		execFileSync('systemctl', ['stop', `user@${uid}.service`]);
		await until(() => !existsSync(`/sys/fs/cgroup${delegated}`), 'the end of the user\'s systemd');
		execFileSync('userdel', ['ctnative-test']);
	});
	await until(() => existsSync(`${runtimeDirectory}/bus`), 'the user\'s bus');
};

/** In the body: properties of the scope, as the user's systemd has them. */
const show = 'const show = (unit, property) => require("node:child_process").execFileSync("systemctl", ["--user", "show", "--value", "--property", property, unit], {encoding: "utf8"}).trim();';

userTest('a container of a user lives in a scope of the user\'s own systemd, with its limits, until it is deleted', async t => {
	const world = new World(t);
	await linger(world);
	const user = makeUser(world, 2);
	const said = await user.run(`
		${show}
		const {readFileSync, existsSync} = require('node:fs');
		const cgroupOf = pid => readFileSync('/proc/' + pid + '/cgroup', 'utf8').trim().slice('0::'.length);
		const unit = 'ctnative-web.scope';
		config.process.args = ['sleep', '1000'];
		config.linux.resources = {memory: {limit: 64 << 20}, pids: {limit: 44}};
		const container = await runtime.run('web', {bundle, config, stdio: 'ignore'});
		const cgroup = cgroupOf(container.pid);
		const before = [show(unit, 'TasksMax'), show(unit, 'MemoryMax'), show(unit, 'Delegate'), show(unit, 'ControlGroup')];
		const {pids, memory} = await container.stats();
		const exec = await container.exec({args: ['sleep', '1000']});
		const ofExec = cgroupOf(exec.pid);
		await container.pause();
		const paused = [await container.status(), readFileSync('/sys/fs/cgroup' + cgroup + '/cgroup.freeze', 'utf8').trim()];
		await container.resume();
		await container.update({pids: {limit: 55}, memory: {limit: 80 << 20}});
		const after = [show(unit, 'TasksMax'), (await container.stats()).pids.limit, show(unit, 'MemoryMax')];
		await new Runtime({cgroupDriver: 'systemd'}).load('web').then(other => other.delete({force: true}));
		return {cgroup, before, limits: [pids.limit, memory.usage.limit], count: pids.current, ofExec, paused, after,
			init: await container.wait(), left: [show(unit, 'ActiveState'), existsSync('/sys/fs/cgroup' + cgroup), await runtime.list()]};
	`, asUser) as Record<string, unknown>;
	const cgroup = `${delegated}/user.slice/ctnative-web.scope`;
	t.deepEqual(said, {
		cgroup, before: ['44', String(64 << 20), 'yes', cgroup], limits: [44, 64 << 20], count: 1, ofExec: cgroup, paused: ['paused', '1'],
		after: ['55', 55, String(80 << 20)], init: {code: null, signal: 'SIGKILL'}, left: ['inactive', false, []],
	});
});

userTest('the command of a user keeps containers there, and a program of exec is moved there without being told', async t => {
	const world = new World(t);
	await linger(world);
	const user = makeUser(world, 2);
	const said = await user.run(`
		const {execFileSync} = require('node:child_process');
		const {readFileSync, writeFileSync} = require('node:fs');
		config.process.args = ['sleep', '1000'];
		config.linux.namespaces = config.linux.namespaces.filter(({type}) => type !== 'cgroup');
		writeFileSync(bundle + '/config.json', JSON.stringify(config));
		const command = (...args) => execFileSync(process.execPath, [bundle + '/../package/dist/ts/cli/main.js', ...args], {encoding: 'utf8', stdio: ['ignore', args.includes('--detach') ? 'ignore' : 'pipe', 'inherit']});
		command('--systemd-cgroup', 'run', '--detach', '--bundle', bundle, 'web');
		const cgroup = command('exec', 'web', 'cat', '/proc/self/cgroup').trim();
		const {status, pid} = JSON.parse(command('state', 'web'));
		const ofInit = readFileSync('/proc/' + pid + '/cgroup', 'utf8').trim();
		command('--systemd-cgroup', 'delete', '--force', 'web');
		return {cgroup, ofInit, status, left: command('list', '-q')};
	`, asUser);
	const cgroup = `0::${delegated}/user.slice/ctnative-web.scope`;
	t.deepEqual(said, {cgroup, ofInit: cgroup, status: 'running', left: ''});
});

userTest('a limit of a controller that the user was not given is refused, and nothing is left', async t => {
	const world = new World(t);
	await linger(world);
	const user = makeUser(world, 2);
	const controllers = readFileSync(`/sys/fs/cgroup${delegated}/cgroup.controllers`, 'utf8').trim().split(' ');
	t.false(controllers.includes('cpuset'), 'not delegated by Debian');
	t.like(await user.run(`
		config.linux.resources = {cpu: {cpus: '0'}};
		return runtime.run('web', {bundle, config, stdio: 'ignore'});
	`, asUser), {code: 'ERR_CGROUP_LAYOUT', subject: 'linux.resources.cpu.cpus'});
	t.deepEqual(await user.run('return runtime.list()', asUser), []);
	t.false(existsSync(`/sys/fs/cgroup${delegated}/user.slice/ctnative-web.scope`));
});

/** A user namespace of the user, with ids that only root can give it, and a mount namespace; returns how to get in. */
const userNamespace = async (world: World): Promise<readonly string[]> => {
	const child = spawn('setpriv', ['--reuid', String(uid), '--regid', String(uid), '--clear-groups', 'unshare', '--user', '--mount', 'sleep', '1000'], {stdio: 'ignore'});
	world.teardown(async () => {
		child.kill('SIGKILL');
		await once(child, 'exit');
	});
	const own = readlinkSync('/proc/self/ns/mnt');
	await until(() => readlinkSync(`/proc/${child.pid!}/ns/mnt`) !== own, 'the namespaces');
	for (const file of ['uid_map', 'gid_map']) {
		writeFileSync(`/proc/${child.pid!}/${file}`, `0 ${uid} 1\n1 700000 1000\n`);
	}

	return ['nsenter', '--target', String(child.pid), '--user', '--mount', '--preserve-credentials'];
};

userTest('root of a user namespace asks the systemd of its owner', async t => {
	const world = new World(t);
	await linger(world);
	const user = makeUser(world, 2);
	const said = await user.run(`
		const maps = [{containerID: 0, hostID: 0, size: 1}];
		config.linux.uidMappings = config.linux.gidMappings = maps;
		config.process.args = ['sleep', '1000'];
		config.linux.cgroupsPath = 'user.slice:ct:web';
		const root = process.env.XDG_RUNTIME_DIR + '/ctnative-root';
		const inside = new Runtime({root, cgroupDriver: 'systemd'});
		const container = await inside.run('web', {bundle, config, stdio: 'ignore'});
		const cgroup = require('node:fs').readFileSync('/proc/' + container.pid + '/cgroup', 'utf8').trim();
		await container.delete({force: true});
		return {uid: process.getuid(), cgroup};
	`, {...asUser, through: await userNamespace(world)});
	t.deepEqual(said, {uid: 0, cgroup: `0::${delegated}/user.slice/ct-web.scope`});
});

userTest('a user without a bus is told how to get one', async t => {
	const world = new World(t);
	const user = makeUser(world, 2);
	t.like(await user.run('return runtime.run(\'web\', {bundle, config, stdio: \'ignore\'})', {env: {DRIVER: 'systemd'}}), {
		code: 'ERR_SYSTEMD',
		cure: `install dbus-user-session, loginctl enable-linger ${uid}, and set XDG_RUNTIME_DIR=/run/user/${uid}; or use cgroupfs`,
	});
});
