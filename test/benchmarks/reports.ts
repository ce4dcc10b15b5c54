// Reports as a run of the benchmarks writes them, with figures of one's own.
import {summarizeAll, type Result} from '../../benchmarks/harness.js';
import type {Report} from '../../benchmarks/report.js';

/** A result of which every contender has one value. */
export const resultOf = (id: string, values: Readonly<Record<string, number>>, batch = 1): Result =>
	summarizeAll({id, title: `title of ${id}`}, new Map(Object.entries(values).map(([name, total]) => [name, [{total}]])), batch)[0]!;

export const reportOf = (...results: Result[]): Report =>
	({date: '2026-01-02T03:04:05.000Z', quick: false, machine: {kernel: '6.1', load: '0.00'}, versions: {node: '20', 'crun 1.28': 'of a newer Debian'}, results});
