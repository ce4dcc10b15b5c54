/**
 * The flags of the command line as data, and the parser over it.
 *
 * node:util has a parser, but the native command has no Node, and none knows the grammar that engines
 * use: that of Go's flags, where `-flag`, `--flag`, `--flag=value` and `--flag value` are one.
 */

export interface Flag {
	readonly name: string;
	/** One letter. */
	readonly short?: string;
	/** `list` may be given more than once. Default: `boolean`. */
	readonly type?: 'boolean' | 'string' | 'number' | 'list';
	/** What the value is called in the help. */
	readonly value?: string;
	readonly help: string;
	/** Taken for the sake of those who give it, and not shown. */
	readonly isHidden?: boolean;
}

export type FlagValue = boolean | string | number | readonly string[];

export interface Parsed {
	readonly flags: ReadonlyMap<string, FlagValue>;
	readonly args: readonly string[];
}

/** The command line itself is wrong. */
export class UsageError extends Error {}

const booleans: Readonly<Record<string, boolean>> = {true: true, t: true, 1: true, false: false, f: false, 0: false};

const valueOf = ({name, type = 'boolean'}: Flag, text: string, before: FlagValue | undefined): FlagValue => {
	switch (type) {
		case 'boolean': {
			const value = booleans[text.toLowerCase()];
			if (value === undefined) {
				throw new UsageError(`invalid boolean value "${text}" for -${name}: parse error`);
			}

			return value;
		}

		case 'number': {
			if (!/^[+-]?\d+$/.test(text)) {
				throw new UsageError(`invalid value "${text}" for flag -${name}: parse error`);
			}

			return Number(text);
		}

		case 'list': {
			return [...(before as readonly string[] | undefined) ?? [], text];
		}

		case 'string': {
			return text;
		}
	}
};

/** `--name=value` in its parts; undefined for what is no flag. `-` alone is an argument: standard input. */
const split = (word: string): {name: string; value: string | undefined} | undefined => {
	const match = word.startsWith('-') && /^--?([^=-][^=]*)(?:=([\s\S]*))?$/.exec(word);
	return match ? {name: match[1]!, value: match[2]} : undefined;
};

export interface Grammar {
	readonly flags: readonly Flag[];
	/** Words from this argument on belong to another program; so 1 is what follows the first. Default: none. */
	readonly stopAt?: number;
}

/**
 * @throws UsageError
 */
export const parseFlags = (words: readonly string[], {flags, stopAt = Infinity}: Grammar): Parsed => {
	const values = new Map<string, FlagValue>();
	const args: string[] = [];
	for (let index = 0; index < words.length; index++) {
		const word = words[index]!;
		const isOther = args.length >= stopAt;
		const given = word === '--' || isOther ? undefined : split(word);
		if (given === undefined) {
			if (word === '--' && !isOther) {
				return {flags: values, args: [...args, ...words.slice(index + 1)]};
			}

			args.push(word);
			continue;
		}

		const flag = flags.find(({name, short}) => given.name === name || given.name === short);
		if (!flag) {
			throw new UsageError(`flag provided but not defined: -${given.name}`);
		}

		let text = given.value ?? (flag.type === undefined || flag.type === 'boolean' ? 'true' : undefined);
		if (text === undefined) {
			text = words[++index];
			if (text === undefined) {
				throw new UsageError(`flag needs an argument: -${given.name}`);
			}
		}

		values.set(flag.name, valueOf(flag, text, values.get(flag.name)));
	}

	return {flags: values, args};
};
