// A checkpoint as a tree of lines.
import type {Inspection, OpenFileInfo, ProcessInfo, SocketInfo} from '../../index.js';
import {sizeText} from '../size-text.js';
import {engineText, metadataOf} from './origin.js';
import {branch, type Branch} from './tree.js';

/** What is to be shown. */
export interface Wanted {
	readonly tree: boolean;
	readonly args: boolean;
	readonly env: boolean;
	readonly files: boolean;
	readonly sockets: boolean;
	readonly mounts: boolean;
	readonly metadata: boolean;
	readonly stats: boolean;
}

/** A process and all below it, parents before children. */
export const eachProcess = (root: ProcessInfo | undefined): ProcessInfo[] => {
	const found: ProcessInfo[] = root ? [root] : [];
	for (let index = 0; index < found.length; index++) {
		found.splice(index + 1, 0, ...found[index]!.children);
	}

	return found;
};

const milliseconds = (microseconds: number): string => `${(microseconds / 1000).toFixed(1)} ms`;

const quoted = (word: string): string => /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll('\'', '\'\\\'\'')}'`;

const socketText = ({protocol, type, state, family, local, localPort, remote, remotePort, sendBuffer, receiveBuffer}: SocketInfo): string => {
	if (family === 'unix') {
		return `[UNIX (${type})]  ${local || '@'}`;
	}

	const kind = protocol === 'TCP' ? `TCP (${state})` : protocol;
	const peer = remote === undefined ? '' : ` -> ${remote}:${remotePort ?? 0}`;
	return `[${kind}]  ${local}:${localPort ?? 0}${peer} (↑ ${sizeText(sendBuffer)} ↓ ${sizeText(receiveBuffer)})`;
};

const fileText = ({type, fd, path}: OpenFileInfo): string => `[${typeof fd === 'number' ? `${type} ${fd}` : fd}]  ${path}`;

const listed = (title: string, lines: readonly string[]): Branch | undefined =>
	lines.length === 0 ? undefined : branch(title, ...lines.map(line => branch(line)));

const memoryText = ({memory}: ProcessInfo): string[] => memory === undefined ? [] : (['anonymous', 'file', 'shared', 'lazy', 'inParent'] as const)
	.filter(kind => memory[kind] > 0)
	.map(kind => `${kind === 'inParent' ? 'in parent' : kind}: ${sizeText(memory[kind])}`);

const processBranch = (process: ProcessInfo, wanted: Wanted): Branch => {
	const {pid, state, comm, args, env, files, children} = process;
	const name = wanted.args && args && args.length > 0 ? args.map(quoted).join(' ') : comm;
	return branch(
		`[${pid}${state === 'alive' ? '' : ` (${state})`}]  ${name}`,
		listed('Memory', memoryText(process)),
		wanted.env ? listed('Environment variables', env ?? []) : undefined,
		wanted.files ? listed('Open files', files.map(fileText)) : undefined,
		wanted.sockets ? listed('Open sockets', files.flatMap(({socket}) => socket ? [socketText(socket)] : [])) : undefined,
		...children.map(child => processBranch(child, wanted)),
	);
};

const statsBranch = ({stats}: Inspection): Branch | undefined => stats && listed('CRIU dump statistics', [
	`Freezing time: ${milliseconds(stats.freezingTimeUs)}`,
	`Frozen time: ${milliseconds(stats.frozenTimeUs)}`,
	`Memdump time: ${milliseconds(stats.memdumpTimeUs)}`,
	`Memwrite time: ${milliseconds(stats.memwriteTimeUs)}`,
	`Pages scanned: ${stats.pagesScanned}`,
	`Pages in parent: ${stats.pagesSkippedParent}`,
	`Pages written: ${stats.pagesWritten}`,
	`Pages lazy: ${stats.pagesLazy}`,
]);

/** Any value, level by level. */
const valueBranch = (name: string, value: unknown): Branch => typeof value === 'object' && value !== null
	? branch(name, ...Object.entries(value).map(([key, below]) => valueBranch(key, below)))
	: branch(`${name}: ${String(value)}`);

const originBranches = (origin: Inspection['origin']): Branch[] => origin === undefined ? [] : [
	branch(`Image: ${origin.image}`), branch(`ID: ${origin.id}`), branch(`Runtime: ${origin.runtime}`), branch(`Created: ${origin.created}`), branch(`Engine: ${engineText(origin.engine)}`),
];

export const inspectionTree = (inspection: Inspection, wanted: Wanted): Branch => {
	const {manifest, origin, size, path, parents, root, mounts} = inspection;
	const checkpointed = origin?.checkpointed || manifest?.created;
	return branch(
		origin?.name || manifest?.id || path,
		branch(`Path: ${path}`),
		...originBranches(origin),
		checkpointed ? branch(`Checkpointed: ${checkpointed}`) : undefined,
		manifest && branch(`CRIU: ${manifest.criu}`),
		branch(`Checkpoint size: ${sizeText(size.total)}`, branch(`Memory pages size: ${sizeText(size.pages)}`)),
		size.rootfs > 0 ? branch(`Root FS diff size: ${sizeText(size.rootfs)}`) : undefined,
		listed('Builds on', parents),
		wanted.stats ? statsBranch(inspection) : undefined,
		wanted.metadata ? valueBranch('Metadata', metadataOf(inspection)) : undefined,
		wanted.tree && root ? branch('Process tree', processBranch(root, wanted)) : undefined,
		wanted.mounts ? branch('Overview of mounts', ...mounts.map(({mountPoint, type, source}) =>
			branch(`Destination: ${mountPoint}`, branch(`Type: ${type}`), branch(`Source: ${source}`)))) : undefined,
	);
};
