// ctnative checkpoint show and inspect: what checkpointctl tells, of directories and archives.
import {CtnError, type Inspection} from '../../index.js';
import {exitCodes, UsageError, type Command} from '../command.js';
import {extraHelp, parseExtra, type ExtraValues} from '../extra-lines.js';
import {formatTable} from '../output.js';
import {sizeText} from '../size-text.js';
import {inspectionJson} from './inspect-json.js';
import {eachProcess, inspectionTree, type Wanted} from './inspect-tree.js';
import {eachCheckpoint, needCheckpoints} from './operands.js';
import {jsonText, printable, treeLines} from './tree.js';

const help = extraHelp('checkpoint inspect', `Tells what is in checkpoints: directories, or archives of podman, CRI-O and containerd. No CRIU is needed, and nothing
is restored or imported.`);

type Values = ExtraValues<'checkpoint inspect'>;

const wantedBy = (values: Values): Wanted => {
	const is = (name: Exclude<keyof Values, 'format' | 'pid' | 'help'>): boolean => values.all === true || values[name] === true;
	return {
		// Each is told of a process
		tree: is('ps-tree') || is('ps-tree-cmd') || is('ps-tree-env') || is('files') || is('sockets') || values.pid !== undefined,
		args: is('ps-tree-cmd'),
		env: is('ps-tree-env'),
		files: is('files'),
		sockets: is('sockets'),
		mounts: is('mounts'),
		metadata: is('metadata'),
		stats: is('stats'),
	};
};

/** Only what is at or below a process. */
const below = (inspection: Inspection, pid: string | undefined): Inspection => {
	if (pid === undefined) {
		return inspection;
	}

	const root = eachProcess(inspection.root).find(process => String(process.pid) === pid);
	if (root === undefined) {
		throw new CtnError('ERR_ARGUMENT', `${inspection.path} has no process ${pid}`, {subject: 'pid', cure: '--ps-tree lists them'});
	}

	return {...inspection, root};
};

export const formatOf = (format = 'tree'): 'tree' | 'json' => {
	if (format !== 'tree' && format !== 'json') {
		throw new UsageError(`the format is tree or json, not ${format}`);
	}

	return format;
};

export const inspect: Command = {
	async run(words) {
		const {values, positionals} = parseExtra('checkpoint inspect', words);
		if (values.help) {
			console.log(help);
			return exitCodes.yes;
		}

		needCheckpoints('inspect', positionals);
		const format = formatOf(values.format);
		const wanted = wantedBy(values);
		const inspections = await eachCheckpoint(positionals, async checkpoint => below(await checkpoint.inspect(), values.pid));
		console.log(format === 'json'
			? jsonText(inspections.map(inspection => inspectionJson(inspection, wanted)))
			: inspections.flatMap(inspection => treeLines(inspectionTree(inspection, wanted))).join('\n'));
		return exitCodes.yes;
	},
};

const widthWithoutTerminal = 120;

export const show: Command = {
	async run(words) {
		const {values, positionals} = parseExtra('checkpoint show', words);
		if (values.help) {
			console.log(extraHelp('checkpoint show', 'Tells of each checkpoint how large it is.'));
			return exitCodes.yes;
		}

		needCheckpoints('show', positionals);
		const rows = await eachCheckpoint(positionals, async checkpoint => {
			const {manifest, origin, root, size, path} = await checkpoint.inspect();
			return [
				origin?.name || manifest?.id || '-', origin?.checkpointed || manifest?.created || '-', manifest?.criu ?? '-',
				String(eachProcess(root).length), sizeText(size.pages), sizeText(size.total), path,
			].map(printable);
		});
		rows.unshift(['CONTAINER', 'CREATED', 'CRIU', 'PROCESSES', 'MEMORY', 'SIZE', 'PATH']);
		console.log(formatTable(rows, process.stdout.columns ?? widthWithoutTerminal).join('\n'));
		return exitCodes.yes;
	},
};
