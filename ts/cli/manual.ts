// The manual page, made of the tables that the parser reads.
import {lineOf} from './extra-lines.js';
import type {Flag} from './flags.js';
import {globalFlags, verbs} from './table.js';

/** Text for roff: no line begins with a control character, and a hyphen is one that can be searched for. */
const roff = (text: string): string => text.replaceAll('\\', '\\e').replaceAll('-', '\\-').replaceAll(/^([.'])/gm, '\\&$1');

const flagLines = (flags: readonly Flag[]): string[] => flags.filter(({isHidden}) => !isHidden).flatMap(({name, short, value, help}) => [
	'.TP',
	`\\fB\\-\\-${roff(name)}\\fR${value === undefined ? '' : ` \\fI${roff(value)}\\fR`}${short === undefined ? '' : `, \\fB\\-${short}\\fR`}`,
	roff(help),
]);

/**
 * man/ctnative.8.
 *
 * @param others Commands that are not of runc, with what they do.
 */
export const manualPage = (others: ReadonlyArray<readonly [name: string, summary: string]>): string => [
	'.\\" Made of the tables of ts/cli/table.ts: CTN_UPDATE_MANUAL=1 npx ava dist/test/cli/manual.test.js',
	'.TH CTNATIVE 8 "" ctnative "System administration"',
	'.SH NAME',
	'ctnative \\- create, run, checkpoint and restore Linux containers',
	'.SH SYNOPSIS',
	'.B ctnative',
	'[\\fIOPTION\\fR...] \\fICOMMAND\\fR [\\fIOPTION\\fR...] [\\fIARGUMENT\\fR...]',
	'.SH DESCRIPTION',
	'An OCI runtime with the command line of',
	'.BR runc (8),',
	'for people and for engines such as podman, Docker and containerd.',
	'Options may be written \\fB\\-x\\fR, \\fB\\-\\-x\\fR, \\fB\\-\\-x=\\fIVALUE\\fR and \\fB\\-\\-x \\fIVALUE\\fR.',
	'.SH OPTIONS',
	...flagLines([...globalFlags, {name: 'version', short: 'v', help: 'show the version'}]),
	'.SH COMMANDS',
	...[...verbs].flatMap(([name, {usage, summary, flags}]) => [
		'.SS',
		`${roff(name)} ${roff(usage)}`.trimEnd(),
		`${roff(summary[0]!.toUpperCase() + summary.slice(1))}.`,
		...flagLines(flags.filter(flag => flag.name !== 'help')),
	]),
	...others.flatMap(([name, summary]) => [
		'.SS',
		`${roff(name)} ${roff(lineOf(name).usage)}`.trimEnd(),
		`${roff(summary[0]!.toUpperCase() + summary.slice(1))}.`,
		...flagLines(lineOf(name).flags),
	]),
	'.SH EXIT STATUS',
	'0 if it succeeded. 1 for a failure, 255 for one of \\fBexec\\fR, 3 for a command that does not exist.',
	'\\fBrun\\fR, \\fBrestore\\fR and \\fBexec\\fR in the foreground: that of the program, or 128 and the number of the signal that ended it.',
	'.SH FILES',
	'.TP',
	'/run/ctnative',
	'State of the containers, unless \\fB\\-\\-root\\fR says otherwise.',
	'.TP',
	'/opt/ctnative/criu',
	'The CRIU that is looked at before that of PATH.',
	'.SH SEE ALSO',
	'.BR runc (8),',
	'.BR criu (8),',
	'.BR podman (1),',
	'.BR dockerd (8)',
	'',
].join('\n');
