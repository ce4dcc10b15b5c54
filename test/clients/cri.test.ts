// A Kubernetes node without its kubelet: containerd's CRI with two runtimes, runc and, as the handler of a RuntimeClass,
// ctnative. The calls are those of a kubelet for the life of a pod.
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {nativeCommand} from '../command/hosts.js';
import {image, openContainerd} from './containerd.js';
import {Cri, type Stats} from './cri.js';
import type {Engine} from './engine.js';
import {clientTests, eventually, type World} from './world.js';

const cri = '[plugins."io.containerd.grpc.v1.cri"';

/** As docs/clients.md has it, but where things are, and what this machine does not let a root do. */
const settings = (directory: string): string => `
${cri}]
sandbox_image = "${image}"
restrict_oom_score_adj = true
${cri}.cni]
bin_dir = "/usr/lib/cni"
conf_dir = "${directory}"
${cri}.containerd]
default_runtime_name = "runc"
${cri}.containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
${cri}.containerd.runtimes.ctnative]
runtime_type = "io.containerd.runc.v2"
${cri}.containerd.runtimes.ctnative.options]
BinaryName = "${nativeCommand}"
SystemdCgroup = false
`;

const network = (directory: string): object => ({
	cniVersion: '0.4.0', name: 'pods', plugins: [
		{type: 'bridge', bridge: 'pods0', isGateway: true, ipMasq: true, ipam: {type: 'host-local', dataDir: join(directory, 'addresses'), ranges: [[{subnet: '10.99.0.0/24'}]], routes: [{dst: '0.0.0.0/0'}]}},
		{type: 'portmap', capabilities: {portMappings: true}},
	],
});

interface Node {
	readonly cri: Cri;
	readonly ctr: Engine;
	readonly world: World;
}

const open = async (world: World): Promise<Node> => {
	const directory = join(world.directory, 'cni');
	mkdirSync(directory);
	writeFileSync(join(directory, '10-pods.conflist'), JSON.stringify(network(directory)));
	// The library of CNI keeps its results in /var/lib/cni, wherever all else is
	const overlay = ['upper', 'work'].map(name => join(world.directory, name));
	overlay.forEach(path => mkdirSync(path));
	await world.run(['mount', '-t', 'overlay', '-o', `lowerdir=/var/lib,upperdir=${overlay[0]},workdir=${overlay[1]}`, 'overlay', '/var/lib']);
	const {socket, ctr} = await openContainerd(world, settings(directory), 'k8s.io');
	return {cri: new Cri(socket), ctr, world};
};

const clear = async ({cri}: Node): Promise<void> => {
	const {items} = await cri.call<{items: Array<{id: string}>}>('ListPodSandbox');
	for (const {id: pod_sandbox_id} of items) {
		await cri.call('StopPodSandbox', {pod_sandbox_id});
		await cri.call('RemovePodSandbox', {pod_sandbox_id});
	}
};

const test = clientTests(['containerd', 'ctr', 'containerd-shim-runc-v2', 'buildah', 'runc'], open, clear);

const sleeping = ['sleep', '1000000'];
/** As the kubelet asks for, where a pod does not say `shareProcessNamespace`. */
const ownProcesses = {security_context: {namespace_options: {pid: 'CONTAINER'}}};

/** A pod as the kubelet describes it. */
const describePod = (world: World, name: string, linux: object = {}): object => ({
	metadata: {name, uid: `uid-of-${name}`, namespace: 'default'}, hostname: name, log_directory: join(world.directory, 'logs'),
	linux: {cgroup_parent: `/kubepods/${name}`, ...linux},
});

class Pod {
	readonly id: string;
	readonly #cri: Cri;
	readonly #config: object;

	private constructor(cri: Cri, config: object, id: string) {
		this.#cri = cri;
		this.#config = config;
		this.id = id;
	}

	static async run({cri}: Node, config: object, runtime_handler = 'ctnative'): Promise<Pod> {
		const {pod_sandbox_id} = await cri.call<{pod_sandbox_id: string}>('RunPodSandbox', {config, runtime_handler});
		return new Pod(cri, config, pod_sandbox_id);
	}

