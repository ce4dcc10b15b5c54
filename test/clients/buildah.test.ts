// buildah, and podman build, with ctnative as the runtime of RUN.
import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {nativeCommand} from '../command/hosts.js';
import {Engine} from './engine.js';
import {clearPodman, image, openPodman} from './podman.js';
import {clientTests} from './world.js';

const test = clientTests(['buildah', 'podman', 'conmon'], async world => {
	const podman = await openPodman(world);
	const buildah = new Engine(world, ['buildah'], {...podman.env, BUILDAH_RUNTIME: nativeCommand, BUILDAH_ISOLATION: 'oci'});
	return {podman, buildah};
}, async ({podman}) => clearPodman(podman));

const limits = ['--ulimit', 'nofile=1024:1024', '--ulimit', 'nproc=1024:1024'];

test('run is a container of its own, whose changes become an image', async (t, {podman, buildah}) => {
	const container = await buildah.ok(t, ['from', ...limits, image]);
	t.is(await buildah.ok(t, ['run', '--network', 'none', container, '--', 'sh', '-c', 'echo built > /made; cat /proc/self/comm']), 'cat');
	const failed = await buildah.run(['run', '--network', 'none', container, '--', 'sh', '-c', 'echo wrong >&2; exit 7']);
	t.is(failed.code, 7);
	t.regex(failed.err, /^wrong$/m);
	t.not((await buildah.run(['run', '--network', 'none', container, '--', 'nothing'])).code, 0);
	await buildah.ok(t, ['commit', '-q', container, 'localhost/made']);
	await buildah.ok(t, ['rm', container]);
	t.is(await podman.ok(t, ['run', '--rm', '--network', 'none', 'localhost/made', 'cat', '/made']), 'built');
});

test('a Containerfile is built, by buildah and by podman, each step as asked for', async (t, {podman, buildah}) => {
	const directory = join(podman.world.directory, 'context');
	mkdirSync(directory);
	writeFileSync(join(directory, 'file'), 'from the context\n');
	writeFileSync(join(directory, 'Containerfile'), `FROM ${image}\nCOPY file /file\nENV NAME=value\nWORKDIR /work\nRUN chmod 1777 /tmp\nUSER 1000:1001\nRUN echo "$NAME $(id -u):$(id -g) $PWD $(cat /file)" > /tmp/ran\nCMD ["cat", "/tmp/ran"]\n`);
	const expected = 'value 1000:1001 /work from the context';
	const options = [...limits, '--network', 'none', '--no-cache'];
	await buildah.ok(t, ['build', ...options, '--tag', 'localhost/by-buildah', directory]);
	t.is(await podman.ok(t, ['run', '--rm', '--network', 'none', 'localhost/by-buildah']), expected);
	await podman.ok(t, ['build', '--runtime', nativeCommand, '--isolation', 'oci', ...options, '--tag', 'localhost/by-podman', directory]);
	t.is(await podman.ok(t, ['run', '--rm', '--network', 'none', 'localhost/by-podman']), expected);
	writeFileSync(join(directory, 'Containerfile'), `FROM ${image}\nRUN exit 9\n`);
	t.regex((await buildah.run(['build', ...options, directory])).err, /exit status 9/);
});
