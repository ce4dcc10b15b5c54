// The command lines of the commands that runc does not have: one table for their parser, their help, the manual page and completion.
import {parseArgs, type ParseArgsConfig} from 'node:util';
import type {Flag} from './flags.js';
import {flagLines} from './help.js';

interface Line {
	/** What follows the options. */
	readonly usage: string;
	readonly flags: readonly Flag[];
}

const pid = {name: 'pid', short: 'p', type: 'string', value: 'PID', help: 'only this process'} as const;
const format = {name: 'format', type: 'string', value: 'FORM', help: 'tree or json (default: tree)'} as const;
const volume = {name: 'volume', type: 'list', value: 'NAME=DIR', help: 'pack this directory as that volume; more than once'} as const;
const checkpoints = 'DIRECTORY|ARCHIVE...';

export const extraLines = {
	check: {usage: '', flags: [
		{name: 'criu', type: 'string', value: 'PATH', help: 'the CRIU to look at (default: /opt/ctnative/criu, then PATH)'},
		{name: 'format', short: 'f', type: 'string', value: 'FORM', help: 'table or json (default: table)'},
		{name: 'json', help: 'the same as --format json'},
		{name: 'root', type: 'string', value: 'DIR', help: 'the state directory that will be used (default: /run/ctnative)'},
	]},
	completion: {usage: 'SHELL', flags: []},
	'setup-criu': {usage: '', flags: [ // scripts/install-criu reads them
		{name: 'prefix', type: 'string', value: 'DIR', help: 'where to put it (default: /opt/ctnative/criu)'},
		{name: 'suite', type: 'list', value: 'NAME', help: 'a suite of Debian to take it from; more than once'},
		{name: 'mirror', type: 'string', value: 'URI', help: 'the mirror to take it from'},
		{name: 'min-version', type: 'string', value: 'VERSION', help: 'the oldest CRIU that will do'},
		{name: 'force', help: 'put one there though there is one that works'},
		{name: 'no-system', help: 'do not take that of the system'},
		{name: 'quiet', help: 'print the path only'},
	]},
	'checkpoint list': {usage: '[DIRECTORY|ARCHIVE...]', flags: [{...format, help: 'table or json (default: table)'}]},
	'checkpoint show': {usage: checkpoints, flags: []},
	'checkpoint inspect': {usage: checkpoints, flags: [
		{name: 'all', help: 'everything'},
		{name: 'files', help: 'open files of each process'},
		format,
		{name: 'metadata', help: 'what is told of the machine, the container and its pod'},
		{name: 'mounts', help: 'mounts'},
		{...pid, help: 'only this process and those below it'},
		{name: 'ps-tree', help: 'processes'},
		{name: 'ps-tree-cmd', help: 'processes with their arguments'},
		{name: 'ps-tree-env', help: 'processes with their environment'},
		{name: 'sockets', help: 'open sockets, with the state of TCP'},
		{name: 'stats', help: 'statistics of CRIU'},
	]},
	'checkpoint diff': {usage: 'EARLIER LATER', flags: [
		{name: 'ps-tree', help: 'processes: those that came or went, and what is told of each'},
		{name: 'files', help: 'open files, sockets among them'},
		{name: 'sockets', help: 'sockets'},
		{name: 'mounts', help: 'mounts'},
		{name: 'memory', help: 'pages of memory'},
		pid,
		{name: 'no-memory', help: 'leave the pages of memory out'},
		{name: 'pages', help: 'list the pages, and not only their number'},
		format,
	]},
	'checkpoint export': {usage: 'DIRECTORY ARCHIVE', flags: [
		{name: 'compress', type: 'string', value: 'KIND', help: 'zstd, gzip or none (default: zstd)'},
		{name: 'config', type: 'string', value: 'FILE', help: 'config.json of the container; needed unless DIRECTORY is of an import, as is --id'},
		{name: 'id', type: 'string', value: 'ID', help: '64 hexadecimal digits'},
		{name: 'image', type: 'string', value: 'NAME', help: 'the image that podman makes the root filesystem from'},
		{name: 'image-id', type: 'string', value: 'ID', help: 'its id'},
		{name: 'name', type: 'string', value: 'NAME', help: 'what podman is to call the container'},
		{name: 'runtime', type: 'string', value: 'PATH', help: 'the runtime that podman restores with (default: ctnative)'},
		{name: 'shm', type: 'string', value: 'DIR', help: 'pack this directory as its /dev/shm'},
		volume,
	]},
	'checkpoint import': {usage: 'ARCHIVE DIRECTORY', flags: [
		{name: 'max-bytes', type: 'string', value: 'N', help: 'how much it may hold, unpacked (default: 64 GiB)'},
		{name: 'previous', type: 'string', value: 'FILE', help: 'the archive that it builds upon (podman: --pre-checkpoint, --with-previous)'},
		{name: 'shm', type: 'string', value: 'DIR', help: 'unpack its /dev/shm there'},
		{...volume, help: 'unpack that volume there; more than once'},
	]},
	'checkpoint memparse': {usage: 'DIRECTORY|ARCHIVE', flags: [
		{name: 'context', short: 'c', type: 'string', value: 'N', help: 'bytes before and behind each match'},
		{...format, help: 'of the table: tree or json (default: tree)'},
		{name: 'output', short: 'o', type: 'string', value: 'FILE', help: 'write there'},
		{...pid, help: 'the process'},
		{name: 'search', short: 's', type: 'string', value: 'TEXT', help: 'look for a text'},
		{name: 'search-regex', short: 'r', type: 'string', value: 'RE', help: 'look for a regular expression, over bytes'},
	]},
	'checkpoint verify': {usage: checkpoints, flags: []},
} as const satisfies Readonly<Record<string, Line>>;