	async create(name: string, command: readonly string[], config: object = {}): Promise<string> {
		const {container_id} = await this.#cri.call<{container_id: string}>('CreateContainer', {
			pod_sandbox_id: this.id, sandbox_config: this.#config, config: {metadata: {name}, image: {image}, command, log_path: `${name}.log`, ...config},
		});
		return container_id;
	}

	async start(name: string, command: readonly string[] = sleeping, config: object = {}): Promise<string> {
		const container_id = await this.create(name, command, config);
		await this.#cri.call('StartContainer', {container_id});
		return container_id;
	}

	async ip(): Promise<string> {
		return (await this.#cri.podStatus(this.id)).status.network!.ip;
	}
}

/** What a container ended with. */
const ended = async ({cri}: Node, id: string): Promise<{state: string; code: number; reason: string}> => {
	const {state, exit_code: code, reason} = (await eventually(async () => cri.containerStatus(id), ({status}) => status.state === 'CONTAINER_EXITED')).status;
	return {state, code, reason};
};

/** What ctnative runs: runc's containers have the same root. */
const listed = async ({world}: Node): Promise<string[]> =>
	(await world.run([nativeCommand, '--root', '/run/containerd/runc/k8s.io', 'list', '--quiet'])).out.split('\n').filter(Boolean).sort();

test('the handler of a RuntimeClass leads to ctnative and the default to runc, side by side in one network', async (t, node) => {
	const {cri, world} = node;
	const {status: {conditions}} = await cri.call<{status: {conditions: Array<{type: string; status: boolean}>}}>('Status');
	t.deepEqual(conditions.map(({type, status}) => [type, status]), [['RuntimeReady', true], ['NetworkReady', true]]);
	await t.throwsAsync(async () => Pod.run(node, describePod(world, 'none'), 'nobody'), {message: /no runtime for "nobody" is configured/});

	const ours = await Pod.run(node, describePod(world, 'ours'));
	const web = await ours.start('web', ['sh', '-c', 'mkdir /www; echo served >/www/index.html; exec httpd -f -h /www']);
	const {status, info} = await cri.podStatus(ours.id);
	t.deepEqual([status.state, status.runtime_handler], ['SANDBOX_READY', 'ctnative']);
	t.true(info['info']!.includes(`"binary_name":"${nativeCommand}"`));
	t.deepEqual(await listed(node), [ours.id, web].sort());

	const theirs = await Pod.run(node, describePod(world, 'theirs'), '');
	const client = await theirs.start('client');
	t.deepEqual(await listed(node), [ours.id, web].sort());
	const get = async (): Promise<string> => (await cri.exec(client, 'wget', '-q', '-O-', `http://${await ours.ip()}/`)).out;
	t.is(await eventually(get, out => out !== ''), 'served\n');
});

