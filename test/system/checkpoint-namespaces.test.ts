// Namespaces across a checkpoint: those of others are joined again.
import {spawn} from 'node:child_process';
import {readlinkSync} from 'node:fs';
import {checkpointTest as test, CheckpointWorld, pipes} from './checkpoint-world.js';
import {sh} from './network-world.js';
import {until} from './world.js';

const shared = ['ipc', 'uts', 'time'] as const;

/** A process that holds namespaces which a container is to share, as the first container of a pod does. */
const holder = async (world: CheckpointWorld): Promise<number> => {
	// Only a child is in a new time namespace
	const child = spawn('unshare', ['--ipc', '--uts', '--time', '--fork', '--kill-child', 'sleep', '1000'], {stdio: 'ignore'});
	world.teardown(() => {
		child.kill('SIGKILL');
	});
	let pid = 0;
	await until(() => {
		pid = Number(sh(`cat /proc/${child.pid!}/task/${child.pid!}/children`));
		return pid > 0 && sh(`cat /proc/${pid}/comm`) === 'sleep\n';
	}, 'the namespaces');
	return pid;
};

const namespacesOf = (pid: number): string[] => shared.map(type => readlinkSync(`/proc/${pid}/ns/${type}`));

test('namespaces that config.json names by path are joined again, with all that others have in them', async t => {
	const world = new CheckpointWorld(t);
	const [pid, other] = [await holder(world), await holder(world)];
	const scene = await world.shellScene({edit(config) {
		const namespaces = config.linux.namespaces!.filter(({type}) => !shared.some(name => name === type));
		config.linux.namespaces = [...namespaces, ...shared.map(type => ({type, path: `/proc/${pid}/ns/${type}`}))];
		delete config.hostname;
	}});
	t.deepEqual(namespacesOf(scene.container.pid), namespacesOf(pid));
	const within = (command: string): string => sh(`nsenter -t ${pid} --ipc --uts sh -ec '${command}'`);
	const queue = (content: number): string => within(`perl -MIPC::Msg -e "IPC::Msg->new(${content}, 01600) or die" && cut -c-11 /proc/sysvipc/msg`);
	queue(11);
	const {container} = scene;
	const {imagesDir} = await container.checkpoint({imagesDir: world.imagesDir()});
	const before = queue(12);
	within('hostname later');
	scene.become(await world.runtime.restore(container.id, {bundle: container.bundle, imagesDir, stdio: pipes}));
	t.deepEqual(namespacesOf(scene.container.pid), namespacesOf(pid));
	t.is(within('cut -c-11 /proc/sysvipc/msg'), before, 'what others have there is as they left it');
	t.is(await scene.ask('hostname; tail -n +2 /proc/sysvipc/msg | wc -l'), 'later');
	t.is(await scene.next(), '2');

	const {config} = scene.container;
	const namespaces = config.linux.namespaces!.map(namespace => namespace.path ? {...namespace, path: `/proc/${other}/ns/${namespace.type}`} : namespace);
	await scene.move({restore: {config: {...config, linux: {...config.linux, namespaces}}}});
	t.deepEqual(namespacesOf(scene.container.pid), namespacesOf(other), 'or those that config.json names by then');
	t.is(await scene.ask('tail -n +2 /proc/sysvipc/msg | wc -l'), '0');
});
