// ctnative check: what can this machine do?
import {existsSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {CtnError, Runtime, type CheckItem, type CheckReport} from '../../index.js';
import {exitCodes, UsageError, type Command} from '../command.js';
import {extraHelp, parseExtra} from '../extra-lines.js';
import {formatTable, widthWithoutTerminal} from '../output.js';

const help = extraHelp('check', `Tells what this machine can do: kernel, namespaces, cgroups, seccomp, CRIU. For each thing that is
missing it tells what that costs, and the cure.`, `Results: ok; FAILED, no container can run; missing, a part of ctnative does not work; note, an extra or
speed. Exit code: 0 if nothing FAILED, 1 if something did, 2 wrong usage.`);

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

/** Paths of the native command in the package, of which this file is dist/ts/cli/commands/check.js. */
const nativeCommands = ['build/Release/ctnative', `prebuilds/linux-${process.arch}/ctnative`].map(path => join(__dirname, '../../../..', path));

/** Which of the two hosts runs the verbs, and why: the native command says where it is when it hands over to Node. */
const hostItem = (): CheckItem => {
	const native = process.env['CTNATIVE_COMMAND'] ?? nativeCommands.find(path => existsSync(path));
	const common = {name: 'command', level: 'optional'} as const;
	if (native === undefined) {
		return {...common, ok: false, value: 'Node: there is no native command', missing: 'each call takes as long as Node takes to start', cure: 'install a prebuilt package, or run scripts/install-quickjs and scripts/build-command'};
	}

	return process.env['CTNATIVE_COMMAND'] === undefined
		? {...common, ok: true, value: `Node, because it was called as ${process.argv[1]!}; for engines: ${native}`}
		: {...common, ok: true, value: `native: ${native}`};
};

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
		const {values, positionals} = parseExtra('check', args);
		if (values.help) {
			console.log(help);
			return exitCodes.yes;
		}

		const format = values.format ?? 'table';
		if ((format !== 'table' && format !== 'json') || positionals.length > 0) {
			throw new UsageError(positionals.length > 0 ? `unexpected argument ${positionals[0]!}` : 'invalid format option');
		}

		const isJson = values.json === true || format === 'json';
		const {ok, items} = await look(values.root, values.criu);
		const report = {ok, items: [hostItem(), ...items]};
		console.log(isJson ? JSON.stringify(report, undefined, '\t') : show(report));
		return report.ok ? exitCodes.yes : exitCodes.no;
	},
};