test('a container has what its pod says: files, user, limits, filters, and a log as the kubelet reads it', async (t, node) => {
	const {cri, world} = node;
	const volume = join(world.directory, 'volume');
	mkdirSync(volume);
	writeFileSync(join(volume, 'file'), 'of the host\n');
	const pod = await Pod.run(node, describePod(world, 'full', {sysctls: {'net.ipv4.ip_unprivileged_port_start': '80'}, ...ownProcesses}));
	const id = await pod.start('full', ['sh', '-c', 'echo "$WORD from $PWD"; echo wrong >&2; exec sleep 1000000'], {
		working_dir: '/tmp', envs: [{key: 'WORD', value: 'hello'}], mounts: [{container_path: '/volume', host_path: volume, readonly: true}],
		linux: {
			resources: {memory_limit_in_bytes: 64 << 20, cpu_period: 100_000, cpu_quota: 50_000, cpu_shares: 512, oom_score_adj: 500},
			security_context: {
				namespace_options: {pid: 'CONTAINER'}, run_as_user: {value: 1000}, run_as_group: {value: 1000}, supplemental_groups: [1001], readonly_rootfs: true, no_new_privs: true,
				capabilities: {drop_capabilities: ['ALL'], add_capabilities: ['NET_BIND_SERVICE']}, seccomp: {profile_type: 'RuntimeDefault'},
				masked_paths: ['/proc/kcore'], readonly_paths: ['/proc/sys'],
			},
		},
	});
	const say = async (script: string): Promise<string> => (await cri.exec(id, 'sh', '-c', script)).out.trim();
	t.is(await say('id'), 'uid=1000(user) gid=1000(user) groups=1000(user),1001(extra)');
	t.is(await say('cat /volume/file; hostname; cat /etc/hostname'), 'of the host\nfull\nfull');
	t.regex((await cri.exec(id, 'sh', '-c', 'echo >/volume/file; echo >/file')).err, /\/volume\/file: Read-only[^]*\/file: Read-only/);
	t.is(await say('cat /proc/sys/net/ipv4/ip_unprivileged_port_start'), '80');
	t.is(await say('ip -4 addr show eth0 | sed -n "s/.*inet \\([0-9.]*\\).*/\\1/p"'), await pod.ip());
	t.regex(await say('cat /proc/1/status'), /^CapBnd:\t0{13}400\n[^]*^NoNewPrivs:\t1\nSeccomp:\t2$/m);
	t.is(await say('cat /proc/1/comm /proc/1/oom_score_adj'), 'sleep\n500');
	t.is(await say('cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null'), String(64 << 20));
	t.regex(await say('cat /proc/1/cgroup'), new RegExp(`:/kubepods/full/${id}$`, 'm'));
	t.is(await say('unshare -U true 2>&1 || echo no'), 'unshare: unshare(0x10000000): Operation not permitted\nno', 'the default profile');
	const log = await eventually(async () => Promise.resolve(readFileSync(join(world.directory, 'logs/full.log'), 'utf8')), text => text.split('\n').length > 2);
	t.deepEqual(log.trim().split('\n').map(line => line.replace(/^\S+ /, '')).sort(), ['stderr F wrong', 'stdout F hello from /tmp']);
});

test('containers of a pod share a network and, if asked to, processes; one with a target sees those of the target', async (t, node) => {
	const {cri, world} = node;
	const shared = await Pod.run(node, describePod(world, 'shared', {security_context: {namespace_options: {pid: 'POD'}}}));
	const first = await shared.start('first', ['sleep', '1111']);
	const second = await shared.start('second', ['sleep', '2222']);
	const seen = async (id: string): Promise<string[]> => (await cri.exec(id, 'ps', '-o', 'args')).out.match(/^sleep \d{4}$/gm) ?? [];
	t.deepEqual(await seen(second), ['sleep 1111', 'sleep 2222']);
	const namespaces = async (id: string): Promise<string> => (await cri.exec(id, 'sh', '-c', 'for name in net ipc uts pid; do readlink /proc/self/ns/$name; done')).out;
	t.is(await namespaces(first), await namespaces(second));
	await cri.call('StopContainer', {container_id: first, timeout: 0});
	t.deepEqual(await seen(second), ['sleep 2222'], 'the others live on');

	const own = {linux: ownProcesses};
	const apart = await Pod.run(node, describePod(world, 'apart', ownProcesses));
	const target = await apart.start('target', ['sleep', '3333'], own);
	const other = await apart.start('other', ['sleep', '4444'], own);
	t.deepEqual(await seen(other), ['sleep 4444']);
	const debug = await apart.start('debug', ['sleep', '5555'], {linux: {security_context: {namespace_options: {pid: 'TARGET', target_id: target}}}});
	t.deepEqual(await seen(debug), ['sleep 3333', 'sleep 5555']);
});

