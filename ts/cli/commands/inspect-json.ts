// A checkpoint as JSON, in the words of checkpointctl, so that its scripts go on working.
import type {Inspection, OpenFileInfo, ProcessInfo, SocketInfo} from '../../index.js';
import {eachProcess, type Wanted} from './inspect-tree.js';
import {engineText, metadataOf} from './origin.js';
import {sizeText} from '../size-text.js';

const states: Readonly<Record<ProcessInfo['state'], string>> = {alive: 'Alive', dead: 'Dead', stopped: 'Stopped', zombie: 'Zombie', unknown: 'Unknown'};

const variables = (env: readonly string[]): Record<string, string> => Object.fromEntries(env.map(entry => {
	const end = entry.indexOf('=');
	return end === -1 ? [entry, ''] : [entry.slice(0, end), entry.slice(end + 1)];
}));

const processJson = (process: ProcessInfo, wanted: Wanted): object => ({
	pid: process.pid,
	command: process.comm,
	...(wanted.args && process.args && {cmdline: process.args.join(' ')}),
	task_state: states[process.state],
	...(wanted.env && process.env && {environment_variables: variables(process.env)}),
	...(process.memory && {memory: process.memory}),
	...(process.children.length > 0 && {children: process.children.map(child => processJson(child, wanted))}),
});

const fileJson = ({type, fd, path}: OpenFileInfo): object => typeof fd === 'number' ? {type, fd: `${type} ${fd}`, path} : {type: fd, fd, path};

const socketJson = (socket: SocketInfo): object => ({
	protocol: socket.protocol,
	data: socket.family === 'unix' ? {type: 'UNIX', address: socket.local} : {
		type: socket.protocol,
		state: socket.state,
		src: socket.local,
		src_port: socket.localPort,
		...(socket.remote !== undefined && {dst: socket.remote, dst_port: socket.remotePort}),
		send_buf: sizeText(socket.sendBuffer),
		recv_buf: sizeText(socket.receiveBuffer),
	},
});

const statsJson = ({stats}: Inspection): object | undefined => stats && {
	freezing_time: stats.freezingTimeUs,
	frozen_time: stats.frozenTimeUs,
	memdump_time: stats.memdumpTimeUs,
	memwrite_time: stats.memwriteTimeUs,
	pages_scanned: stats.pagesScanned,
	pages_written: stats.pagesWritten,
};

const originJson = ({origin, manifest}: Inspection): object => origin ? {
	container_name: origin.name,
	image: origin.image,
	id: origin.id,
	runtime: origin.runtime,
	created: origin.created,
	checkpointed: origin.checkpointed || (manifest?.created ?? ''),
	engine: engineText(origin.engine),
} : {
	container_name: manifest?.id ?? '',
	image: '',
	id: manifest?.id ?? '',
	runtime: manifest ? 'ctnative' : '',
	created: manifest?.created ?? '',
	checkpointed: manifest?.created ?? '',
	engine: manifest ? 'ctnative' : '',
};

export const inspectionJson = (inspection: Inspection, wanted: Wanted): object => {
	const {size, root, mounts, path, parents} = inspection;
	const processes = eachProcess(root);
	return {
		...originJson(inspection),
		path,
		checkpoint_size: {total_size: size.total, memory_pages_size: size.pages, ...(size.rootfs > 0 && {root_fs_diff_size: size.rootfs})},
		...(parents.length > 0 && {parents}),
		...(wanted.stats && {statistics: statsJson(inspection)}),
		...(wanted.metadata && {metadata: metadataOf(inspection)}),
		...(wanted.tree && root && {process_tree: processJson(root, wanted)}),
		...(wanted.files && {file_descriptors: processes.map(({pid, files}) => ({pid, open_files: files.map(fileJson)}))}),
		...(wanted.sockets && {sockets: processes.map(({pid, files}) => ({pid, open_sockets: files.flatMap(({socket}) => socket ? [socketJson(socket)] : [])}))}),
		...(wanted.mounts && {mounts: mounts.map(({mountPoint, type, source}) => ({destination: mountPoint, type, source}))}),
	};
};