export type ExtraName = keyof typeof extraLines;

type FlagsOf<Name extends ExtraName> = (typeof extraLines)[Name]['flags'][number];
type ValueOf<Given> = Given extends {readonly type: 'list'} ? string[] : Given extends {readonly type: 'string'} ? string : boolean;

/** What was given of the flags of a command. */
export type ExtraValues<Name extends ExtraName> = {readonly [Given in FlagsOf<Name> as Given['name']]?: ValueOf<Given>} & {readonly help?: boolean};

/** The lines of a command that is not there are none. */
export const lineOf = (name: string): Line => (extraLines as Readonly<Record<string, Line>>)[name] ?? {usage: '', flags: []};

/** @throws TypeError with a `code` `ERR_PARSE_ARGS_*` */
export const parseExtra = <Name extends ExtraName>(name: Name, words: readonly string[]): {values: ExtraValues<Name>; positionals: string[]} => {
	const options = Object.fromEntries(lineOf(name).flags.map(({name: flag, short, type}) =>
		[flag, {type: type === undefined ? 'boolean' : 'string', multiple: type === 'list', ...(short !== undefined && {short})}]));
	const {values, positionals} = parseArgs({args: [...words], allowPositionals: true, options: {help: {type: 'boolean', short: 'h'}, ...options} as NonNullable<ParseArgsConfig['options']>});
	return {values: values as ExtraValues<Name>, positionals};
};

/** @param texts Paragraphs: what it does, and what else there is to say. */
export const extraHelp = (name: ExtraName, ...texts: readonly string[]): string => {
	const {usage, flags} = lineOf(name);
	const words = ['Usage: ctnative', name, ...(flags.length > 0 ? ['[OPTION...]'] : []), ...(usage === '' ? [] : [usage])];
	const [first, ...rest] = texts;
	return [words.join(' '), first, ...(flags.length > 0 ? [['Options:', ...flagLines(flags)].join('\n')] : []), ...rest].join('\n\n');
};
