// A table as runc prints one: columns of at least 12 characters, 3 of them free; the last as it is.
const leastWidth = 12;
const padding = 3;

/** @param rows All of one length. */
export const tabTable = (rows: ReadonlyArray<readonly string[]>): string => {
	const last = rows[0]!.length - 1;
	const widths = rows[0]!.map((_, column) => Math.max(leastWidth, ...rows.map(row => row[column]!.length + padding)));
	return rows.map(row => `${row.map((cell, column) => column === last ? cell : cell.padEnd(widths[column]!)).join('')}\n`).join('');
};
