// Results for people and for programs, with the machine and the versions they belong to.
import {readFileSync, writeFileSync} from 'node:fs';
import {cpus, loadavg, release, totalmem} from 'node:os';
import {projectPath} from '../test/support/paths.js';
import type {Result} from './harness.js';
import type {BenchmarkOptions} from './options.js';
import {findCriu, versionOf, versionsOfPeers} from './peers.js';

export interface Report {
	readonly date: string;
	/** Too few trials to be quoted. */
	readonly quick: boolean;
	readonly machine: Readonly<Record<string, string>>;
	readonly versions: Readonly<Record<string, string>>;
	readonly results: readonly Result[];
}

const cgroupLayout = (): string => {
	const mounts = readFileSync('/proc/self/mounts', 'utf8').split('\n').map(line => line.split(' ')[2]);
	return mounts.includes('cgroup') ? mounts.includes('cgroup2') ? 'hybrid' : 'v1' : 'v2';
};

const osName = (): string => /^PRETTY_NAME="?([^"\n]*)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? 'unknown';

const makeReport = (results: readonly Result[], quick: boolean): Report => ({
	date: new Date().toISOString(),
	quick,
	machine: {
		kernel: release(),
		os: osName(),
		cpu: `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown'}`,
		memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
		cgroups: cgroupLayout(),
		load: loadavg().map(load => load.toFixed(2)).join(' '),
	},
	versions: {
		ctnative: (JSON.parse(readFileSync(projectPath('package.json'), 'utf8')) as {version: string}).version,
		node: process.versions.node,
		...versionsOfPeers(),
		criu: versionOf(findCriu() ?? 'criu'),
	},
	results,
});

export const number = (value: number): string => value.toFixed(value < 100 ? 2 : 0);

/** Columns as wide as their widest cell; the first to the left, numbers to the right. */
export const table = (rows: readonly (readonly string[])[]): string => {
	const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map(row => [...row[column] ?? ''].length)));
	return rows.map(row => row.map((cell, column) => column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)).join('  ').trimEnd()).join('\n');
};

/** A result as rows, the first of which names the columns. */
export const rowsOf = ({unit, batch, figures}: Result): string[][] => {
	const perSecond = batch > 1;
	const header = ['', `median ${unit}`, 'p10', 'p99', ...perSecond ? ['per second'] : [], 'ours / this'];
	const rows = figures.map(({name, median, p10, p99, ratio}) =>
		[name, number(median), number(p10), number(p99), ...perSecond ? [number(batch * 1000 / median)] : [], Number.isFinite(ratio) ? ratio.toFixed(2) : '-']);
	return [header, ...rows];
};

const describe = (result: Result): string => `${result.title} (${result.figures[0]?.trials ?? 0} trials each)\n${table(rowsOf(result))}`;

export const facts = (values: Readonly<Record<string, string>>): string => Object.entries(values).map(([name, value]) => `${name} ${value}`).join(', ');

const printReport = ({machine, versions, results}: Report): void => {
	for (const result of results) {
		console.log(`\n${describe(result)}`);
	}

	console.log(`\n${facts(machine)}\n${facts(versions)}`);
};

/** Ends a benchmark: a table on the terminal, and JSON where it was asked for. */
export const finish = (results: readonly Result[], {quick, json}: BenchmarkOptions): void => {
	const report = makeReport(results, quick);
	printReport(report);
	if (json !== undefined) {
		writeFileSync(json, `${JSON.stringify(report, undefined, '\t')}\n`);
	}
};
