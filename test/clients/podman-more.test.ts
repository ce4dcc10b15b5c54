// podman with ctnative as its runtime: networks, pods, users, profiles, manifests.
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {clearPodman, image, openPodman} from './podman.js';
import {clientTests, eventually, type World} from './world.js';

const test = clientTests(['podman', 'conmon', 'iptables'], openPodman, clearPodman);

const run = (...args: string[]): string[] => ['run', '--network', 'none', ...args];
const inShell = (script: string): string[] => [image, 'sh', '-c', script];

const get = async (world: World, url: string): Promise<string> =>
	eventually(async () => (await world.run(['busybox', 'wget', '-q', '-O', '-', url])).out, out => out !== '');

test('a bridge network gives it an address, and a published port leads to it', async (t, podman) => {
	await podman.ok(t, ['run', '-d', '--name', 'web', '--publish', '18080:80', '--hostname', 'website', ...inShell('mkdir /www; hostname > /www/index.html; exec httpd -f -p 80 -h /www')]);
	t.is(await get(podman.world, 'http://127.0.0.1:18080/'), 'website\n');
	const address = await podman.ok(t, ['inspect', '--format', '{{.NetworkSettings.IPAddress}}', 'web']);
	t.is(await podman.ok(t, ['run', '--rm', image, 'wget', '-q', '-O', '-', `http://${address}/`]), 'website');
	t.is(await podman.ok(t, ['port', 'web']), '80/tcp -> 0.0.0.0:18080');
});

test('containers of a pod share network, ipc and host name', async (t, podman) => {
	await podman.ok(t, ['pod', 'create', '--name', 'pod', '--network', 'none', '--hostname', 'ours']);
	await podman.ok(t, ['run', '-d', '--pod', 'pod', '--name', 'server', ...inShell('echo shared > /tmp/index.html; exec httpd -f -p 80 -h /tmp')]);
	await podman.ok(t, ['run', '-d', '--pod', 'pod', '--name', 'other', image, 'sleep', '1000']);
	const namespaces = async (name: string): Promise<string> => podman.ok(t, ['exec', name, 'sh', '-c', 'for n in net ipc uts pid; do readlink /proc/self/ns/$n; done']);
	const [server, other] = [(await namespaces('server')).split('\n'), (await namespaces('other')).split('\n')];
	t.deepEqual(server.map((name, index) => name === other[index]), [true, true, true, false]);
	t.is(await podman.ok(t, ['exec', 'other', 'sh', '-c', 'hostname; wget -q -O - http://127.0.0.1/']), 'ours\nshared');
	await podman.ok(t, ['pod', 'pause', 'pod']);
	t.is(await podman.ok(t, ['inspect', '--format', '{{.State.Status}}', 'server', 'other']), 'paused\npaused');
	await podman.ok(t, ['pod', 'unpause', 'pod']);
	await podman.ok(t, ['pod', 'stop', '--time', '0', 'pod']);
	t.is(await podman.ok(t, ['pod', 'inspect', '--format', '{{.State}}', 'pod']), 'Exited');
	await podman.ok(t, ['pod', 'start', 'pod']);
	t.is(await podman.ok(t, ['pod', 'inspect', '--format', '{{.State}}', 'pod']), 'Running');
});

test('--userns gives it users of its own, or those of another', async (t, podman) => {
	const maps = ['--uidmap', '0:100000:1000', '--gidmap', '0:100000:1000'];
	await podman.ok(t, run('-d', '--name', 'one', ...maps, image, 'sleep', '1000'));
	t.is(await podman.ok(t, ['top', 'one', 'huser']), 'HUSER\n100000');
	t.is(await podman.ok(t, run('--rm', '--userns', 'container:one', image, 'readlink', '/proc/self/ns/user')), await podman.ok(t, ['exec', 'one', 'readlink', '/proc/self/ns/user']));
	t.regex(await podman.ok(t, run('--rm', ...maps, image, 'cat', '/proc/self/uid_map')), /^\s+0\s+100000\s+1000$/);
	t.is(await podman.ok(t, run('--rm', '--userns', 'host', image, 'readlink', '/proc/self/ns/user')), await podman.world.run(['readlink', '/proc/self/ns/user']).then(({out}) => out.trim()));
});

test('--read-only leaves it only what is mounted to write to', async (t, podman) => {
	await podman.fails(t, run('--rm', '--read-only', image, 'touch', '/file'), 1, /Read-only/);
	t.is(await podman.ok(t, run('--rm', '--read-only', '--tmpfs', '/scratch', ...inShell('echo a > /scratch/file; cat /scratch/file'))), 'a');
});

