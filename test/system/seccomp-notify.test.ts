import {spawn} from 'node:child_process';
import {existsSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import type {Container} from '../../ts/index.js';
import type {Spec} from '../support/bundle.js';
import {execOutput, outputOf, systemTest as test, until, World} from './world.js';

/**
 * An agent: takes notify descriptors, writes down what came with each, and answers every call of it
 * with ENOMEDIUM. Python, as Node cannot receive descriptors.
 */
const agent = `
import array, fcntl, json, os, socket, struct, sys, threading
path, out = sys.argv[1:]
def answer(fd):
    while True:
        request = bytearray(80)
        try: fcntl.ioctl(fd, 0xc0502100, request)
        except OSError: return
        id, pid, flags, nr = struct.unpack_from('=QIIi', request)
        try: fcntl.ioctl(fd, 0xc0182101, bytearray(struct.pack('=QqiI', id, 0, -123, 0)))
        except OSError: pass
server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
server.bind(path)
server.listen(8)
open(out, 'a').close()
while True:
    peer, _ = server.accept()
    data, control, _, _ = peer.recvmsg(65536, socket.CMSG_SPACE(16))
    fds = array.array('i')
    for level, kind, value in control: fds.frombytes(value[:len(value) - len(value) % 4])
    with open(out, 'a') as file: file.write(json.dumps({'message': json.loads(data), 'fds': len(fds)}) + '\\n')
    threading.Thread(target=answer, args=(fds[0],), daemon=True).start()
`;

const withListener = (listenerPath: string, noNewPrivileges = true, names = ['mkdir', 'mkdirat']) => (config: Spec): void => {
	config.process.noNewPrivileges = noNewPrivileges;
	config.linux.seccomp = {
		defaultAction: 'SCMP_ACT_ALLOW',
		listenerPath,
		listenerMetadata: 'what it is for',
		syscalls: [{names, action: 'SCMP_ACT_NOTIFY'}],
	};
};

const startAgent = async (world: World): Promise<{path: string; messages: () => {message: Record<string, unknown>; fds: number}[]}> => {
	const directory = world.bundle();
	const path = join(directory, 'agent.sock');
	const out = join(directory, 'out');
	const child = spawn('python3', ['-c', agent, path, out], {stdio: 'ignore'});
	world.teardown(() => {
		child.kill('SIGKILL');
	});
	await until(() => existsSync(out), 'the agent');
	return {path, messages: () => readFileSync(out, 'utf8').split('\n').filter(Boolean).map(line => JSON.parse(line) as {message: Record<string, unknown>; fds: number})};
};

/** What a container says, by stream: which of two is heard first nobody knows. */
const listen = ({stdout, stderr}: Container): {out: string; errors: string} => {
	const said = {out: '', errors: ''};
	stdout!.on('data', chunk => {
		said.out += String(chunk);
	});
	stderr!.on('data', chunk => {
		said.errors += String(chunk);
	});
	return said;
};

test('the agent at listenerPath gets the descriptor and the state, and answers for the program', async t => {
	const world = new World(t);
	const {path, messages} = await startAgent(world);
	for (const noNewPrivileges of [true, false]) {
		const bundle = world.bundle({args: ['sh', '-c', 'mkdir /tmp/x; echo $?; sleep 1000'], edit: config => {
			withListener(path, noNewPrivileges)(config);
			config.process.capabilities!.effective!.push('CAP_SYS_ADMIN');
		}});
		const container = await world.runtime.create(world.id(), {bundle, stdio: ['ignore', 'pipe', 'pipe']});
		const before = messages().length;
		await container.start();
		const said = listen(container);
		await until(() => said.out === '1\n' && /No medium found\n$/.test(said.errors), 'the answer');
		t.deepEqual(messages().slice(before), [{fds: 1, message: {
			ociVersion: '1.3.0', fds: ['seccompFd'], pid: container.pid, metadata: 'what it is for',
			state: {ociVersion: '1.3.0', id: container.id, status: 'created', pid: container.pid, bundle},
		}}]);

		t.regex((await execOutput(container, ['mkdir', '/tmp/y'])).stderr, /No medium found/);
		const {message} = messages().at(-1)!;
		t.like(message, {fds: ['seccompFd'], state: {ociVersion: '1.3.0', id: container.id, status: 'running', pid: container.pid, bundle}});
		t.not(message['pid'], container.pid);
		await container.delete({force: true});
	}
});

test('without an agent a container does not start, and stays created', async t => {
	const world = new World(t);
	const {path} = await startAgent(world);
	const container = await world.create({args: ['sleep', '1000'], edit: withListener('/nonexistent/agent')});
	await t.throwsAsync(container.start(), {code: 'ERR_SECCOMP_LISTENER', message: /\/nonexistent\/agent cannot be connected to: ENOENT/});
	t.is(await container.status(), 'created');
	await t.throwsAsync(world.runtime.run(world.id(), {bundle: world.bundle({edit: withListener('/nonexistent/agent')}), stdio: 'ignore'}), {code: 'ERR_SECCOMP_LISTENER'});
	t.is((await world.runtime.list()).length, 1);
	t.true(existsSync(path));
});

test('a filter without notification has no use for listenerPath', async t => {
	const world = new World(t);
	const container = await world.start({args: ['true'], edit: config => {
		config.linux.seccomp = {defaultAction: 'SCMP_ACT_ALLOW', listenerPath: '/nonexistent/agent'};
	}});
	t.like(await outputOf(container), {code: 0});
});

test('the call with which the descriptor is handed over can be notified, too', async t => {
	const world = new World(t);
	const {path, messages} = await startAgent(world);
	const script = 'ip addr add 127.0.0.5/8 dev lo; echo "$?"; ls /proc/1/task | wc -l; sleep 1000';
	const container = await world.start({args: ['sh', '-c', script], edit: config => {
		withListener(path, true, ['sendmsg'])(config);
		config.linux.seccomp!.flags = ['SECCOMP_FILTER_FLAG_TSYNC'];
	}}, {stdio: ['ignore', 'pipe', 'pipe']});
	const said = listen(container);
	await until(() => /^\d+\n\d+\n/.test(said.out) && said.errors.endsWith('\n'), 'the answer');
	t.regex(said.errors, /No medium found/);
	t.is(said.out, '2\n1\n', 'one thread: that which handed it over is gone');
	t.is(messages().length, 1);
});
