// Two hosts for tests, as two network namespaces with a cable between them: what is in one reaches the other by it only.
import {execFile, spawn, type ChildProcess} from 'node:child_process';
import {projectPath} from '../support/paths.js';
import {networkNamespace, within} from './network-world.js';
import type {World} from './world.js';

/** One end of the cable. */
export interface HostEnd {
	/** A process in the network namespace. */
	readonly pid: number;
	readonly address: string;
	/** Starts a program there. */
	spawn(program: string, args: readonly string[]): ChildProcess;
}

export interface TwoHosts {
	readonly source: HostEnd;
	readonly destination: HostEnd;
	/** Pulls the cable out; plugs it in again. */
	cable(isIn: boolean): void;
}

const hostEnd = (world: World, pid: number, address: string): HostEnd => ({
	pid,
	address,
	spawn(program, args) {
		const child = spawn('nsenter', ['-t', String(pid), '-n', program, ...args], {stdio: ['pipe', 'pipe', 'pipe']});
		world.teardown(() => {
			child.kill('SIGKILL');
		});
		return child;
	},
});

export const twoHosts = async (world: World): Promise<TwoHosts> => {
	const [one, two] = [await networkNamespace(world), await networkNamespace(world)];
	within(one.pid, `ip link add cable type veth peer name cable netns ${two.pid}`);
	const addresses = ['192.0.2.1', '192.0.2.2'] as const;
	[one, two].forEach(({pid}, index) => within(pid, `ip address add ${addresses[index]!}/24 dev cable; ip link set cable up`));
	return {
		source: hostEnd(world, one.pid, addresses[0]),
		destination: hostEnd(world, two.pid, addresses[1]),
		cable: isIn => void within(one.pid, `ip link set cable ${isIn ? 'up' : 'down'}`),
	};
};

export interface Ended {
	readonly code: number | null;
	readonly out: string;
	readonly err: string;
}

/** What a program that is told nothing says until it ends. */
export const endOf = async (child: ChildProcess): Promise<Ended> => new Promise(resolve => {
	let [out, err] = ['', ''];
	child.stdin!.end();
	child.stdout!.on('data', (bytes: Buffer) => {
		out += bytes.toString();
	});
	child.stderr!.on('data', (bytes: Buffer) => {
		err += bytes.toString();
	});
	child.on('close', code => {
		resolve({code, out, err});
	});
});

export const mainFile = projectPath('dist/ts/cli/main.js');

/** The command, at one end. */
export const commandAt = (end: HostEnd, root: string, ...args: string[]): ChildProcess => end.spawn(process.execPath, [mainFile, '--root', root, ...args]);

/** Runs a command of the host to its end. */
export const command = async (...args: string[]): Promise<Ended> => new Promise(resolve => {
	execFile(process.execPath, [mainFile, ...args], (error, out, err) => {
		resolve({code: error ? Number(error.code) : 0, out, err});
	});
});
