// Shell completion, made of the tables that the parser reads.
import {lineOf} from './extra-lines.js';
import type {Flag} from './flags.js';
import {globalFlags, verbs} from './table.js';

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = typeof shells[number];

type Others = ReadonlyArray<readonly [name: string, summary: string]>;

const takesValue = ({type}: Flag): boolean => type !== undefined && type !== 'boolean';
const shown = (flags: readonly Flag[]): Flag[] => flags.filter(({isHidden}) => !isHidden);
const wordsOf = (flags: readonly Flag[]): string => shown(flags).flatMap(({name, short}) => [`--${name}`, ...(short === undefined ? [] : [`-${short}`])]).join(' ');
const takesId = (args: readonly [number, number]): boolean => args[0] > 0;
/** Of one word. */
const summaries = (others: Others): Others => [...[...verbs].map(([name, {summary}]) => [name, summary] as const), ...others.filter(([name]) => !name.includes(' '))];

/** The second word of commands of ours that begin with a verb of runc's. */
const below = (verb: string, others: Others): Others => others.filter(([name]) => name.startsWith(`${verb} `)).map(([name, summary]) => [name.slice(verb.length + 1), summary]);

const allFlags = (others: Others): readonly Flag[] => [...globalFlags, ...[...verbs.values()].flatMap(({flags}) => flags), ...others.flatMap(([name]) => lineOf(name).flags)];

/** Flags whose value is a file or a directory. */
const isPath = ({value = ''}: Flag): boolean => /^(?:DIR|FILE|PATH)$/.test(value);

const bash = (others: Others): string => `# bash completion of ctnative
_ctnative() {
	local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} verb= root= index
	for ((index = 1; index < COMP_CWORD; index++)); do
		case \${COMP_WORDS[index]} in
			--root) root=\${COMP_WORDS[++index]} ;;
			${shown(globalFlags).filter(flag => takesValue(flag) && flag.name !== 'root').map(({name}) => `--${name}`).join('|')}) ((index++)) ;;
			-*) ;;
			*) verb=\${COMP_WORDS[index]}; break ;;
		esac
	done
	if ((index + 1 < COMP_CWORD)); then
		case "$verb \${COMP_WORDS[index+1]}" in
			${others.filter(([name]) => name.includes(' ')).map(([name]) => `'${name}'`).join('|')}) verb="$verb \${COMP_WORDS[index+1]}" ;;
		esac
	fi
	case $before in
		${[...new Set(allFlags(others).filter(isPath).map(({name}) => `--${name}`))].join('|')}) COMPREPLY=($(compgen -f -- "$word")); return ;;
	esac
	case $verb in
		'') COMPREPLY=($(compgen -W '${summaries(others).map(([name]) => name).join(' ')} ${wordsOf(globalFlags)}' -- "$word")) ;;
${[...verbs].map(([name, {flags, args}]) => `		${name}) COMPREPLY=($(compgen -W "${[wordsOf(flags), ...below(name, others).map(([second]) => second)].join(' ')}${takesId(args) ? ' $(ctnative ${root:+--root "$root"} list --quiet 2>/dev/null)' : ''}" -- "$word")) ;;`).join('\n')}
${others.map(([name]) => `		'${name}') COMPREPLY=($(compgen -W '${[wordsOf(lineOf(name).flags), ...(name === 'completion' ? shells : [])].join(' ')}' -- "$word")) ;;`).join('\n')}
	esac
}
complete -o default -F _ctnative ctnative
`;

/** Within single quotes. */
const quoted = (text: string): string => text.replaceAll('\'', '\'\\\'\'');
const zshText = (text: string): string => quoted(text).replaceAll(/[[\]:]/g, character => `\\${character}`);

const zshFlags = (flags: readonly Flag[]): string[] => shown(flags).map(flag => {
	const {name, value = '', help} = flag;
	return `'--${name}${takesValue(flag) ? '=' : ''}[${zshText(help)}]${takesValue(flag) ? `:${zshText(value)}:${isPath(flag) ? '_files' : ''}` : ''}'`;
});

const zsh = (others: Others): string => `#compdef ctnative
# zsh completion of ctnative
_ctnative() {
	local state
	_arguments -C ${zshFlags(globalFlags).join(' ')} '1:command:->command' '*::argument:->argument'
	case $state in
		command) local -a commands=(${summaries(others).map(([name, summary]) => `'${name}:${quoted(summary)}'`).join(' ')}); _describe command commands ;;
		argument)
			(( CURRENT > 2 )) && case "$words[1] $words[2]" in
${others.filter(([name]) => name.includes(' ')).map(([name]) => `				'${name}') words[1,2]=("$words[1] $words[2]"); (( CURRENT-- )) ;;`).join('\n')}
			esac
			case $words[1] in
${[...verbs].map(([name, {flags, args}]) => `			${name}) _arguments ${[...zshFlags(flags), ...(takesId(args) ? [`'1:container:(${[...below(name, others).map(([second]) => second), '$(ctnative list --quiet 2>/dev/null)'].join(' ')})'`] : [])].join(' ')} ;;`).join('\n')}
${others.map(([name]) => `			'${name}') _arguments ${[...zshFlags(lineOf(name).flags), name === 'completion' ? `'1:shell:(${shells.join(' ')})'` : '\'*:file:_files\''].join(' ')} ;;`).join('\n')}
		esac ;;
	esac
}
compdef _ctnative ctnative
`;

const fishFlags = (condition: string, flags: readonly Flag[]): string[] => shown(flags).map(flag => {
	const {name, short, help} = flag;
	return `complete -c ctnative -n '${condition}' -l ${name}${short === undefined ? '' : ` -s ${short}`}${takesValue(flag) ? ` -r${isPath(flag) ? 'F' : 'f'}` : ' -f'} -d '${quoted(help)}'`;
});

const fish = (others: Others): string => [
	'# fish completion of ctnative',
	...summaries(others).map(([name, summary]) => `complete -c ctnative -n __fish_use_subcommand -f -a ${name} -d '${quoted(summary)}'`),
	...fishFlags('__fish_use_subcommand', globalFlags),
	...[...verbs].flatMap(([name, {flags, args}]) => [
		...fishFlags(`__fish_seen_subcommand_from ${name}`, flags),
		...(takesId(args) ? [`complete -c ctnative -n '__fish_seen_subcommand_from ${name}' -f -a '(ctnative list --quiet 2>/dev/null)'`] : []),
		...below(name, others).map(([second, summary]) => `complete -c ctnative -n '__fish_seen_subcommand_from ${name}' -f -a ${second} -d '${quoted(summary)}'`),
	]),
	...others.flatMap(([name]) => fishFlags(name.split(' ').map(word => `__fish_seen_subcommand_from ${word}`).join('; and '), lineOf(name).flags)),
	`complete -c ctnative -n '__fish_seen_subcommand_from completion' -f -a '${shells.join(' ')}'`,
	'',
].join('\n');

const scripts: Readonly<Record<Shell, (others: Others) => string>> = {bash, zsh, fish};

/** A script for the shell to read. */
export const completionScript = (shell: Shell, others: Others): string => scripts[shell](others);
