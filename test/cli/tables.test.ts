// Verbs that print data: JSON for programs, a table on a terminal, and either where it is asked for. In both hosts.
import {execFileSync} from 'node:child_process';
import ava from 'ava';
import type {Stats} from '../../ts/index.js';
import {StatsTable} from '../../ts/cli/stats-table.js';
import {inNative, inNode, nativeCommand, nativeTest, nodeCommand, type Outcome} from '../command/hosts.js';
import {Place} from '../command/place.js';

const usage = {limit: 64 << 20, usage: 3 << 20, max: 0, failcnt: 0};
const stats = (cpuNs: number): Stats => ({
	cpu: {usage: {total: cpuNs}},
	memory: {usage},
	pids: {current: 3, limit: 50},
	blkio: {ioServiceBytesRecursive: [{major: 8, minor: 0, op: 'Read', value: 1024}, {major: 9, minor: 0, op: 'read', value: 1024}, {major: 8, minor: 0, op: 'Write', value: 5}]},
	network_interfaces: [{Name: 'lo', RxBytes: 9, TxBytes: 9}, {Name: 'eth0', RxBytes: 1, TxBytes: 2}],
} as unknown as Stats);

ava('figures are lines of one table, with the share of the CPU since the line before', t => {
	const table = new StatsTable();
	t.is(table.add(stats(1_500_000_000), 1000),
		'CPU TIME    CPU         MEMORY      LIMIT       PIDS        READ        WRITTEN     RECEIVED    SENT\n'
		+ '1.500 s     -           3.0 MiB     64.0 MiB    3 of 50     2.0 KiB     5 B         1 B         2 B\n');
	t.is(table.add(stats(2_000_000_000), 2000),
		'2.000 s     50.0 %      3.0 MiB     64.0 MiB    3 of 50     2.0 KiB     5 B         1 B         2 B\n');
});

const onTerminal = (words: readonly string[]): string =>
	execFileSync('script', ['-qec', words.map(word => `'${word}'`).join(' '), '/dev/null'], {encoding: 'utf8', input: ''}).replaceAll('\r\n', '\n');

/** With how many of the verbs: Node takes its time to start. */
const hosts: ReadonlyArray<readonly [string, readonly string[], (args: readonly string[]) => Promise<Outcome>, number]> =
	[['Node', nodeCommand, inNode, 1], ['the native command', [nativeCommand], inNative, 3]];

for (const [name, command, run, many] of hosts) {
	nativeTest(`what verbs tell is a table on a terminal, and JSON elsewhere: ${name}`, async t => {
		const place = new Place(t, {args: ['sleep', '1000']});
		t.is((await run(place.line('create'))).code, 0);
		t.is((await run(place.line('start'))).code, 0);
		const {state: root, id} = place;
		const tables: ReadonlyArray<readonly [RegExp, ...string[]]> = [
			[new RegExp(`^ID +PID +STATUS +BUNDLE +CREATED\n${id} +\\d+ +running +/.*\n$`), 'state', id],
			[/^CPU TIME +CPU +MEMORY.*\n\d+\.\d{3} s +- +\S+ [KM]?i?B .*\n$/, 'events', '--stats', id],
			[/^FEATURE +VALUE\nociVersionMin +1\.0\.0\n(?:.*\n)+linux\.cgroup\.v2 +true\n/, 'features'],
		];
		for (const [table, ...words] of tables.slice(0, many)) {
			const line = ['--root', root, ...words];
			const {out} = await run(line);
			t.is(typeof JSON.parse(out), 'object', words[0]);
			t.regex(onTerminal([...command, ...line]), table);
			t.regex((await run([...line.slice(0, 2), words[0]!, '--format', 'table', ...words.slice(1)])).out, table);
			t.is(typeof JSON.parse(onTerminal([...command, ...line.slice(0, 2), words[0]!, '--format', 'json', ...words.slice(1)])), 'object');
			t.like(await run([...line.slice(0, 2), words[0]!, '--format', 'xml', ...words.slice(1)]), {code: 1, out: ''});
		}
	});
}
