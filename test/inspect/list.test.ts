// Checkpoints of every kind in one directory, as a kubelet's, listed by library and command.
import {spawnSync} from 'node:child_process';
import {copyFileSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {gzipSync} from 'node:zlib';
import test, {type ExecutionContext} from 'ava';
import {listCheckpoints} from '../../ts/index.js';
import {makeArchive, type Item} from '../archive/archives.js';
import {projectPath} from '../support/paths.js';
import {tempDir} from '../support/temp-dir.js';
import {ImageMaker} from './images.js';

const dumps = (config: object, spec: object): readonly Item[] => [[{name: 'config.dump'}, JSON.stringify(config)], [{name: 'spec.dump'}, JSON.stringify(spec)]];

const checkpointedTime = '2026-11-21T20:00:00Z';

const crio = dumps({id: 'aa', rootfsImageName: 'image:1', checkpointedTime}, {annotations: {
	'io.container.manager': 'cri-o', 'io.kubernetes.pod.namespace': 'default', 'io.kubernetes.pod.name': 'web-1', 'io.kubernetes.cri-o.Metadata': '{"name":"web"}',
}});
const containerd = dumps({id: 'bb', checkpointedTime: '0001-01-01T00:00:00Z'}, {annotations: {
	'io.kubernetes.cri.container-name': 'db', 'io.kubernetes.cri.sandbox-namespace': 'kube', 'io.kubernetes.cri.sandbox-name': 'db-\u001B[31m',
}});
const podman = dumps({id: 'cc', name: 'one', checkpointedTime}, {annotations: {'io.container.manager': 'libpod'}});

/** A directory with all of them, and with what is no checkpoint. */
const everything = async (t: ExecutionContext): Promise<string> => {
	const directory = tempDir(t);
	const put = (name: string, bytes: Uint8Array): void => writeFileSync(join(directory, name), bytes);
	put('checkpoint-web-1_default-web-2026.tar', readFileSync(await makeArchive(t, ...crio, [{name: 'checkpoint/later', type: 'symlink', linkname: '/'}])));
	copyFileSync(await makeArchive(t, ...containerd), join(directory, 'checkpoint-db'));
	put('one.tar.gz', gzipSync(readFileSync(await makeArchive(t, ...podman))));
	put('notes.txt', Buffer.from('no checkpoint'));
	put('checkpoint-broken.tar', Buffer.from('no archive'));
	copyFileSync(await makeArchive(t, [{name: 'config.dump'}, '{}']), join(directory, 'half.tar'));
	const maker = new ImageMaker(t);
	for (const name of ['ours', 'runc', 'pre-dump']) {
		renameSync(maker.make({runs: [], pages: []}), join(directory, name));
	}

	rmSync(join(directory, 'pre-dump/pstree.img'));
	mkdirSync(join(directory, 'empty'));
	writeFileSync(join(directory, 'ours/ctnative.json'), JSON.stringify({version: 1, id: 'mine', created: '2026-11-21T21:00:00.000Z'}));
	return directory;
};

test('whose they are is told of each, in order, and what cannot be read is left out and named', async t => {
	const directory = await everything(t);
	const unreadable: string[] = [];
	const listed = await listCheckpoints([directory], {onUnreadable: path => unreadable.push(path.slice(directory.length + 1))});
	t.deepEqual(listed.map(({path, engine, namespace, pod, name, checkpointed}) => [path.slice(directory.length + 1), engine, namespace, pod, name, checkpointed]).slice(0, 4), [
		['checkpoint-db', 'containerd', 'kube', 'db-\u001B[31m', 'db', ''],
		['checkpoint-web-1_default-web-2026.tar', 'CRI-O', 'default', 'web-1', 'web', checkpointedTime],
		['one.tar.gz', 'podman', '', '', 'one', checkpointedTime],
		['ours', 'ctnative', '', '', 'mine', '2026-11-21T21:00:00.000Z'],
	]);
	t.is(listed.length, 5);
	t.like(listed[4], {path: join(directory, 'runc'), engine: '', name: ''});
	t.regex(listed[4]!.checkpointed, /^\d{4}-.*Z$/, 'when its images were written');
	t.deepEqual(unreadable, ['checkpoint-broken.tar', 'half.tar']);
});

test('a path may be a checkpoint itself; one that is none is refused', async t => {
	const directory = await everything(t);
	const [one, ours] = [join(directory, 'one.tar.gz'), join(directory, 'ours')];
	t.deepEqual((await listCheckpoints([ours, one, join(directory, 'empty')])).map(({name}) => name), ['mine', 'one']);
	await t.throwsAsync(listCheckpoints([join(directory, 'half.tar')]), {code: 'ERR_ARCHIVE', message: /config.dump and spec.dump are not both in it/});
	await t.throwsAsync(listCheckpoints([join(directory, 'nothing')]), {code: 'ERR_CHECKPOINT_IMAGES', message: /ENOENT/});
	await t.throwsAsync(listCheckpoints([one], {maxEntries: 1}), {code: 'ERR_ARCHIVE', message: /more than 1 entries/});
});

const list = (...args: string[]) => spawnSync(process.execPath, [projectPath('dist/ts/cli/main.js'), 'checkpoint', 'list', ...args], {encoding: 'utf8'});

test('the command prints a table or JSON, and nothing that a terminal obeys', async t => {
	const directory = await everything(t);
	const {stdout, stderr, status} = list(directory);
	t.is(status, 0);
	const lines = stdout.split('\n').filter(line => !line.startsWith(' '));
	t.regex(lines[0]!, /^NAMESPACE +POD +CONTAINER +ENGINE +TIME CHECKPOINTED +CHECKPOINT$/);
	t.regex(lines[1]!, /^kube +db-\\x1b\[31m +db +containerd +- /);
	t.regex(lines[2]!, /^default +web-1 +web +CRI-O +2026-11-21T20:00:00Z /);
	t.regex(lines[3]!, /^- +- +one +Podman /);
	t.regex(stderr, /checkpoint-broken\.tar: .*\n.*half\.tar: /);
	t.like(JSON.parse(list('--format', 'json', join(directory, 'one.tar.gz')).stdout), [{container_name: 'one', id: 'cc', engine: 'Podman', checkpointed: checkpointedTime, path: join(directory, 'one.tar.gz')}]);
	t.is(list('--format', 'yaml', directory).status, 2);
	t.is(list().status, 0, 'those of the kubelet, if there is one');
	t.regex(list('--help').stdout, /^Usage: ctnative checkpoint list/);
});
