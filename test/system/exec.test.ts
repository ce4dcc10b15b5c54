import {mkdirSync, readFileSync} from 'node:fs';
import {CtnError} from '../../ts/index.js';
import {execOutput, isV2, outputOf, systemTest as test, World, type Output} from './world.js';

test('exec runs in the namespaces, cgroup and root of the container', async t => {
	const world = new World(t);
	const container = await world.start({args: ['sh', '-c', 'exec sleep 1000']});
	const inside = async (path: string) => (await execOutput(container, ['readlink', path])).stdout;
	for (const name of ['pid', 'net', 'ipc', 'uts', 'mnt', 'user', 'cgroup']) {
		t.is(await inside(`/proc/self/ns/${name}`), await inside(`/proc/1/ns/${name}`), name);
	}

	const cgroups = async (pid: string) => (await execOutput(container, ['cat', `/proc/${pid}/cgroup`])).stdout;
	t.is(await cgroups('self'), await cgroups('1'));
	t.regex((await execOutput(container, ['ps', '-o', 'pid,args'])).stdout, /1 sleep 1000\n/);
	t.is((await execOutput(container, ['hostname'])).stdout, 'runc\n');
});

test('exec tells how its program ended, and the container goes on', async t => {
	const world = new World(t);
	const container = await world.start();
	t.like(await execOutput(container, ['sh', '-c', 'exit 9']), {code: 9, signal: null});
	t.like(await execOutput(container, ['sh', '-c', 'kill -9 $$']), {code: null, signal: 'SIGKILL'});

	const process = await container.exec({args: ['sleep', '1000']});
	t.true((await container.processes()).includes(process.pid));
	await process.kill('SIGUSR1');
	t.deepEqual(await process.wait(), {code: null, signal: 'SIGUSR1'});
	await t.throwsAsync(process.kill(), {code: 'ERR_CONTAINER_NOT_RUNNING'});
	t.is(await container.status(), 'running');
});

test('exec has pipes of its own', async t => {
	const world = new World(t);
	const container = await world.start();
	const process = await container.exec({args: ['sh', '-c', 'wc -c; echo oops >&2'], stdio: 'pipe'});
	process.stdin!.end(Buffer.alloc(5 << 20));
	t.deepEqual(await outputOf(process), {code: 0, signal: null, stdout: `${5 << 20}\n`, stderr: 'oops\n'});
});

test('what exec is not told comes from the process of the container', async t => {
	const world = new World(t);
	const container = await world.start({edit: config => {
		config.process.env!.push('COLOR=blue');
		config.process.cwd = '/tmp';
		config.process.user = {uid: 1000, gid: 1000, additionalGids: [1001], umask: 0o077};
	}});
	const script = 'echo $COLOR $PWD; id; umask; grep -E "^(Cap|NoNew)" /proc/self/status; ulimit -n';
	const base = await execOutput(container, ['sh', '-c', script]);
	t.like(base, {code: 0, stderr: ''});
	t.true(base.stdout.startsWith('blue /tmp\nuid=1000(user) gid=1000(user) groups=1001(extra)\n0077\n'), base.stdout);
	t.is(base.stdout.slice(base.stdout.indexOf('Cap')), (await world.shell(script, {edit: config => {
		config.process.user = {uid: 1000, gid: 1000};
	}})).stdout.replace(/^[^]*?(?=Cap)/, ''));

	const other = await execOutput(container, ['sh', '-c', 'echo $COLOR $PWD $HOME; id; umask'], {env: ['PATH=/bin'], cwd: '/etc', user: {uid: 0, gid: 5}});
	t.is(other.stdout, '/etc /root\nuid=0(root) gid=5(tty)\n0022\n');
});

test('a program that is not there, or cannot be executed, is an error of exec', async t => {
	const world = new World(t);
	const container = await world.start();
	await t.throwsAsync(container.exec({args: ['nonesuch']}), {code: 'ERR_COMMAND_NOT_FOUND', message: 'nonesuch: there is no such program in the container'});
	await t.throwsAsync(container.exec({args: ['/no/such']}), {code: 'ERR_COMMAND_NOT_FOUND'});
	await t.throwsAsync(container.exec({args: ['/etc/passwd']}), {code: 'ERR_COMMAND_NOT_EXECUTABLE', message: /EACCES/});
	await t.throwsAsync(container.exec({args: ['/etc']}), {code: 'ERR_COMMAND_NOT_EXECUTABLE'});
	await t.throwsAsync(container.exec({args: []}), {code: 'ERR_CONFIG_INVALID'});
	await t.throwsAsync(container.exec({args: ['true'], cwd: 'relative'}), {code: 'ERR_CONFIG_INVALID'});
	await t.throwsAsync(container.exec({args: ['true'], cwd: '/nowhere'}), {code: 'ERR_INIT_STEP', message: 'container init could not chdir /nowhere: ENOENT'});
	t.is((await container.processes()).length, 1);
	t.is(await container.status(), 'running');
});