test('how a container ended is what the kubelet is told', async (t, node) => {
	const {cri, world} = node;
	const pod = await Pod.run(node, describePod(world, 'ends', ownProcesses));
	t.deepEqual(await ended(node, await pod.start('well', ['true'])), {state: 'CONTAINER_EXITED', code: 0, reason: 'Completed'});
	t.deepEqual(await ended(node, await pod.start('badly', ['sh', '-c', 'exit 7'])), {state: 'CONTAINER_EXITED', code: 7, reason: 'Error'});

	const ready = async (id: string): Promise<unknown> => eventually(async () => cri.exec(id, 'test', '-e', '/ready'), ({code}) => code === 0);
	const polite = await pod.start('polite', ['sh', '-c', 'trap "exit 3" TERM; touch /ready; while :; do sleep 0.1; done'], {linux: ownProcesses});
	await ready(polite);
	await cri.call('StopContainer', {container_id: polite, timeout: 20});
	t.deepEqual(await ended(node, polite), {state: 'CONTAINER_EXITED', code: 3, reason: 'Error'});
	const deaf = await pod.start('deaf', ['sh', '-c', 'trap "" TERM; touch /ready; while :; do sleep 0.1; done'], {linux: ownProcesses});
	await ready(deaf);
	await cri.call('StopContainer', {container_id: deaf, timeout: 1});
	t.deepEqual(await ended(node, deaf), {state: 'CONTAINER_EXITED', code: 137, reason: 'Error'});

	const hungry = await pod.start('hungry', ['sh', '-c', 'tail /dev/zero'], {linux: {...ownProcesses, resources: {memory_limit_in_bytes: 16 << 20}}});
	t.deepEqual(await ended(node, hungry), {state: 'CONTAINER_EXITED', code: 137, reason: 'OOMKilled'});

	const missing = await pod.create('missing', ['nothing']);
	await t.throwsAsync(async () => cri.call('StartContainer', {container_id: missing}), {message: /exec: "nothing": executable file not found in \$PATH/});
	t.deepEqual(await ended(node, missing), {state: 'CONTAINER_EXITED', code: 128, reason: 'StartError'});
});

test('exec gives output, error and exit code, and ends what takes too long', async (t, node) => {
	const {cri, world} = node;
	const pod = await Pod.run(node, describePod(world, 'exec', ownProcesses));
	const id = await pod.start('exec', sleeping, {tty: true, linux: ownProcesses});
	t.deepEqual(await cri.exec(id, 'sh', '-c', 'echo said; echo wrong >&2; exit 3'), {code: 3, out: 'said\n', err: 'wrong\n'});
	t.regex((await cri.exec(id, 'readlink', '/proc/1/fd/0')).out, /^\/dev\/(?:pts\/\d|console)/m);
	await t.throwsAsync(async () => cri.exec(id, 'nothing'), {message: /executable file not found in \$PATH/});
	await t.throwsAsync(async () => cri.call('ExecSync', {container_id: id, cmd: ['sleep', '7777'], timeout: 1}), {message: /DEADLINE_EXCEEDED.*timeout 1s exceeded/});
	t.notRegex((await cri.exec(id, 'ps', '-o', 'args')).out, /7777/);
});

test('limits are changed while it runs, and figures are its own', async (t, node) => {
	const {cri, world} = node;
	const pod = await Pod.run(node, describePod(world, 'limits'));
	const id = await pod.start('limits', ['sh', '-c', 'while :; do :; done'], {linux: {resources: {memory_limit_in_bytes: 64 << 20}}});
	const limits = async (): Promise<string[]> => (await cri.exec(id, 'sh', '-c', 'cd /sys/fs/cgroup; cat memory/memory.limit_in_bytes cpu/cpu.cfs_quota_us || cat memory.max cpu.max')).out.trim().split('\n');
	t.is((await limits())[0], String(64 << 20));
	await cri.call('UpdateContainerResources', {container_id: id, linux: {memory_limit_in_bytes: 32 << 20, cpu_period: 100_000, cpu_quota: 20_000}});
	t.deepEqual((await limits()).map(limit => limit.split(' ')[0]), [String(32 << 20), '20000']);

	const figures = async (): Promise<Stats> => (await cri.call<{stats: Stats}>('ContainerStats', {container_id: id})).stats;
	const used = ({cpu}: Stats): number => Number(cpu.usage_core_nano_seconds.value);
	const before = await figures();
	t.true(Number(before.memory.working_set_bytes.value) > 0);
	t.true(used(await eventually(figures, now => used(now) > used(before))) > used(before));
	const {stats} = await cri.call<{stats: Stats[]}>('ListContainerStats');
	t.deepEqual(stats.map(({attributes}) => attributes.id), [id]);
});

