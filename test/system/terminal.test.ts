import type {Duplex} from 'node:stream';
import {type BundleOptions} from '../support/bundle.js';
import {systemTest as test, until, World} from './world.js';

/** Collects what a terminal says. */
const listen = (terminal: Duplex): {said: string; ended: Promise<void>} => {
	const heard = {said: '', ended: new Promise<void>(resolve => {
		terminal.once('end', resolve);
	})};
	terminal.on('data', (data: Buffer) => {
		heard.said += data.toString();
	});
	return heard;
};

const withTerminal = (script: string, size?: {height: number; width: number}): BundleOptions => ({
	args: ['sh', '-c', script],
	edit: config => {
		config.process.terminal = true;
		if (size) {
			config.process.consoleSize = size;
		}
	},
});

test('a container with a terminal has a tty of its own devpts, which controls it', async t => {
	const world = new World(t);
	const container = await world.create(withTerminal('tty; ls -l /dev/console | cut -c1; cut -d" " -f7 /proc/$$/stat; stat -c "%u %t" /dev/console; echo end >&2; exit 5'));
	const heard = listen(container.terminal!);
	await container.start();
	t.deepEqual(await container.wait(), {code: 5, signal: null});
	await heard.ended;

	const [tty, type, controlling, owner, end] = heard.said.split('\r\n');
	t.is(tty, '/dev/pts/0');
	t.is(type, 'c');
	t.is(controlling, String(136 << 8)); // The first of the ptys: major 136, minor 0
	t.is(owner, '0 88');
	t.is(end, 'end');
	t.is(container.stdout, null);
});

test('the window has the size that config.json tells, and the one that resize sets', async t => {
	const world = new World(t);
	const container = await world.create(withTerminal('trap "stty size" WINCH; stty size; echo ready; while :; do sleep 0.02; done', {height: 20, width: 70}));
	const heard = listen(container.terminal!);
	await container.start();
	await until(() => heard.said.includes('ready'), 'the program');
	t.true(heard.said.startsWith('20 70\r\n'));

	container.resize({rows: 43, columns: 132});
	await until(() => heard.said.includes('43 132'), 'the signal of the new size');
	await container.kill('SIGKILL');
	await heard.ended;
});

test('^C on the terminal interrupts, ^D ends the input', async t => {
	const world = new World(t);
	const container = await world.create(withTerminal('trap "echo interrupted" INT; echo ready; cat; cat; echo over'));
	const {terminal} = container;
	const heard = listen(terminal!);
	await container.start();
	await until(() => heard.said.includes('ready'), 'the program');
	terminal!.write('line\n');
	await until(() => /line\r\nline\r\n/.test(heard.said), 'its echo, and the line');
	terminal!.write('\u0003');
	await until(() => heard.said.includes('interrupted'), 'the interrupt');
	terminal!.write('\u0004');
	t.deepEqual(await container.wait(), {code: 0, signal: null});
	await heard.ended;
	t.true(heard.said.endsWith('over\r\n'));
});

test('a program of exec may have a terminal, in a container with and without one', async t => {
	const world = new World(t);
	const containers = [await world.start(), await world.start({...withTerminal(''), args: ['sleep', '1000']})];
	for (const container of containers) {
		const process = await container.exec({args: ['sh', '-c', 'tty; stty size; id -u; stat -L -c %u /proc/self/fd/0; exit 6'], terminal: true, consoleSize: {height: 30, width: 90}, user: {uid: 1000, gid: 1000}});
		const heard = listen(process.terminal!);
		t.deepEqual(await process.wait(), {code: 6, signal: null});
		await heard.ended;
		t.regex(heard.said, /^\/dev\/pts\/\d\r\n30 90\r\n1000\r\n1000\r\n$/);
		t.is(process.stdout, null);
		container.terminal?.destroy();
	}
});

test('all that a program said comes, though it has ended before anybody listens', async t => {
	const world = new World(t);
	const container = await world.start();
	const process = await container.exec({args: ['sh', '-c', 'head -c 9000 /dev/zero | tr "\\0" x; echo end'], terminal: true});
	await process.wait(); // More than one read of a pty brings
	const heard = listen(process.terminal!);
	await heard.ended;
	t.is(heard.said, `${'x'.repeat(9000)}end\r\n`);
});

test('a terminal of exec can be resized, and closing it hangs up', async t => {
	const world = new World(t);
	const container = await world.start();
	const process = await container.exec({args: ['sh', '-c', 'trap "stty size" WINCH; echo ready; while :; do sleep 0.02; done'], terminal: true});
	const heard = listen(process.terminal!);
	await until(() => heard.said.includes('ready'), 'the program');
	process.resize({rows: 7, columns: 11});
	await until(() => heard.said.includes('7 11'), 'the signal of the new size');
	process.terminal!.destroy();
	t.deepEqual(await process.wait(), {code: null, signal: 'SIGHUP'});
});

test('resize of what has no terminal is refused', async t => {
	const world = new World(t);
	const container = await world.start();
	t.throws(() => container.resize({rows: 1, columns: 1}), {code: 'ERR_ARGUMENT'});
	const loaded = await world.runtime.load(container.id);
	t.throws(() => loaded.resize({rows: 1, columns: 1}), {code: 'ERR_ARGUMENT'});
	const process = await container.exec({args: ['true']});
	t.throws(() => process.resize({rows: 1, columns: 1}), {code: 'ERR_ARGUMENT'});
	await process.wait();
});

test('a container with a terminal but without a devpts is refused', async t => {
	const world = new World(t);
	const options = withTerminal('true');
	await t.throwsAsync(world.create({...options, edit: config => {
		options.edit!(config);
		config.mounts = config.mounts.filter(({destination}) => destination !== '/dev/pts');
	}}), {code: 'ERR_INIT_STEP', message: /console .*ENOENT \(mount a devpts/});
	t.deepEqual(await world.runtime.list(), []);
});
