// dockerd with --userns-remap: every container in a user namespace, its files shifted by the daemon.
import {clearDocker, image, startDocker} from './docker-world.js';
import type {Engine} from './engine.js';
import {clientTests, type World} from './world.js';

const open = async (world: World): Promise<Engine> => {
	const ranges = 'dockremap:300000:65536\n';
	await world.addLines('/etc/subuid', ranges);
	await world.addLines('/etc/subgid', ranges);
	await world.addLines('/etc/passwd', 'dockremap:x:54322:54322::/nonexistent:/bin/false\n');
	await world.addLines('/etc/group', 'dockremap:x:54322:\n');
	return startDocker(world, {options: ['--userns-remap', 'default', '--default-runtime', 'ctnative']});
};

const test = clientTests(['dockerd', 'docker'], open, clearDocker);

test('with --userns-remap root of a container is nobody outside, and has its files', async (t, docker) => {
	const maps = ['sh', '-c', 'sed "s/^ *//; s/  */ /g" /proc/self/uid_map; id -u; stat -c %u /bin; echo mine >/mine; stat -c %u /mine'];
	t.is(await docker.ok(t, ['run', '--rm', '--network', 'none', image, ...maps]), '0 300000 65536\n0\n0\n0');
	await docker.ok(t, ['run', '--detach', '--name', 'one', '--network', 'none', '--memory', '64m', image, 'sh', '-c', 'trap "exit 3" TERM; while :; do sleep 0.1; done']);
	const pid = await docker.ok(t, ['inspect', '--format', '{{.State.Pid}}', 'one']);
	t.regex((await docker.world.run(['cat', `/proc/${pid}/status`])).out, /^Uid:\t300000\t/m);
	t.deepEqual(await docker.run(['exec', 'one', 'sh', '-c', 'id -u; exit 4']), {code: 4, out: '0\n', err: ''});
	t.is(await docker.ok(t, ['exec', '--user', '1000', 'one', 'id', '-u']), '1000');
	await docker.ok(t, ['pause', 'one']);
	await docker.ok(t, ['unpause', 'one']);
	await docker.ok(t, ['stop', 'one']);
	t.is(await docker.ok(t, ['wait', 'one']), '3');
	t.regex(await docker.ok(t, ['run', '--rm', '--network', 'none', '--userns', 'host', image, ...maps.slice(0, 2), 'sed "s/  */ /g" /proc/self/uid_map']), /^ 0 0 4294967295/);
});
