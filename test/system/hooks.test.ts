import {spawn} from 'node:child_process';
import {existsSync, mkdirSync, readFileSync, readlinkSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {CtnError} from '../../ts/index.js';
import type {Spec} from '../support/bundle.js';
import {projectPath} from '../support/paths.js';
import {elsewhere, outputOf, systemTest as test, until, World} from './world.js';

type Hook = {path: string; args?: string[]; env?: string[]; timeout?: number};

const shell = (script: string, more: Partial<Hook> = {}): Hook => ({path: '/bin/sh', args: ['sh', '-c', script], ...more});

const withHooks = (hooks: Record<string, Hook[]>) => (config: Spec): void => {
	config.hooks = hooks;
};

const lines = (path: string): string[] => existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : [];

interface State {
	readonly ociVersion: string;
	readonly id: string;
	readonly status: string;
	readonly pid?: number;
	readonly bundle: string;
	readonly annotations?: Record<string, string>;
}

const read = (path: string): State => JSON.parse(readFileSync(path, 'utf8')) as State;

const isAlive = (pid: number): boolean => existsSync(`/proc/${pid}`);

test('hooks run in the order of the specification, each with the state of its moment', async t => {
	const world = new World(t);
	const bundle = world.bundle({writable: true, args: ['sleep', '1000']});
	const log = join(bundle, 'rootfs/log');
	const host = (name: string): Hook => shell(`cat >${bundle}/rootfs/${name}.json; echo ${name} >>${log}`);
	const config = JSON.parse(readFileSync(join(bundle, 'config.json'), 'utf8')) as Spec;
	config.annotations = {'org.example.long': 'x'.repeat(200_000)};
	config.hooks = {
		prestart: [host('prestart')],
		createRuntime: [host('createRuntime'), shell(`echo createRuntime2 >>${log}`)],
		createContainer: [shell('cat >createContainer.json; echo createContainer >>log')], // In the root filesystem
		startContainer: [shell('cat >/startContainer.json; echo startContainer >>/log')],
		poststart: [host('poststart')],
		poststop: [host('poststop')],
	};
	writeFileSync(join(bundle, 'config.json'), JSON.stringify(config));

	const container = await world.runtime.create(world.id(), {bundle, stdio: 'ignore'});
	const created = ['prestart', 'createRuntime', 'createRuntime2', 'createContainer'];
	t.deepEqual(lines(log), created);
	await container.start();
	t.deepEqual(lines(log), [...created, 'startContainer', 'poststart']);
	await container.delete({force: true});
	t.deepEqual(lines(log), [...created, 'startContainer', 'poststart', 'poststop']);

	const common = {ociVersion: '1.3.0', id: container.id, bundle, annotations: config.annotations};
	const state = (name: string): State => read(join(bundle, `rootfs/${name}.json`));
	t.deepEqual(state('prestart'), {...common, status: 'creating', pid: container.pid});
	t.deepEqual(state('createRuntime'), {...common, status: 'creating', pid: container.pid});
	t.deepEqual(state('createContainer'), {...common, status: 'creating', pid: 1});
	t.deepEqual(state('startContainer'), {...common, status: 'created', pid: 1});
	t.deepEqual(state('poststart'), {...common, status: 'running', pid: container.pid});
	t.deepEqual(state('poststop'), {...common, status: 'stopped'});
});

test('a hook of the runtime runs in our namespaces, one of the container in its own, with paths of the host', async t => {
	const world = new World(t);
	const out = world.bundle();
	const script = (name: string) => `readlink /proc/self/ns/mnt /proc/self/ns/net >${out}/${name}; ls / >>${out}/${name}; pwd >>${out}/${name}; umask >>${out}/${name}`;
	const bundle = world.bundle({writable: true, args: ['sh', '-c', 'cat /mnt/from-hook /run/from-hook'], edit: withHooks({
		createRuntime: [shell(script('runtime')), shell('pid=$(sed "s/.*pid\\":\\([0-9]*\\).*/\\1/"); r=$PWD/rootfs; nsenter --mount=/proc/$pid/ns/mnt sh -c "grep -q \\" $r/proc \\" /proc/self/mountinfo && mkdir $r/run && echo run >$r/run/from-hook"', {env: ['PATH=/usr/bin:/bin']})],
		createContainer: [shell(`${script('container')}; mkdir mnt && mount -t tmpfs tmpfs mnt && echo mounted >mnt/from-hook`, {env: ['PATH=/usr/bin:/bin']})],
	})});
	const container = await world.runtime.run(world.id(), {bundle, stdio: ['ignore', 'pipe', 'pipe']});
	t.like(await outputOf(container), {code: 0, stdout: 'mounted\nrun\n', stderr: ''});
	await container.delete();

	const ours = ['mnt', 'net'].map(name => readlinkSync(`/proc/self/ns/${name}`));
	const runtime = lines(join(out, 'runtime'));
	const inside = lines(join(out, 'container'));
	t.deepEqual(runtime.slice(0, 2), ours);
	t.notDeepEqual(inside.slice(0, 2), ours);
	t.deepEqual(inside.slice(2, -2), runtime.slice(2, -2)); // The host's /
	t.is(runtime.at(-2), bundle);
	t.is(inside.at(-2), join(bundle, 'rootfs'));
	t.is(inside.at(-1), '0022');
	t.deepEqual(lines(join(bundle, 'rootfs/mnt/from-hook')), []); // The mount is the container's alone
});

test('a hook has the arguments and the environment that it was given, and nothing else', async t => {
	const world = new World(t);
	const out = world.bundle();
	const show = (name: string) => `tr "\\0" "\\n" </proc/$$/environ >${out}/${name}.env; tr "\\0" "\\n" </proc/$$/cmdline >${out}/${name}.args; ls -l /proc/$$/fd | sed "s/.*-> //" >${out}/${name}.fds`;
	const bundle = world.bundle({edit: config => {
		config.hooks = {
			createRuntime: [
				{path: '/bin/busybox', args: ['sh', '-c', show('none'), '', 'a b', '$X']},
				{path: '/bin/busybox', args: ['sh', '-c', show('some')], env: ['A=b c', 'PATH=/nowhere:/bin']},
			],
			createContainer: [{path: '/bin/busybox', args: ['sh', '-c', show('inside')]}],
		};
	}});
	await (await world.runtime.create(world.id(), {bundle, stdio: 'ignore'})).delete();

	t.deepEqual(lines(join(out, 'none.env')), []);
	t.deepEqual(readFileSync(join(out, 'none.args'), 'utf8').split('\n').slice(3), ['', 'a b', '$X', '']);
	t.deepEqual(lines(join(out, 'some.env')), ['A=b c', 'PATH=/nowhere:/bin']);
	t.deepEqual(lines(join(out, 'inside.env')), []);
	for (const name of ['none', 'inside']) { // And no descriptor but the state and where it prints to
		t.deepEqual(lines(join(out, `${name}.fds`)).filter(target => !/memfd:ctn-state|pipe:|^total|\.fds$|\/proc/.test(target)), [], name);
	}
});

test('startContainer runs as the user of the program, in its environment, under its filter and in its cgroup', async t => {
	const world = new World(t);
	const script = 'exec >/tmp/said 2>&1; env | sort; id -u; grep -E "CapEff|NoNewPrivs|Seccomp:" /proc/self/status; cut -d: -f3 /proc/self/cgroup | sort -u; mkdir /tmp/denied; chmod 644 /tmp/said';
	const bundle = world.bundle({writable: true, args: ['cat', '/tmp/said'], prepare: rootfs => mkdirSync(join(rootfs, 'tmp'), {recursive: true, mode: 0o777}), edit: config => {
		config.mounts.push({destination: '/tmp', type: 'tmpfs', source: 'tmpfs', options: ['mode=1777']});
		config.process.user = {uid: 1000, gid: 1000};
		config.process.env = ['PATH=/bin', 'GREETING=hello'];
		config.linux.seccomp = {defaultAction: 'SCMP_ACT_ALLOW', syscalls: [{names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_ERRNO'}]};
		config.hooks = {startContainer: [shell(script)]};
	}});
	const container = await world.runtime.run(world.id(), {bundle, stdio: ['ignore', 'pipe', 'pipe']});
	const {stdout} = await outputOf(container);
	for (const said of [/^GREETING=hello$/m, /^HOME=\/tmp$/m, /^1000$/m, /CapEff:\t0000000000000000/, /NoNewPrivs:\t1/, /Seccomp:\t2/, /Operation not permitted/, new RegExp(container.id)]) {
		t.regex(stdout, said);
	}
});

test('a hook that fails is told by kind, index, path, exit code and what it said, and nothing is left', async t => {
	const world = new World(t);
	const marker = join(world.bundle(), 'marker');
	for (const name of ['prestart', 'createRuntime', 'createContainer', 'startContainer', 'poststart']) {
		const hooks = {[name]: [shell('true'), shell('echo first >&2; echo the reason >&2; exit 3')], poststop: [{...shell(`echo ${name} >>${marker}`)}]};
		const error = await t.throwsAsync(world.runtime.run(world.id(), {bundle: world.bundle({args: ['sleep', '1000'], edit: withHooks(hooks)}), stdio: 'ignore'}), {code: 'ERR_HOOK_FAILED'}, name) as CtnError;
		t.is(error.message, `the ${name} hook 1 (/bin/sh) failed: exit code 3: the reason`);
		t.is(error.subject, `hooks.${name}[1]`);
		t.deepEqual(error.log, ['first', 'the reason']);
		t.deepEqual(await world.runtime.list(), []);
	}

	t.deepEqual(lines(marker), ['prestart', 'createRuntime', 'createContainer', 'startContainer', 'poststart']);
});

test('a hook that cannot be executed or is killed is told as such', async t => {
	const world = new World(t);
	for (const [name, hook, message] of [
		['createRuntime', {path: '/nonexistent'}, 'the createRuntime hook 0 (/nonexistent) failed: it cannot be executed: ENOENT'],
		['createContainer', {path: '/etc/passwd'}, 'the createContainer hook 0 (/etc/passwd) failed: it cannot be executed: EACCES'],
		['createContainer', shell('kill -9 $$'), 'the createContainer hook 0 (/bin/sh) failed: signal SIGKILL'],
		['startContainer', {path: '/nonexistent'}, 'the startContainer hook 0 (/nonexistent) failed: it cannot be executed: ENOENT'],
	] as const) {
		await t.throwsAsync(world.runtime.run(world.id(), {bundle: world.bundle({edit: withHooks({[name]: [hook as Hook]})}), stdio: 'ignore'}), {code: 'ERR_HOOK_FAILED', message});
	}
});

test('a hook that takes longer than its timeout is killed, with what it started', async t => {
	const world = new World(t);
	const pids = join(world.bundle(), 'pids');
	for (const name of ['createRuntime', 'createContainer', 'poststart']) {
		const begin = Date.now();
		const bundle = world.bundle({args: ['sleep', '1000'], edit: withHooks({[name]: [shell(`echo $$ >>${pids}; echo slow; sleep 1000 & echo $! >>${pids}; wait`, {timeout: 1})]})});
		await t.throwsAsync(world.runtime.run(world.id(), {bundle, stdio: 'ignore'}), {code: 'ERR_HOOK_FAILED', message: `the ${name} hook 0 (/bin/sh) failed: it was killed after its timeout of 1 s: slow`});
		t.true(Date.now() - begin < 60_000, 'nobody has waited for it');
	}

	if (lines(pids).length < 6) {
		t.fail('the hooks did not run');
	}

	for (const pid of lines(pids).filter((_, index) => index !== 2 && index !== 3)) { // Those two are pids of the container
		await until(() => !isAlive(Number(pid)), `the end of ${pid}`);
	}
});

test('what a hook leaves running with its output open does not hold create back', async t => {
	const world = new World(t);
	const pids = join(world.bundle(), 'pids');
	const bundle = world.bundle({edit: withHooks({createRuntime: [shell(`sleep 1000 & echo $! >${pids}; yes | head -c 300000; true`)]})});
	const container = await world.runtime.create(world.id(), {bundle, stdio: 'ignore'});
	t.true(process.kill(Number(lines(pids)[0]), 'SIGKILL'), 'it lives on');
	await container.delete();
});

test('a hook that hangs leaves the event loop free, and ends with its container', async t => {
	const world = new World(t);
	const pids = join(world.bundle(), 'pids');
	for (const name of ['createRuntime', 'createContainer']) {
		const id = world.id();
		writeFileSync(pids, '');
		const bundle = world.bundle({edit: withHooks({[name]: [shell(`cat /proc/self/stat | cut -d" " -f4 >${pids}; exec sleep 1000`)]})});
		const creation = world.runtime.create(id, {bundle, stdio: 'ignore'});
		void creation.catch(() => {});
		await until(() => lines(pids).length > 0, 'the hook');
		let ticks = 0;
		const timer = setInterval(() => ticks++, 5);
		await elsewhere(world, `await (await runtime.load(${JSON.stringify(id)})).delete({force: true})`);
		clearInterval(timer);
		t.true(ticks > 5);
		await t.throwsAsync(creation, {code: name === 'createRuntime' ? 'ERR_HOOK_FAILED' : 'ERR_INIT_DIED'});
		if (name === 'createRuntime') {
			await until(() => !isAlive(Number(lines(pids)[0])), 'the end of the hook');
		}
	}
});

test('nothing is left of a create that was killed in a hook, once it is deleted', async t => {
	const world = new World(t);
	for (const name of ['createRuntime', 'createContainer', 'startContainer']) {
		const id = world.id();
		const marks = world.bundle({writable: true, args: ['sleep', '1000'], edit: withHooks({[name]: [shell(name === 'startContainer' ? 'echo here >/mark; sleep 1000' : 'exec sleep 1000')], poststop: [shell('echo stopped >poststop')]})});
		if (name !== 'startContainer') {
			const config = read(join(marks, 'config.json')) as unknown as Spec;
			config.hooks![name as 'createRuntime'] = [shell(`echo $$ >${marks}/rootfs/mark; exec sleep 1000`)];
			writeFileSync(join(marks, 'config.json'), JSON.stringify(config));
		}

		const script = `new (require(${JSON.stringify(projectPath('dist/ts/index.js'))}).Runtime)({root: ${JSON.stringify(world.root)}}).run(${JSON.stringify(id)}, {bundle: ${JSON.stringify(marks)}, stdio: 'ignore'})`;
		const child = spawn(process.execPath, ['-e', script], {stdio: 'ignore'});
		const end = new Promise(resolve => {
			child.once('exit', resolve);
		});
		await until(() => lines(join(marks, 'rootfs/mark')).length > 0, name);
		child.kill('SIGKILL');
		await end;
		const container = await world.runtime.load(id);
		await container.delete({force: true});
		t.deepEqual(lines(join(marks, 'poststop')), ['stopped'], name);
		if (name === 'createRuntime') {
			await until(() => !isAlive(Number(lines(join(marks, 'rootfs/mark'))[0])), 'the end of the hook');
		}
	}
});

test('a poststop hook that fails is reported, when all have run and the container is gone', async t => {
	const world = new World(t);
	const bundle = world.bundle({args: ['true'], edit: withHooks({poststop: [shell('echo one >>poststop; exit 1'), shell('echo two >>poststop')]})});
	const container = await world.runtime.run(world.id(), {bundle, stdio: 'ignore'});
	await container.wait();
	const again = await world.runtime.load(container.id);
	await t.throwsAsync(container.delete(), {code: 'ERR_HOOK_FAILED', message: 'the poststop hook 0 (/bin/sh) failed: exit code 1'});
	t.deepEqual(lines(join(bundle, 'poststop')), ['one', 'two']);
	await t.throwsAsync(world.runtime.load(container.id), {code: 'ERR_CONTAINER_NOT_FOUND'});
	await again.delete({force: true});
	t.deepEqual(lines(join(bundle, 'poststop')), ['one', 'two']); // They run once
});

test('poststop runs when the bundle is gone, too', async t => {
	const world = new World(t);
	const log = join(world.bundle(), 'log');
	const bundle = world.bundle({args: ['true'], edit: withHooks({poststop: [shell(`pwd >>${log}`)]})});
	const container = await world.runtime.run(world.id(), {bundle, stdio: 'ignore'});
	await container.wait();
	rmSync(bundle, {recursive: true});
	await container.delete();
	t.deepEqual(lines(log), ['/']);
});

test('a container that somebody else loaded starts with its hooks', async t => {
	const world = new World(t);
	const bundle = world.bundle({args: ['sleep', '1000'], edit: withHooks({poststart: [shell('echo started >>log')], poststop: [shell('echo stopped >>log')]})});
	const container = await world.runtime.create(world.id(), {bundle, stdio: 'ignore'});
	await elsewhere(world, `const c = await runtime.load(${JSON.stringify(container.id)}); await c.start(); await c.delete({force: true});`);
	t.deepEqual(lines(join(bundle, 'log')), ['started', 'stopped']);
	await container.wait();
});
