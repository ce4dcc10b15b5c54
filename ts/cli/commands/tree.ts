// A tree of lines for a terminal, and text of a container that does no harm there.

export interface Branch {
	readonly text: string;
	readonly branches: readonly Branch[];
}

/** Characters that a terminal obeys, and those that turn the direction of the text around them. */
const obeyed = /[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** Escape sequences in a name would be obeyed by the terminal: what is no visible character is written as \xNN. */
export const printable = (text: string): string => text.replace(obeyed, character => `\\x${character.codePointAt(0)!.toString(16).padStart(2, '0')}`);

export const branch = (text: string, ...branches: ReadonlyArray<Branch | undefined>): Branch =>
	({text: printable(text), branches: branches.filter(below => below !== undefined)});

/** The lines below a branch, each level further to the right. */
export const treeLines = ({text, branches}: Branch): string[] => [text, ...branches.flatMap((below, index) => {
	const isLast = index === branches.length - 1;
	const [first, ...rest] = treeLines(below);
	return [`${isLast ? '└── ' : '├── '}${first!}`, ...rest.map(line => `${isLast ? '    ' : '│   '}${line}`)];
})];

/** JSON of what has bigints: those become numbers where that loses nothing, and strings otherwise. */
export const jsonText = (value: unknown): string => JSON.stringify(value, (_, part: unknown) =>
	typeof part === 'bigint' ? (part <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(part) : part.toString()) : part, '\t');