test('a pod that is stopped and removed leaves nothing', async (t, node) => {
	const {cri, world} = node;
	const pod = await Pod.run(node, describePod(world, 'gone'));
	const runs = await pod.start('runs');
	const created = await pod.create('created', sleeping);
	const stopped = await pod.start('stopped');
	await cri.call('StopContainer', {container_id: stopped, timeout: 0});
	await cri.call('RemoveContainer', {container_id: stopped});
	t.deepEqual(await listed(node), [pod.id, runs].sort());
	const left = async (): Promise<string> => (await world.run(['sh', '-c', 'find /sys/fs/cgroup -path "*/kubepods/gone/*" -type d; ls /run/netns'])).out;
	t.regex(await left(), new RegExp(runs));

	await cri.call('StopPodSandbox', {pod_sandbox_id: pod.id});
	t.is((await cri.podStatus(pod.id)).status.state, 'SANDBOX_NOTREADY');
	t.deepEqual(await ended(node, runs), {state: 'CONTAINER_EXITED', code: 137, reason: 'Error'});
	await cri.call('RemoveContainer', {container_id: created});
	await cri.call('RemovePodSandbox', {pod_sandbox_id: pod.id});
	t.deepEqual(await cri.call('ListContainers'), {containers: []});
	t.deepEqual(await cri.call('ListPodSandbox'), {items: []});
	t.deepEqual(await listed(node), []);
	t.is(await left(), '');
});

test('a shim that is killed takes its pod along, and nothing stays', async (t, node) => {
	const {world} = node;
	const pod = await Pod.run(node, describePod(world, 'shim'));
	const id = await pod.start('shim', ['sleep', '8888']);
	const shim = (await world.run(['pgrep', '-f', `^/usr/bin/containerd-shim-runc-v2 .*${pod.id}`])).out.trim();
	t.is((await world.run(['kill', '-9', shim])).code, 0);
	t.is((await ended(node, id)).state, 'CONTAINER_EXITED');
	t.deepEqual(await eventually(async () => listed(node), ids => ids.length === 0), []);
	t.is((await world.run(['pgrep', '-f', '^sleep 8888'])).code, 1);
});

test('a container of a pod is checkpointed while it runs, and goes on in its pod from there', async (t, node) => {
	const {cri, ctr, world} = node;
	const pod = await Pod.run(node, describePod(world, 'counted', ownProcesses));
	const id = await pod.start('counted', ['sh', '-c', 'n=0; while :; do n=$((n + 1)); echo $n >/count; sleep 0.1; done'], {linux: ownProcesses});
	const count = async (): Promise<number> => Number((await cri.exec(id, 'cat', '/count')).out);
	await eventually(count, number => number > 2);
	// The call of the CRI for it came after this containerd; what it calls below is what ctr calls
	await t.throwsAsync(async () => cri.call('CheckpointContainer', {container_id: id, location: join(world.directory, 'checkpoint.tar')}), {message: /not implemented/});
	await ctr.ok(t, ['container', 'checkpoint', '--task', '--image', '--rw', id, 'localhost/counted:1']);
	const before = await count();
	t.true(await eventually(count, number => number > before) > before, 'it runs on');
	await cri.call('StopContainer', {container_id: id, timeout: 0});

	await ctr.ok(t, ['container', 'restore', '--live', '--rw', 'again', 'localhost/counted:1']);
	const again = async (): Promise<number> => Number((await ctr.run(['task', 'exec', '--exec-id', `look-${process.hrtime.bigint()}`, 'again', 'cat', '/count'])).out);
	t.true(await eventually(again, number => number > before) > 2);
	t.is((await ctr.run(['task', 'exec', '--exec-id', 'address', 'again', 'ip', '-4', 'addr', 'show', 'eth0'])).out.includes(await pod.ip()), true);
});
