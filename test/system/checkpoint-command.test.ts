// ctnative checkpoint show, inspect, diff, memparse and verify, on what the real CRIU wrote.
import {execFile} from 'node:child_process';
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {projectPath} from '../support/paths.js';
import {checkpointTest as test, CheckpointWorld} from './checkpoint-world.js';

interface Outcome {
	readonly code: number;
	readonly out: string;
	readonly err: string;
}

const ctnative = (...args: string[]): Promise<Outcome> => new Promise(resolve => {
	execFile(process.execPath, [projectPath('dist/ts/cli/main.js'), ...args], {encoding: 'utf8', maxBuffer: 1 << 28}, (error, out, err) => resolve({code: error === null ? 0 : Number(error.code), out, err}));
});

interface ProcessNode {
	readonly pid: number;
	readonly command: string;
	readonly cmdline: string;
	readonly environment_variables: Readonly<Record<string, string>>;
	readonly children?: readonly ProcessNode[];
}

test('a checkpoint is shown, inspected, searched and compared', async t => {
	const world = new CheckpointWorld(t);
	const scene = await world.shellScene({edit: config => {
		config.process.env = ['PATH=/bin', 'RED=\u001B[31mred'];
	}});
	await scene.ask('exec 7</etc/passwd; sleep 1000 & needle=so-long-a-needle; until grep -qx sleep /proc/$!/comm; do usleep 1000; done; echo ok');
	const imagesDir = world.imagesDir();
	const {id} = scene.container;
	await scene.container.checkpoint({imagesDir, leaveRunning: true});

	const shown = await ctnative('checkpoint', 'show', imagesDir);
	t.is(shown.code, 0);
	t.regex(shown.out, new RegExp(`^CONTAINER +CREATED .*\n${id} .* 2 .*KiB .*${imagesDir}`));

	const tree = await ctnative('checkpoint', 'inspect', '--all', imagesDir);
	t.is(tree.err, '');
	for (const line of [/^.*── \[1\] {2}sh -c /m, /── \[2\] {2}sleep 1000$/m, /── \[REG 7\] {2}\/etc\/passwd$/m, /── anonymous: [\d.]+ KiB$/m, /── RED=\\x1b\[31mred$/m, /── Destination: \/proc$/m, /── Pages written: \d+$/m]) {
		t.regex(tree.out, line);
	}

	const json = await ctnative('checkpoint', 'inspect', imagesDir, '--format', 'json', '--all');
	const [node] = JSON.parse(json.out) as [{id: string; process_tree: ProcessNode; file_descriptors: ReadonlyArray<{pid: number; open_files: ReadonlyArray<{path: string}>}>; mounts: unknown[]; statistics: {pages_written: number}; checkpoint_size: {memory_pages_size: number}}];
	t.is(node.id, id);
	t.like(node.process_tree, {pid: 1, command: 'sh', environment_variables: {PATH: '/bin', RED: '\u001B[31mred'}});
	t.is(node.process_tree.children![0]!.cmdline, 'sleep 1000');
	t.true(node.file_descriptors[0]!.open_files.some(({path}) => path === '/etc/passwd'));
	t.is(node.statistics.pages_written * 4096, node.checkpoint_size.memory_pages_size);
	const brief = JSON.parse((await ctnative('checkpoint', 'inspect', imagesDir, '--format=json')).out) as [object];
	t.deepEqual(Object.keys(brief[0]).filter(name => /tree|files|sockets|mounts|stat/.test(name)), []);
	t.regex((await ctnative('checkpoint', 'inspect', '--ps-tree', '--pid', '2', imagesDir)).out, /Process tree\n +└── \[2\] {2}sleep/);

	t.regex((await ctnative('checkpoint', 'memparse', imagesDir)).out, /^PID +PROCESS NAME .*\n1 +sh .*\n2 +sleep /);
	const found = await ctnative('checkpoint', 'memparse', '--pid', '1', '--search', 'so-long-a-needle', '-c', '7', imagesDir);
	t.regex(found.out, /^0x[\da-f]+ {2}needle=so-long-a-needle/m);
	t.is((await ctnative('checkpoint', 'memparse', '-p', '1', '-r', 'so-l.{3}-a', imagesDir)).out.trim().split('\n').length, found.out.trim().split('\n').length);
	const dump = join(imagesDir, '../dump');
	t.is((await ctnative('checkpoint', 'memparse', '-p', '1', '-o', dump, imagesDir)).code, 0);
	t.regex(readFileSync(dump, 'utf8'), /^[\da-f]{16} {2}(?:[\da-f]{2} ){16} \|.*so-long-a.*\|$/m);

	const later = world.imagesDir();
	await scene.ask('exec 8</etc/group; echo ok');
	await scene.container.checkpoint({imagesDir: later, leaveRunning: true});
	const changed = await ctnative('checkpoint', 'diff', '--pages', imagesDir, later);
	t.is(changed.code, 1);
	t.regex(changed.out, /── \+ REG 8 \/etc\/group\n[^]*changed: \d+ page\(s\), [\d.]+ KiB\n.*0x[\da-f]+: \d+ page/);
	const files = await ctnative('checkpoint', 'diff', '--files', '--pid', '1', imagesDir, later);
	t.regex(files.out, /^.*\n└── \[1\] {2}sh\n {4}└── \+ REG 8 \/etc\/group\n$/);
	t.deepEqual(await ctnative('checkpoint', 'diff', '--sockets', '--mounts', '--ps-tree', imagesDir, later), {code: 0, out: '', err: ''});
	t.notRegex((await ctnative('checkpoint', 'diff', '--memory', imagesDir, later)).out, /REG/);
	const same = await ctnative('checkpoint', 'diff', later, later);
	t.deepEqual(same, {code: 0, out: '', err: ''});

	const verified = await ctnative('checkpoint', 'verify', imagesDir, later);
	t.is(verified.code, 0);
	t.regex(verified.out, new RegExp('^(?:/.*/images-[12]: (\\d+) file\\(s\\) have their size, and \\d+ their checksum\n){2}$'));
	const pages = readFileSync(join(later, 'pages-1.img'));
	pages[100]! ^= 1;
	writeFileSync(join(later, 'pages-1.img'), pages);
	const spoiled = await ctnative('checkpoint', 'verify', imagesDir, later);
	t.is(spoiled.code, 1);
	t.regex(spoiled.err, /pages-1\.img has another checksum than when it was written/);
});

test('a wrong line, and a container that has the name of a command', async t => {
	const world = new CheckpointWorld(t);
	const empty = join(world.imagesDir(), '..', 'empty');
	mkdirSync(empty);
	for (const [words, code, message] of [
		[['inspect', empty], 1, /no inventory.img/],
		[['inspect', empty, '--format', 'yaml'], 2, /tree or json/],
		[['diff', empty, '--no-memory'], 2, /two directories or archives/],
		[['memparse', empty, '-s', 'x'], 2, /needs --pid/],
		[['memparse', '--nonsense', empty], 2, /nonsense/],
		[['inspect'], 1, /container does not exist|not exist/],
		[['--image-path', empty, 'diff'], 1, /not exist/],
	] as const) {
		const outcome = await ctnative('--root', empty, 'checkpoint', ...words);
		t.is(outcome.code, code, words.join(' '));
		t.regex(outcome.err, message);
	}

	t.regex((await ctnative('checkpoint', 'inspect', '--help')).out, /^Usage: ctnative checkpoint inspect/);
	t.regex((await ctnative('checkpoint', '--help')).out, /--image-path/);
});
