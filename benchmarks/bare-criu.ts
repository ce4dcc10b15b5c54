// The floor of a downtime: `criu dump` and `criu restore` of a workload in namespaces of its own, and nothing
// around it. Its mount namespace has the root filesystem and /proc, its cgroup is nobody's business.
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {existsSync, mkdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import type {Runtime} from '../ts/index.js';
import type {Checkpointer} from './checkpointers.js';
import {followLines} from './podman-checkpoint.js';

const run = async (program: string, ...args: string[]): Promise<void> => {
	const child = spawn(program, args, {stdio: 'ignore'});
	const [code] = await once(child, 'exit') as [number | null];
	if (code !== 0) {
		throw new Error(`${program} ${args.join(' ')}: exit code ${code}`);
	}
};

/** A restore needs a mount point for a root; it gets one in a mount namespace that ends with it. */
const restoreScript = 'mount --bind "$1" "$1" && shift && exec "$@"';

export const byBareCriu = (criu: string, runtime: Runtime, images: string): Checkpointer => ({
	name: 'floor: criu dump and restore',
	images,
	async start(id, bundle) {
		const rootfs = join(bundle, 'rootfs');
		const config = JSON.parse(readFileSync(join(bundle, 'config.json'), 'utf8')) as {root: object; mounts: {type: string}[]; linux: object; process: {args: string[]}};
		const file = `answers-${id}`;
		const bare = {
			...config,
			root: {path: rootfs, readonly: false},
			process: {...config.process, args: ['sh', '-c', `exec ${config.process.args.join(' ')} < /dev/null > /${file} 2> /dev/null`]},
			mounts: config.mounts.filter(({type}) => type === 'proc'),
			linux: {namespaces: ['pid', 'network', 'ipc', 'uts', 'mount'].map(type => ({type}))},
		};
		const container = await runtime.run(id, {bundle, config: bare as never, stdio: 'ignore'});
		let {pid} = container;
		const next = followLines(join(rootfs, file));
		await next();
		return {
			async ask() {
				process.kill(pid, 'SIGUSR1');
				return next();
			},
			async checkpoint(imagesDir) {
				mkdirSync(imagesDir);
				await run(criu, 'dump', '--tree', String(pid), '--images-dir', imagesDir, '--manage-cgroups=ignore', '--log-file', 'dump.log', '-v4', '--file-locks');
			},
			prepareRestore: async imagesDir => async () => {
				const pidFile = join(imagesDir, 'pid');
				await run('unshare', '--mount', 'sh', '-c', restoreScript, 'sh', rootfs, criu, 'restore', '--images-dir', imagesDir, '--root', rootfs, '--manage-cgroups=ignore', '--log-file', 'restore.log', '-v4', '--restore-detached', '--pidfile', pidFile);
				pid = Number(readFileSync(pidFile, 'utf8'));
			},
			async end() {
				if (existsSync(`/proc/${pid}`)) {
					process.kill(pid, 'SIGKILL');
				}

				await container.delete({force: true});
			},
		};
	},
});
