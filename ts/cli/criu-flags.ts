// The flags that checkpoint and restore share, as options of the library.
import type {CriuOpts} from '../criu/opts.js';
import {CtnError} from '../errors.js';
import type {Call} from './verb.js';

const cgroupModes = ['soft', 'full', 'strict', 'ignore'] as const;

const cgroupsMode = (text: string): typeof cgroupModes[number] => {
	const mode = cgroupModes.find(name => name === text);
	if (mode === undefined) {
		throw new CtnError('ERR_ARGUMENT', 'Invalid manage cgroups mode', {subject: 'manage-cgroups-mode'});
	}

	return mode;
};

const networkLocks = ['iptables', 'nftables', 'skip'] as const;

const networkLock = (text: string): typeof networkLocks[number] => {
	const method = networkLocks.find(name => name === text);
	if (method === undefined) {
		throw new CtnError('ERR_ARGUMENT', `unknown --network-lock ${text}: it must be ${networkLocks.join(', ')}`, {subject: 'network-lock'});
	}

	return method;
};

const emptyNs = (types: readonly string[]): CriuOpts => {
	const unknown = types.find(type => type !== 'network');
	if (unknown !== undefined) {
		throw new CtnError('ERR_ARGUMENT', `unknown --empty-ns ${unknown}: it must be network`, {subject: 'empty-ns'});
	}

	return types.length > 0 ? {emptyNs: ['network']} : {};
};

/** Only what was given: CRIU and the library have their own defaults. */
export const criuOptions = ({flags, path}: Call): CriuOpts => {
	const workPath = flags.text('work-path');
	const mode = flags.text('manage-cgroups-mode');
	const lock = flags.text('network-lock');
	return {
		...(workPath !== undefined && {workDir: path(workPath)}),
		...(mode !== undefined && {manageCgroupsMode: cgroupsMode(mode)}),
		...(lock !== undefined && {networkLock: networkLock(lock)}),
		...emptyNs(flags.list('empty-ns')),
		...(flags.is('tcp-established') && {tcpEstablished: true}),
		...(flags.is('ext-unix-sk') && {extUnixSk: true}),
		...(flags.is('shell-job') && {shellJob: true}),
		...(flags.is('lazy-pages') && {lazyPages: true}),
		...(flags.is('file-locks') && {fileLocks: true}),
		...(flags.is('auto-dedup') && {autoDedup: true}),
	};
};

export const imagesOf = ({flags, path}: Call): string => path(flags.text('image-path') ?? 'checkpoint');
