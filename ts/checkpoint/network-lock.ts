// The lock that CRIU puts on a network while TCP connections are in the images: a table of nftables, named after
// the run of CRIU that made it, or a chain of iptables. A CRIU that was killed leaves it, and then nothing goes in or out any more.
import {readCriuLog} from '../criu/client.js';
import type {CriuOpts} from '../criu/opts.js';
import {readRecord} from '../images/records.js';
import {CLONE_NEWNET, O_CLOEXEC, O_RDONLY, O_RDWR} from '../linux/constants.js';
import {programDirectories, searchPath} from '../linux/search-path.js';
import {encodeUtf8} from '../linux/utf8.js';
import type {Fd, HostOp, Native} from '../native/native.js';
import {runToEnd} from '../native/processes.js';
import {wire} from '../plan/wire.gen.js';
import {readManifest} from './manifest.js';

const runId = /CRIU run id = ([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})/g;

/** `network_lock_method` of the inventory; a CRIU that does not say had nothing else. */
const byIptables = 0;

/** Path of the network namespace that this process is in. */
export const ownNetwork = '/proc/self/ns/net';

/** CRIU has room for 31 characters, `inet` among them: up to 4.2.1 the name is cut off. */
const tablesOf = (run: string): string[] => [`CRIU-${run}`.slice(0, 26), `CRIU-${run}`];

const unlockOps = (netns: string, runs: readonly string[]): HostOp[] =>
	[...new Set(runs)].flatMap(tablesOf).map(table => ({op: 'unlock_network', netns, table, okErrno: 'any'}));

/** CRIU's programs, of which there are two kinds that do not see each other's rules: ours are found as its are. */
interface Tables {
	readonly args: readonly string[];
	/** Rules to read. */
	readonly input?: string;
}

const runTables = async (native: Native, network: Fd, none: Fd, {args, input = ''}: Tables): Promise<void> => {
	const [read, write] = native.pipe();
	try {
		await native.batch([{op: 'write_fd', fd: write, data: encodeUtf8(input)}]).finally(() => native.close(write));
		await runToEnd(native, {
			flags: 0n, stdio: [read, none, none], fds: [network],
			plan: [
				{op: 'setns', ns: wire.firstFreeFd as Fd, types: Number(CLONE_NEWNET)},
				{op: 'find_program', name: args[0]!, path: programDirectories},
				{op: 'exec', argv: [...args], envp: [`PATH=${searchPath}`], skip_fds: 0, keep_fds: 0},
			],
		});
	} finally {
		native.close(read);
	}
};

/** Of a network namespace, as a whole or not at all: a chain that drops everything, and the jumps to it; or what a killed restore had left of it. */
const withoutChain = ['iptables-restore', 'ip6tables-restore'].flatMap(program =>
	['-D INPUT -j CRIU\n-D OUTPUT -j CRIU\n', ''].map((jumps): Tables => ({args: [program, '-w', '--noflush'], input: `*filter\n:CRIU - [0:0]\n${jumps}-X CRIU\nCOMMIT\n`})));

/** In the host's network CRIU locks single connections; its log says how, before it does. */
const ruleOfConnection = /Running iptables \[(ip6?tables) (?:-w )?-t filter -[AI] ((?:IN|OUT)PUT --protocol tcp -m mark ! --mark 0xC114 --source [\da-f.:]+ --sport \d+ --destination [\da-f.:]+ --dport \d+ -j DROP)\]/g;

const withoutConnections = (log: string): Tables[] =>
	[...log.matchAll(ruleOfConnection)].map(([, program, rule]) => ({args: [program!, '-w', '-t', 'filter', '-D', ...rule!.split(' ')]}));

/** A rule that is not there is a program that fails, and changes nothing. */
const takeBack = async (native: Native, netns: string, rules: readonly Tables[]): Promise<void> => {
	const opened = await native.batch([
		{op: 'open', path: netns, flags: O_RDONLY | O_CLOEXEC, mode: 0},
		{op: 'open', path: '/dev/null', flags: O_RDWR | O_CLOEXEC, mode: 0},
	]) as [Fd, Fd];
	try {
		for (const rule of rules) {
			await runTables(native, ...opened, rule);
		}
	} finally {
		opened.forEach(fd => native.close(fd));
	}
};

/** Those of nftables that a log tells of. */
const takeTablesOff = async (native: Native, netns: string, log: string): Promise<void> => {
	await native.batch(unlockOps(netns, [...log.matchAll(runId)].map(([, run]) => run!)));
};

/**
 * Takes off what the CRIU with this log has left on a network.
 *
 * @param netns Path of the network namespace.
 * @param directory Of the log; one that is not there tells of no lock.
 */
export const takeLocksOff = async (native: Native, netns: string, directory: string, log: string): Promise<void> => {
	await takeTablesOff(native, netns, await readCriuLog(native, directory, log));
};

export interface FailedDump {
	/** A process of the container. */
	readonly pid: number;
	/** Whether it is in the network of the host. */
	readonly isOnHost: boolean;
	/** As it was asked for. */
	readonly networkLock: CriuOpts['networkLock'];
	readonly directory: string;
	readonly log: string;
}

/** After a failed dump, by whatever CRIU has locked the network: without nftables it takes iptables by itself. */
export const takeDumpLocksOff = async (native: Native, {pid, isOnHost, networkLock, directory, log}: FailedDump): Promise<void> => {
	const netns = `/proc/${pid}/ns/net`;
	const text = await readCriuLog(native, directory, log);
	await takeTablesOff(native, netns, text);
	if (networkLock === 'iptables' || text.includes('Falling back to iptables network lock')) {
		await takeBack(native, netns, isOnHost ? withoutConnections(text) : withoutChain).catch(() => {}); // It has ended meanwhile
	}
};

/** After a failed dump: CRIU keeps TCP sockets in repair mode while it looks at them, and dead it leaves them there. */
export const freeSockets = async (native: Native, pids: readonly number[]): Promise<void> => {
	await native.batch(pids.map(pid => ({op: 'end_repair', pid, okErrno: 'any'})));
};

/**
 * Takes off the lock that a dump has left on purpose, for a restore that will not come: connections end then.
 *
 * @throws CtnError `ERR_CHECKPOINT_IMAGES` if these are no images, or none of ours.
 */
export const abandonCheckpoint = async (native: Native, imagesDir: string): Promise<void> => {
	const {network, spec} = await readManifest(native, imagesDir);
	const [bytes] = await native.batch([{op: 'read', path: `${imagesDir}/inventory.img`, max: 1 << 20}]);
	const {dump_criu_run_id: run, network_lock_method: method = byIptables} = readRecord('inventory', bytes as Uint8Array);
	const netns = spec?.linux.namespaces?.find(({type}) => type === 'network')?.path;
	if (network !== 'own' && run !== undefined) {
		await native.batch(unlockOps(netns ?? ownNetwork, [run]));
	}

	if (network !== 'own' && method === byIptables) {
		await takeBack(native, netns ?? ownNetwork, netns === undefined ? withoutConnections(await readCriuLog(native, imagesDir, 'dump.log')) : withoutChain);
	}
};