test('exec works in a container that waits for its start, and not in one that has ended', async t => {
	const world = new World(t);
	const container = await world.create({args: ['true']});
	t.like(await execOutput(container, ['echo', 'early']), {stdout: 'early\n', code: 0});
	t.is(await container.status(), 'created');
	await container.start();
	await container.wait();
	await t.throwsAsync(container.exec({args: ['true']}), {code: 'ERR_CONTAINER_STATUS', message: `cannot exec in container ${container.id}: it is stopped, not running or created`});
});

test('exec never sees the root of the host, nor what is masked, however early somebody else asks for it', async t => {
	const world = new World(t);
	const bundle = world.bundle({args: ['sleep', '1000'], edit(config) {
		for (let n = 0; n < 1000; n++) { // So that init takes its time
			config.mounts.push({destination: `/dev/slow/${n}`, type: 'tmpfs', source: 'tmpfs', options: ['size=4k']});
		}
	}});
	for (let round = 0; round < 10; round++) {
		const id = world.id();
		const run = world.runtime.run(id, {bundle, stdio: 'ignore'});
		let answer: Output | undefined;
		while (answer === undefined) {
			try {
				answer = await execOutput(await world.runtime.load(id), ['/bin/sh', '-c', `test -e ${bundle} && echo host; test -c /proc/timer_list && echo masked`]);
			} catch (error) {
				t.true(error instanceof CtnError && /^ERR_(CONTAINER|STATE)/.test(error.code), String(error)); // It is not there so far
			}
		}

		t.is(answer.stdout, 'masked\n');
		await (await run).delete({force: true});
	}
});

test('twenty programs run in a container at once', async t => {
	const world = new World(t);
	const container = await world.start();
	const outputs = await Promise.all(Array.from({length: 20}, async (_, n) => execOutput(container, ['sh', '-c', `echo ${n}; exit ${n}`])));
	t.deepEqual(outputs, Array.from({length: 20}, (_, n) => ({code: n, signal: null, stdout: `${n}\n`, stderr: ''})));
});

test('a program of exec ends with its container', async t => {
	const world = new World(t);
	const container = await world.start();
	const process = await container.exec({args: ['sleep', '1000']});
	await container.kill('SIGKILL');
	t.deepEqual(await process.wait(), {code: null, signal: 'SIGKILL'});
	await container.wait();
});

test('exec does not let the container of a shared pid namespace look at the host', async t => {
	const world = new World(t);
	const container = await world.start();
	// Whatever joined is a child of nobody it can see
	t.is((await execOutput(container, ['sh', '-c', 'echo $PPID'])).stdout, '0\n');
});

test('exec goes to a cgroup below that of the container if it is asked to, and nowhere else', async t => {
	const world = new World(t);
	const container = await world.start();
	const lines = (pid: number): string[] => readFileSync(`/proc/${pid}/cgroup`, 'utf8').split('\n');
	const own = lines(container.pid).find(line => line.includes(isV2 ? '::' : ':memory:'))!.split(':')[2]!;
	const root = isV2 ? '/sys/fs/cgroup' : '/sys/fs/cgroup/memory';
	await t.throwsAsync(container.exec({args: ['true'], cgroup: 'below'}), {code: 'ERR_ARGUMENT', message: /the container has no cgroup "below"/});
	for (const cgroup of ['../other', '/a/../..', 5 as never]) {
		await t.throwsAsync(container.exec({args: ['true'], cgroup}), {code: 'ERR_ARGUMENT', message: /must be a path below the cgroup of the container/});
	}

	await t.throwsAsync(container.exec({args: ['true'], cgroup: {nonesuch: 'below'}}), {code: 'ERR_ARGUMENT', message: /not in: nonesuch/});
	mkdirSync(`${root}${own}/below/deeper`, {recursive: true});
	if (!isV2) {
		const {pid} = await container.exec({args: ['sleep', '1000'], cgroup: {memory: '/below/deeper'}});
		t.true(lines(pid).some(line => line.endsWith(`:memory:${own}/below/deeper`)));
		t.false(lines(pid).some(line => line.includes(':pids:') && line.endsWith('deeper')), 'the others are the container\'s');
	}

	t.deepEqual((await container.processes()).length, isV2 ? 1 : 2);
});
