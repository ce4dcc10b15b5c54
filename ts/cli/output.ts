// Text for a terminal: columns that stay columns, however long a cell is.

/** Breaks a text at spaces, and what is longer than the width where it must. */
export const wrap = (text: string, width: number): string[] => {
	const lines: string[] = [];
	let line = '';
	for (let word of text.split(/\s+/).filter(Boolean)) {
		if (line !== '' && line.length + 1 + word.length > width) {
			lines.push(line);
			line = '';
		}

		for (; word.length > width; word = word.slice(width)) {
			lines.push(word.slice(0, width));
		}

		line = line === '' ? word : `${line} ${word}`;
	}

	return line === '' && lines.length > 0 ? lines : [...lines, line];
};

/** Columns are as wide as their widest cell but for the last, which gets the rest and is wrapped; never below this. */
const leastLastColumn = 30;

/** Where nobody reads along there is no width to keep to. */
export const widthWithoutTerminal = 100;

const gap = '  ';

/**
 * The lines of a table.
 *
 * @param rows All of one length.
 * @param width Of the terminal, in characters.
 */
export const formatTable = (rows: ReadonlyArray<readonly string[]>, width: number): string[] => {
	const last = (rows[0]?.length ?? 1) - 1;
	const widths = Array.from({length: last}, (_, column) => Math.max(...rows.map(row => row[column]!.length)));
	const used = widths.reduce((sum, columnWidth) => sum + columnWidth + gap.length, 0);
	const room = Math.max(leastLastColumn, width - used);
	return rows.flatMap(row => wrap(row[last]!, room).map((line, index) =>
		[...widths.map((columnWidth, column) => (index === 0 ? row[column]! : '').padEnd(columnWidth)), line].join(gap).trimEnd()));
};