test('the default seccomp profile is in force, one\'s own too, and none if it is told so', async (t, podman) => {
	const filters = async (...args: string[]): Promise<string> => podman.ok(t, run('--rm', ...args, image, 'grep', 'Seccomp:', '/proc/self/status'));
	t.is(await filters(), 'Seccomp:\t2');
	t.is(await filters('--security-opt', 'seccomp=unconfined'), 'Seccomp:\t0');
	const profile = join(podman.world.directory, 'seccomp.json');
	writeFileSync(profile, JSON.stringify({defaultAction: 'SCMP_ACT_ALLOW', syscalls: [{names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_ERRNO', errnoRet: 28}]}));
	await podman.fails(t, run('--rm', '--security-opt', `seccomp=${profile}`, image, 'mkdir', '/new'), 1, /No space left on device/);
});

test('volumes, capabilities, limits, users, groups, ulimits and sysctls are as asked for', async (t, podman) => {
	const look = 'echo kept > /data/file; grep CapEff /proc/self/status; id; ulimit -n; cat /proc/sys/net/ipv4/ip_unprivileged_port_start /proc/self/oom_score_adj';
	t.deepEqual((await podman.ok(t, run('--rm', '--volume', 'data:/data', '--cap-drop', 'all', '--cap-add', 'net_raw', '--cap-add', 'dac_override', '--ulimit', 'nofile=512:768', '--ulimit', 'nproc=1024:1024', '--group-add', '7',
		'--sysctl', 'net.ipv4.ip_unprivileged_port_start=80', '--oom-score-adj', '9', '--pids-limit', '50', ...inShell(look)))).split('\n'),
	['CapEff:\t0000000000002002', 'uid=0(root) gid=0(root) groups=7', '512', '80', '9']);
	t.is(await podman.ok(t, run('--rm', '--volume', 'data:/data', image, 'cat', '/data/file')), 'kept');
});

test('descriptors are kept with --preserve-fds', async (t, podman) => {
	const line = ['podman', ...run('--rm', '--preserve-fds', '1', ...inShell('ls /proc/1/fd; cat <&3'))];
	const {code, out, err} = await podman.world.run(['sh', '-c', 'exec 3<<X\nthree\nX\nexec "$@"', 'sh', ...line], {env: podman.env});
	t.is(code, 0, err);
	t.is(out, '0\n1\n2\n3\nthree\n');
});

test('containers of the host\'s pid namespace are all killed', async (t, podman) => {
	await podman.ok(t, run('-d', '--name', 'one', '--pid', 'host', ...inShell('sleep 54321 & sleep 54321; :')));
	await podman.ok(t, ['rm', '-f', '-t', '0', 'one']);
	t.is((await podman.world.run(['sh', '-c', 'grep -l 54321 /proc/[0-9]*/cmdline 2>/dev/null | grep -v self; :'])).out.split('\n').filter(path => path !== '' && path.includes('sleep')).join(''), '');
});

test('a health check runs, and a restart policy starts it again', async (t, podman) => {
	await podman.ok(t, run('-d', '--name', 'one', '--health-cmd', 'test -e /healthy', '--health-interval', 'disable', image, 'sleep', '1000'));
	await podman.fails(t, ['healthcheck', 'run', 'one'], 1, /unhealthy|^$/);
	await podman.ok(t, ['exec', 'one', 'touch', '/healthy']);
	await podman.ok(t, ['healthcheck', 'run', 'one']);
	await podman.ok(t, run('-d', '--name', 'again', '--restart', 'on-failure:2', image, 'false'));
	t.is(await eventually(async () => podman.ok(t, ['inspect', '--format', '{{.RestartCount}} {{.State.Status}}', 'again']), said => said === '2 exited'), '2 exited');
});

test('--init, which podman mounts from behind a symlink, comes back from a checkpoint', async (t, podman) => {
	await podman.ok(t, run('-d', '--name', 'one', '--init', image, 'sleep', '1000'));
	t.regex(await podman.ok(t, ['exec', 'one', 'cat', '/proc/1/cmdline']), /init/);
	await podman.ok(t, ['container', 'checkpoint', 'one']);
	await podman.ok(t, ['container', 'restore', 'one']);
	t.regex(await podman.ok(t, ['exec', 'one', 'cat', '/proc/1/cmdline']), /init/);
});

test('a hook of hooks.d gets the state of the container', async (t, podman) => {
	const hooks = join(podman.world.directory, 'hooks.d');
	mkdirSync(hooks);
	const said = join(podman.world.directory, 'hook.json');
	writeFileSync(join(hooks, 'hook.sh'), `#!/bin/sh\ncat > ${said}\n`, {mode: 0o755});
	writeFileSync(join(hooks, 'hook.json'), JSON.stringify({version: '1.0.0', hook: {path: join(hooks, 'hook.sh')}, when: {always: true}, stages: ['prestart']}));
	const {code, err} = await podman.run(['--hooks-dir', hooks, ...run('--rm', image, 'true')]);
	t.is(code, 0, err);
	const state = JSON.parse(readFileSync(said, 'utf8')) as Record<string, unknown>;
	t.true(Number(state['pid']) > 0);
	t.is(typeof state['id'], 'string');
});

const manifest = `
apiVersion: v1
kind: Pod
metadata: {name: play}
spec:
  hostNetwork: true
  restartPolicy: Never
  containers:
  - name: server
    image: ${image}
    imagePullPolicy: Never
    command: [sh, -c, "echo $NAME > /shared/index.html; exec httpd -f -p 18081 -h /shared"]
    env: [{name: NAME, value: played}]
    volumeMounts: [{name: shared, mountPath: /shared}]
  - name: reader
    image: ${image}
    imagePullPolicy: Never
    command: [sleep, "1000"]
    volumeMounts: [{name: shared, mountPath: /shared, readOnly: true}]
  volumes: [{name: shared, emptyDir: {}}]
`;

test('kube play makes the containers of a manifest, and kube down ends them', async (t, podman) => {
	const file = join(podman.world.directory, 'pod.yaml');
	writeFileSync(file, manifest);
	await podman.ok(t, ['kube', 'play', file]);
	t.is(await get(podman.world, 'http://127.0.0.1:18081/'), 'played\n');
	t.is(await podman.ok(t, ['exec', 'play-reader', 'cat', '/shared/index.html']), 'played');
	t.is((await podman.run(['exec', 'play-reader', 'touch', '/shared/more'])).code, 1);
	await podman.ok(t, ['kube', 'down', file]);
	t.is(await podman.ok(t, ['ps', '--all', '--quiet']), '');
});
