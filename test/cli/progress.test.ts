// The line that tells how far a checkpoint is: on a terminal, and nowhere else.
import {execFileSync, spawnSync} from 'node:child_process';
import ava from 'ava';
import {progressLine} from '../../ts/cli/progress.js';
import {projectPath} from '../support/paths.js';
import {checkpointTest, CheckpointWorld} from '../system/checkpoint-world.js';

ava('a line tells stage, share and bytes, and is never longer than the terminal', t => {
	t.is(progressLine({stage: 'frozen'}, 80), 'frozen           [                        ]   2 %');
	t.is(progressLine({stage: 'pages', bytes: 1 << 20, expectedBytes: 2 << 20}, 80), 'pages            [############            ]  50 %  1.0 MiB of 2.0 MiB');
	t.is(progressLine({stage: 'pages', bytes: 3 << 20, expectedBytes: 2 << 20}, 80), 'pages            [#######################]  95 %  3.0 MiB of 3.0 MiB'.replace(']', ' ]'));
	t.is(progressLine({stage: 'running'}, 80), 'running          [########################] 100 %');
	t.is(progressLine({stage: 'pages', bytes: 1 << 20, expectedBytes: 2 << 20}, 30).length, 29);
});

checkpointTest('checkpoint and restore show it on a terminal, and take it away; in a pipe they say nothing', async t => {
	const world = new CheckpointWorld(t);
	const container = await world.start();
	const images = world.imagesDir();
	const words = [process.execPath, projectPath('dist/ts/cli/main.js'), '--root', world.root];
	const onTerminal = (...args: string[]): string => execFileSync('script', ['-qec', [...words, ...args].join(' '), '/dev/null'], {encoding: 'utf8', input: ''});
	const shown = onTerminal('checkpoint', '--image-path', images, container.id);
	t.regex(shown, /^(?:\r\u001B\[K[\w-]+ +\[#* *\] +\d+ %[^\r\n]*)+\r\u001B\[K$/);
	t.regex(shown, /complete +\[#{24}\] 100 %/);
	t.regex(onTerminal('restore', '--detach', '--image-path', images, '--bundle', container.bundle, container.id), /running +\[#{24}\] 100 %\r\u001B\[K$/);
	const again = world.imagesDir();
	t.like(spawnSync(words[0]!, [...words.slice(1), 'checkpoint', '--image-path', again, container.id], {encoding: 'utf8'}), {status: 0, stdout: '', stderr: ''});
	t.like(spawnSync(words[0]!, [...words.slice(1), 'restore', '--detach', '--image-path', again, '--bundle', container.bundle, container.id], {encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe']}), {status: 0, stderr: ''});
	const log = onTerminal('--log', '/dev/null', 'checkpoint', '--leave-running', '--image-path', world.imagesDir(), container.id);
	t.is(log, '', 'nor where there is a log');
});
