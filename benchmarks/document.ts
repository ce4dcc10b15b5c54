// The results in benchmarks/README.md: everything below its heading "Results" is made here.
import {goalRows, type Reports} from './goals.js';
import {questions} from './questions.js';
import {facts, rowsOf} from './report.js';

const heading = '## Results\n';

const markdown = ([header, ...rows]: readonly (readonly string[])[]): string => {
	const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
	return [line(header!), `|---|${'--:|'.repeat(header!.length - 1)}`, ...rows.map(line)].join('\n');
};

const section = (number: number, name: string, question: string, reports: Reports): string => {
	const report = reports[name];
	if (report === undefined) {
		return `### ${number}. ${question}\n\nNot measured yet.\n`;
	}

	const tables = report.results.map(result => `**${result.title}** (${result.figures[0]?.trials ?? 0} trials each)\n\n${markdown(rowsOf(result))}\n`);
	return `### ${number}. ${question}\n\n${report.date.slice(0, 10)}${report.quick ? ', a quick run: not for quoting' : ''}; ${facts(report.machine)}; ${facts(report.versions)}.\n\n${tables.join('\n')}`;
};

/** README.md with these results in place of the former ones. */
export const withResults = (readme: string, reports: Reports): string => {
	const start = readme.indexOf(heading);
	if (start < 0) {
		throw new Error('benchmarks/README.md has no heading "Results"');
	}

	return `${readme.slice(0, start)}${heading}
Written by \`npm run bench -- --write\`; as data in [results/results.json](results/results.json).

![How many times as long others take](results/chart.svg)

### Goals

${markdown(goalRows(reports))}

${questions.map(([name, question], index) => section(index + 1, name, question, reports)).join('\n')}`;
};
