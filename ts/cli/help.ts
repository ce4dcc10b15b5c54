// Help and version, made of the same tables that the parser reads.
import {ociVersion} from '../oci/state.js';
import type {Flag} from './flags.js';
import type {ExtraCommand} from './extra.js';
import {globalFlags, verbs} from './table.js';
import type {Verb} from './verb.js';

/** One line for each that is shown. */
export const flagLines = (flags: readonly Flag[]): string[] => {
	const shown = flags.filter(flag => !flag.isHidden).map(({name, short, value, help}) =>
		[`  --${name}${value === undefined ? '' : ` ${value}`}${short === undefined ? '' : `, -${short}`}`, help] as const);
	const width = Math.max(...shown.map(([left]) => left.length)) + 2;
	return shown.map(([left, help]) => `${left.padEnd(width)}${help}`);
};

/** @param others Commands that are not of runc, with what they do. */
export const generalHelp = (others: readonly ExtraCommand[]): string => [
	'Usage: ctnative [OPTION...] COMMAND [OPTION...] [ARGUMENT...]',
	'',
	'Linux containers: create, run, checkpoint and restore them.',
	'',
	'Commands:',
	...[...[...verbs].map(([name, {summary}]) => [name, summary] as const), ...others].map(([name, summary]) => `  ${name.padEnd(20)} ${summary}`),
	'',
	'Options:',
	...flagLines([...globalFlags, {name: 'version', short: 'v', help: 'show the version'}]),
	'',
].join('\n');

export const verbHelp = (name: string, {usage, summary, flags}: Verb): string => [
	`Usage: ctnative ${name} [OPTION...]${usage === '' ? '' : ` ${usage}`}`,
	'',
	`${summary[0]!.toUpperCase()}${summary.slice(1)}.`,
	'',
	'Options:',
	...flagLines(flags),
	'',
].join('\n');

/** The lines that engines read: the name with the version, and the specification. */
export const versionText = (version: string): string => `ctnative version ${version}\nspec: ${ociVersion}\n`;
