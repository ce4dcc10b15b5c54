// Docker Swarm: two daemons in two network namespaces, with ctnative as their default runtime.
import type {Engine} from './engine.js';
import {image, startDocker} from './docker-world.js';
import {clientTests, eventually, type World} from './world.js';

type Daemon = Engine & {readonly pid: number};

/** Two machines of a network: a network namespace each, and a veth pair between them. */
const makeNetworks = async (world: World): Promise<void> => {
	const {code, err} = await world.run(['sh', '-ec', `
		for n in 1 2; do ip netns add node$n; ip -n node$n link set lo up; done
		ip -n node1 link add to2 type veth peer name to1 netns node2
		ip -n node1 address add 10.77.0.1/24 dev to2; ip -n node1 link set to2 up
		ip -n node2 address add 10.77.0.2/24 dev to1; ip -n node2 link set to1 up
	`]);
	if (code !== 0) {
		throw new Error(`networks: ${err}`);
	}
};

const open = async (world: World): Promise<Daemon[]> => {
	await makeNetworks(world);
	const start = async (n: number): Promise<Daemon> => startDocker(world, {
		name: `node${n}`, options: ['--default-runtime', 'ctnative', '--cgroup-parent', `/node${n}`], inside: ['nsenter', `--net=/run/netns/node${n}`],
	});
	return [await start(1), await start(2)];
};

const test = clientTests(['dockerd', 'docker', 'ip'], open, async () => {});

/** `ID node state` of the tasks that are to run. */
const tasks = async (manager: Engine): Promise<string[][]> =>
	(await manager.run(['service', 'ps', 'web', '--filter', 'desired-state=running', '--format', '{{.ID}} {{.Node}} {{.CurrentState}}'])).out
		.split('\n').filter(Boolean).map(line => line.split(' ')).filter(([, , state]) => state === 'Running');

test('a service is scaled, and what ran on a daemon that was killed comes up on the other', async (t, [manager, worker]) => {
	await manager!.ok(t, ['swarm', 'init', '--advertise-addr', '10.77.0.1', '--listen-addr', '10.77.0.1:2377', '--dispatcher-heartbeat', '2s']);
	const token = await manager!.ok(t, ['swarm', 'join-token', '-q', 'worker']);
	await worker!.ok(t, ['swarm', 'join', '--token', token, '--advertise-addr', '10.77.0.2', '10.77.0.1:2377']);
	await manager!.ok(t, ['service', 'create', '--detach', '--name', 'web', '--network', 'host', '--no-resolve-image', image, 'sleep', '100000']);
	t.is((await eventually(async () => tasks(manager!), list => list.length === 1)).length, 1);

	await manager!.ok(t, ['service', 'scale', '--detach', 'web=4']);
	t.is((await eventually(async () => tasks(manager!), list => list.length === 4)).length, 4);
	const counts = async (daemon: Engine): Promise<number> => (await daemon.run(['ps', '--quiet'])).out.split('\n').filter(Boolean).length;
	t.deepEqual([await counts(manager!), await counts(worker!)], [2, 2]);

	await manager!.world.run(['kill', '-KILL', String(worker!.pid)]);
	t.is(await eventually(async () => counts(manager!), number => number === 4), 4, 'all four run on the daemon that is left');
});
