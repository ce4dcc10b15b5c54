// ctnative checkpoint diff: two checkpoints of one container.
import {Checkpoint, type CheckpointDiff, type DiffOptions, type MemoryDiff, type OpenFileInfo, type ProcessChange} from '../../index.js';
import {pageSize} from '../../linux/page-size.js';
import {exitCodes, UsageError, type Command} from '../command.js';
import {extraHelp, parseExtra, type ExtraValues} from '../extra-lines.js';
import {formatOf} from './checkpoint-inspect.js';
import {sizeText} from '../size-text.js';
import {branch, jsonText, treeLines, type Branch} from './tree.js';

const help = extraHelp('checkpoint diff', `Tells what is different in two checkpoints of a container: directories, or archives. Everything is compared unless one of
the first five options is given: then what they name. Exit code: 0 if nothing is different, 1 if something is.`);

const kindsOf = {'ps-tree': 'processes', files: 'files', sockets: 'sockets', mounts: 'mounts', memory: 'memory'} as const;

const optionsOf = (values: ExtraValues<'checkpoint diff'>): DiffOptions => {
	if (!/^\d+$/.test(values.pid ?? '0')) {
		throw new UsageError('--pid takes a number');
	}

	const kinds = Object.entries(kindsOf) as Array<[keyof typeof kindsOf, (typeof kindsOf)[keyof typeof kindsOf]]>;
	const isAll = kinds.every(([flag]) => values[flag] !== true);
	return {
		...Object.fromEntries(kinds.map(([flag, kind]) => [kind, isAll || values[flag] === true])),
		...(values['no-memory'] && {memory: false}),
		pid: values.pid === undefined ? undefined : Number(values.pid),
	};
};

const kinds = ['changed', 'added', 'removed', 'unknown'] as const;

const memoryBranch = (memory: MemoryDiff, pages: boolean): Branch => branch('Memory', ...kinds.flatMap(kind => {
	const count = memory[kind].reduce((sum, range) => sum + range.pages, 0);
	const lines = pages ? memory[kind].map(range => branch(`0x${range.address.toString(16)}: ${range.pages} page(s)`)) : [];
	return count === 0 ? [] : [branch(`${kind}: ${count} page(s), ${sizeText(count * pageSize)}`, ...lines)];
}), branch(`unchanged: ${memory.unchangedPages} page(s)`));

const fileText = ({fd, type, path, socket}: OpenFileInfo): string => `${type} ${fd} ${path}${socket?.protocol === 'TCP' ? ` (${socket.state})` : ''}`;

/** Each as a line with a sign. */
const signed = <Item>({added, removed}: {readonly added: readonly Item[]; readonly removed: readonly Item[]}, text: (item: Item) => string): Branch[] =>
	[...removed.map(item => branch(`- ${text(item)}`)), ...added.map(item => branch(`+ ${text(item)}`))];

const changeBranch = ({pid, comm, fields, files, memory}: ProcessChange, pages: boolean): Branch => branch(
	`[${pid}]  ${comm}`,
	...Object.entries(fields).map(([name, [before, after]]) => branch(`${name}: ${JSON.stringify(before)} -> ${JSON.stringify(after)}`)),
	...signed(files, fileText),
	memory && memoryBranch(memory, pages),
);

const diffTree = ({processes, changed, mounts}: CheckpointDiff, title: string, pages: boolean): Branch => branch(
	title,
	...signed(processes, ({pid, comm}) => `[${pid}]  ${comm}`),
	...changed.map(change => changeBranch(change, pages)),
	...signed(mounts, ({mountPoint}) => `mount ${mountPoint}`),
);

export const diff: Command = {
	async run(words) {
		const {values, positionals: [earlier, later, ...more]} = parseExtra('checkpoint diff', words);
		if (values.help) {
			console.log(help);
			return exitCodes.yes;
		}

		const format = formatOf(values.format);
		if (earlier === undefined || later === undefined || more.length > 0) {
			throw new UsageError('"checkpoint diff" takes two directories or archives');
		}

		const before = await Checkpoint.open(earlier);
		const found = await before.diff(await Checkpoint.open(later), optionsOf(values));
		const {processes, mounts, changed} = found;
		const isSame = [changed, processes.added, processes.removed, mounts.added, mounts.removed].every(({length}) => length === 0);
		if (format === 'json') {
			console.log(jsonText(found));
		} else if (!isSame) {
			console.log(treeLines(diffTree(found, `${earlier} -> ${later}`, values.pages ?? false)).join('\n'));
		}

		return isSame ? exitCodes.yes : exitCodes.no;
	},
};
