// Networks for tests: namespaces, and a peer of a container's connections.
import {execFileSync, spawn, type ChildProcess} from 'node:child_process';
import {readFileSync, readlinkSync} from 'node:fs';
import {createInterface} from 'node:readline';
import {buildWorkload} from '../support/workload.js';
import {until, type World} from './world.js';

export const sh = (command: string): string => execFileSync('sh', ['-ec', command], {encoding: 'utf8'});

/** In the network namespace of a process. */
export const within = (pid: number, command: string): string => execFileSync('nsenter', ['-t', String(pid), '-n', 'sh', '-ec', command], {encoding: 'utf8'});

export interface Peer {
	tell(line: string): Promise<unknown>;
	end(): Promise<void>;
}

/** A client of the scene `echo` that is connected to it. */
export const connect = async (world: World, address: string, prefix: readonly string[] = []): Promise<Peer> => {
	const [program, ...args] = [...prefix, buildWorkload('sockets'), 'peer', address];
	const client = spawn(program!, args, {stdio: ['pipe', 'pipe', 'ignore']});
	world.teardown(() => {
		client.kill('SIGKILL');
	});
	const said = createInterface({input: client.stdout})[Symbol.asyncIterator]();
	await said.next();
	return {
		async tell(line) {
			client.stdin.write(`${line}\n`);
			return (await said.next()).value;
		},
		async end() {
			client.stdin.end();
			await new Promise(resolve => {
				client.once('close', resolve);
			});
		},
	};
};

/** A network namespace that lives as long as its process. */
export const networkNamespace = async (world: World): Promise<ChildProcess & {pid: number}> => {
	const child = spawn('unshare', ['--net', 'sleep', '1000'], {stdio: 'ignore'}) as ChildProcess & {pid: number};
	world.teardown(() => {
		child.kill('SIGKILL');
	});
	await until(() => readlinkSync(`/proc/${child.pid}/ns/net`) !== readlinkSync('/proc/self/ns/net') && readFileSync(`/proc/${child.pid}/comm`, 'utf8') === 'sleep\n', 'the namespace');
	within(child.pid, 'ip link set lo up');
	return child;
};
