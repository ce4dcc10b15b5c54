// A command line of the runc-compatible verbs, from words to an exit code. The same in every host.
import {CtnError} from '../errors.js';
import {defaultRoot, dependsOnUidMap} from '../container/default-root.js';
import {RuntimeCore} from '../container/runtime.js';
import {textOf} from '../native/results.js';
import {cleanPath, resolvePath} from '../oci/paths.js';
import {asExtra, type ExtraCommand, type ExtraLine} from './extra.js';
import {parseFlags, UsageError, type Flag, type Parsed} from './flags.js';
import {verbHelp, versionText, generalHelp} from './help.js';
import type {Host} from './host.js';
import {report} from './log.js';
import {globalFlags, verbs} from './table.js';
import {Flags, type Verb} from './verb.js';
import {describeFailure} from './words.js';

const versionFlag: Flag = {name: 'version', short: 'v', help: 'show the version'};

interface Line {
	readonly name: string | undefined;
	readonly global: Flags;
	readonly words: readonly string[];
}

/** Up to the verb; what follows is its own. */
const parseGlobal = (words: readonly string[]): Line => {
	const {flags, args} = parseFlags(words, {flags: [...globalFlags, versionFlag], stopAt: 1});
	const [name, ...rest] = args;
	return {name, global: new Flags(flags), words: rest};
};

/** Flags of the whole may stand behind the verb, too, where no flag of the verb has the name. */
const parseVerb = (words: readonly string[], verb: Verb): Parsed => {
	const own = new Set(verb.flags.map(({name}) => name));
	return parseFlags(words, {
		flags: [...verb.flags, ...globalFlags.filter(({name}) => !own.has(name))],
		...(verb.stopAt !== undefined && {stopAt: verb.stopAt}),
	});
};

const checkArguments = (name: string, {args: [least, most]}: Verb, given: readonly string[]): void => {
	if (given.length < least || given.length > most) {
		const many = least === most ? `exactly ${least}` : given.length < least ? `a minimum of ${least}` : `a maximum of ${most}`;
		throw new UsageError(`"${name}" requires ${many} argument(s)`);
	}

	if (least > 0 && given[0] === '') {
		throw new CtnError('ERR_ARGUMENT', 'container id cannot be empty', {subject: 'id'});
	}
};

/** Where engines that name no --root find their containers again. */
const defaultRootOf = async ({uid, env, native}: Host): Promise<string> => {
	const [uidMap] = dependsOnUidMap(env, uid) ? await native.batch([{op: 'read', path: '/proc/self/uid_map', max: 1 << 16}]) : [];
	return defaultRoot(env, uid, textOf(uidMap));
};

const checkGlobal = (global: Flags): void => {
	const format = global.text('log-format') ?? 'text';
	if (format !== 'text' && format !== 'json') {
		throw new CtnError('ERR_ARGUMENT', `invalid log-format: ${format}`, {subject: 'log-format'});
	}

	const rootless = global.text('rootless');
	if (rootless !== undefined && !/^(?:auto|1|t|true|0|f|false)$/i.test(rootless)) {
		throw new CtnError('ERR_ARGUMENT', `invalid value for --rootless: strconv.ParseBool: parsing "${rootless}": invalid syntax`, {subject: 'rootless'});
	}
};

const runVerb = async (host: Host, name: string, verb: Verb, line: Line): Promise<number> => {
	const {flags: parsed, args} = parseVerb(line.words, verb);
	const flags = new Flags(parsed);
	const {global} = line;
	const path = (text: string): string => text.startsWith('/') ? cleanPath(text) : resolvePath(host.cwd, text); // It is looked up each time
	const say = (text: string): void => host.print(1, text);
	if (flags.is('help')) {
		say(verbHelp(name, verb));
		return 0;
	}

	checkGlobal(global);
	checkArguments(name, verb, args);
	const isSystemd = verb.joinsCgroup ? host.systemd !== undefined : global.is('systemd-cgroup') && verb.makesCgroups === true;
	if (verb.needsNode || (isSystemd && verb.makesCgroups)) {
		host.handOver?.();
	}

	const {run} = await verb.load();
	const criuPath = global.text('criu');
	const runtime = new RuntimeCore(host.native, {
		root: path(global.text('root') ?? flags.text('root') ?? await defaultRootOf(host)),
		cgroupDriver: isSystemd ? 'systemd' : 'cgroupfs',
		onWarning(warning) {
			if (global.is('debug')) { // Clients take every line of the log for the failure
				void report(host, global, warning, 'warning');
			}
		},
		...(criuPath !== undefined && {criuPath: path(criuPath)}),
	}, (host.env['PATH'] ?? '').split(':').filter(Boolean), {
		...(host.systemd && {systemd: host.systemd}),
		filterVersion: host.filterVersion,
	});
	return run({host, native: host.native, runtime, flags, global, args, path, say});
};

/** Cures name options as the library does: where the verb has the flag, it is that. */
const withFlags = (text: string, {flags}: Verb): string => text.replace(/\bset ([a-z]+(?:[A-Z][a-z]+)+)/g, (given, option: string) => {
	const flag = option.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`);
	return flags.some(({name}) => name === flag) ? `set --${flag}` : given;
});

/** In runc's words, if it is an error that we made. */
const wordsOf = (error: unknown, name: string, id: string, verb: Verb): string => {
	if (error instanceof CtnError) {
		return withFlags(describeFailure(error, name, id), verb);
	}

	return error instanceof Error ? error.message : String(error);
};

const run = async (host: Host, line: Line): Promise<number> => {
	const {name, global} = line;
	const verb = name === undefined ? undefined : verbs.get(name);
	if (name === undefined || !verb) {
		host.print(2, `No help topic for '${name ?? ''}'\n`);
		return 3;
	}

	try {
		return await runVerb(host, name, verb, line);
	} catch (error) {
		if (error instanceof UsageError) {
			host.print(1, `Incorrect Usage.\n\n${verbHelp(name, verb)}\n`);
		}

		await report(host, global, wordsOf(error, name, line.words.findLast(word => !word.startsWith('-')) ?? '', verb));
		return error instanceof UsageError ? 1 : verb.failure ?? 1;
	}
};

/**
 * Runs a command line.
 *
 * @param others Commands that the caller has besides, for the help.
 * @returns The exit code; or the command, if it is none of runc's, and so the caller's.
 */
export const runRuntimeLine = async (host: Host, others: readonly ExtraCommand[]): Promise<number | ExtraLine> => {
	let line: Line;
	try {
		line = parseGlobal(host.args);
	} catch (error) {
		host.print(1, `Incorrect Usage: ${(error as Error).message}\n\n${generalHelp(others)}\n`);
		await report(host, new Flags(new Map()), (error as Error).message);
		return 1;
	}

	if (line.global.is('version')) {
		host.print(1, versionText(host.version));
		return 0;
	}

	if (line.name === undefined || (line.name === 'help' && line.words.length === 0)) {
		host.print(1, generalHelp(others));
		return 0;
	}

	return asExtra([line.name, ...line.words], others) ?? run(host, line);
};
