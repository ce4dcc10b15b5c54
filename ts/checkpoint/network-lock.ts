// The lock that CRIU puts on a network while TCP connections are in the images: a table of nftables, named after
// the run of CRIU that made it. A CRIU that was killed leaves it, and then nothing goes in or out any more.
import {readCriuLog} from '../criu/client.js';
import {readRecord} from '../images/records.js';
import type {HostOp, Native} from '../native/native.js';
import {readManifest} from './manifest.js';

const runId = /CRIU run id = ([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})/g;

/** Path of the network namespace that this process is in. */
export const ownNetwork = '/proc/self/ns/net';

/** CRIU has room for 31 characters, `inet` among them: up to 4.2.1 the name is cut off. */
const tablesOf = (run: string): string[] => [`CRIU-${run}`.slice(0, 26), `CRIU-${run}`];

const unlockOps = (netns: string, runs: readonly string[]): HostOp[] =>
	[...new Set(runs)].flatMap(tablesOf).map(table => ({op: 'unlock_network', netns, table, okErrno: 'any'}));

/**
 * Takes off what the CRIU with this log has left on a network.
 *
 * @param netns Path of the network namespace.
 * @param directory Of the log; one that is not there tells of no lock.
 */
export const takeLocksOff = async (native: Native, netns: string, directory: string, log: string): Promise<void> => {
	const text = await readCriuLog(native, directory, log);
	await native.batch(unlockOps(netns, [...text.matchAll(runId)].map(([, run]) => run!)));
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
	const {dump_criu_run_id: run} = readRecord('inventory', bytes as Uint8Array);
	if (network !== 'own' && run !== undefined) {
		await native.batch(unlockOps(spec?.linux.namespaces?.find(({type}) => type === 'network')?.path ?? ownNetwork, [run]));
	}
};
