// ctnative checkpoint list: what checkpointctl lists, and our own directories beside it.
import {listCheckpoints, type ListedCheckpoint} from '../../index.js';
import {exitCodes, UsageError, type Command} from '../command.js';
import {extraHelp, parseExtra} from '../extra-lines.js';
import {formatTable, widthWithoutTerminal} from '../output.js';
import {engineText} from './origin.js';
import {jsonText, printable} from './tree.js';

const help = extraHelp('checkpoint list', `Lists checkpoints: those given, and those in other directories that are given. Without one: those of the kubelet, in
/var/lib/kubelet/checkpoints. What cannot be read is told on standard error.

A container that is called "list" is checkpointed with an option before its name.`);

const columns = ['NAMESPACE', 'POD', 'CONTAINER', 'ENGINE', 'TIME CHECKPOINTED', 'CHECKPOINT'];

const engineOf = ({engine}: ListedCheckpoint): string => engine === '' ? '' : engineText(engine);

const rowOf = (listed: ListedCheckpoint): string[] => {
	const {namespace, pod, name, checkpointed, path} = listed;
	return [namespace, pod, name, engineOf(listed), checkpointed, path].map(cell => cell === '' ? '-' : printable(cell));
};

/** In the words of `inspect --format json`. */
const jsonOf = (listed: ListedCheckpoint): object => {
	const {namespace, pod, name, id, image, checkpointed, path} = listed;
	return {kubernetes_namespace: namespace, pod_name: pod, container_name: name, id, image, engine: engineOf(listed), checkpointed, path};
};

export const list: Command = {
	async run(words) {
		const {values, positionals} = parseExtra('checkpoint list', words);
		if (values.help) {
			console.log(help);
			return exitCodes.yes;
		}

		const {format = 'table'} = values;
		if (format !== 'table' && format !== 'json') {
			throw new UsageError(`the format is table or json, not ${format}`);
		}

		const listed = await listCheckpoints(positionals.length === 0 ? undefined : positionals, {onUnreadable(path, error) {
			console.error(`ctnative: ${printable(path)}: ${printable(error instanceof Error ? error.message : String(error))}`);
		}});
		console.log(format === 'json'
			? jsonText(listed.map(jsonOf))
			: formatTable([columns, ...listed.map(rowOf)], process.stdout.columns ?? widthWithoutTerminal).join('\n'));
		return exitCodes.yes;
	},
};
