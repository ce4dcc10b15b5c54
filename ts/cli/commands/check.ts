// ctnative check: what can this machine do?
import {resolve} from 'node:path';
import {parseArgs} from 'node:util';
import {CtnError, Runtime, type CheckItem, type CheckReport} from '../../index.js';
import {exitCodes, type Command} from '../command.js';
import {formatTable} from '../output.js';

const help = `Usage: ctnative check [--json] [--criu PATH] [--root DIR]

Tells what this machine can do: kernel, namespaces, cgroups, seccomp, CRIU. For each thing that is
missing it tells what that costs, and the cure.

Options:
  --criu PATH   the CRIU to look at; default: /opt/ctnative/criu, then PATH
  --json        print the report as JSON
  --root DIR    the state directory that will be used; default: /run/ctnative

Results: ok; FAILED, no container can run; missing, a part of ctnative does not work; note, an extra or
speed. Exit code: 0 if nothing FAILED, 1 if something did, 2 wrong usage.`;

const results: Readonly<Record<CheckItem['level'], string>> = {required: 'FAILED', recommended: 'missing', optional: 'note'};

const rowsOf = ({name, ok, level, value, missing, cure}: CheckItem): string[][] => [
	[name, ok ? 'ok' : results[level], value],
	...(missing === undefined ? [] : [['', '', `costs: ${missing}`]]),
	...(cure === undefined ? [] : [['', '', `cure: ${cure}`]]),
];

const verdict = ({ok, items}: CheckReport): string => {
	if (!ok) {
		return `This machine cannot run containers: ${items.filter(item => !item.ok && item.level === 'required').map(({name}) => name).join(', ')}.`;
	}

	const missing = items.filter(item => !item.ok && item.level === 'recommended');
	return `This machine can run containers${missing.length === 0 ? '.' : `, with less than everything: ${missing.map(({name}) => name).join(', ')}.`}`;
};

/** Where nobody reads along there is no width to keep to. */
const widthWithoutTerminal = 100;

const show = (report: CheckReport): string => [
	...formatTable([['CHECK', 'RESULT', 'FOUND'], ...report.items.flatMap(rowsOf)], process.stdout.columns ?? widthWithoutTerminal),
	'',
	verdict(report),
].join('\n');

/** Without its native parts nothing can look; that is the finding. */
const withoutNative = (error: CtnError): CheckReport => ({
	ok: false,
	items: [{
		name: 'native parts', ok: false, level: 'required', value: 'not loaded', missing: error.message,
		...(error.cure !== undefined && {cure: error.cure}),
	}],
});

const look = async (root: string | undefined, criu: string | undefined): Promise<CheckReport> => {
	try {
		return await new Runtime({...(root !== undefined && {root: resolve(root)}), ...(criu !== undefined && {criuPath: resolve(criu)})}).check();
	} catch (error) {
		if (error instanceof CtnError && error.code === 'ERR_NATIVE_LOAD') {
			return withoutNative(error);
		}

		throw error;
	}
};

export const check: Command = {
	async run(args) {
		const {values} = parseArgs({
			args: [...args],
			options: {help: {type: 'boolean', short: 'h'}, json: {type: 'boolean'}, criu: {type: 'string'}, root: {type: 'string'}},
		});
		if (values.help) {
			console.log(help);
			return exitCodes.yes;
		}

		const report = await look(values.root, values.criu);
		console.log(values.json ? JSON.stringify(report, undefined, '\t') : show(report));
		return report.ok ? exitCodes.yes : exitCodes.no;
	},
};
