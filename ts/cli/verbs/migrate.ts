// migrate and receive: a container from one host to another, by one command on each.
import {CtnError} from '../../errors.js';
import {loadConfig} from '../bundle.js';
import {calledOffBySignals} from '../call-off.js';
import {criuOptions} from '../criu-flags.js';
import {writePidFile} from '../process-files.js';
import {followProgress} from '../progress.js';
import {transferKey} from '../transfer-flags.js';
import type {Call, Run} from '../verb.js';

const needed = ({flags}: Call, name: string): string => {
	const value = flags.text(name);
	if (value === undefined) {
		throw new CtnError('ERR_ARGUMENT', `there is no --${name} HOST:PORT`, {subject: name});
	}

	return value;
};

const options = ({host, flags, ...call}: Call) => {
	const {lazyPages: _, workDir: __, ...criu} = criuOptions({host, flags, ...call});
	return {...criu, signal: calledOffBySignals(host), ...(flags.is('rootfs') && {rootfs: true})};
};

export const migrate: Run = async call => {
	const {runtime, flags, args: [id]} = call;
	const where = {listen: needed(call, 'listen'), ...await transferKey(call)};
	const rounds = flags.number('pre-copy');
	const container = await runtime.load(id!);
	await followProgress(call, container.migrate({
		...options(call),
		...where,
		...(rounds !== undefined && {preCopy: rounds}),
		...(flags.is('tcp-skip-in-flight') && {tcpSkipInFlight: true}),
		...(flags.is('link-remap') && {linkRemap: true}),
	}));
	return 0;
};

/** It ends when all of the memory is there, so that the images need nobody to remove them. */
export const receive: Run = async call => {
	const {runtime, flags, args: [id]} = call;
	const where = {from: needed(call, 'from'), ...await transferKey(call)};
	const {bundle, config} = await loadConfig(call);
	const receiving = runtime.receive(id!, {...options(call), ...where, bundle, config, ...(flags.is('tcp-close') && {tcpClose: true})});
	await followProgress(call, receiving);
	const container = await receiving;
	await writePidFile(call, container.pid);
	await container.lazyPages?.done;
	return 0;
};
