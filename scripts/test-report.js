// Runs ava and words its TAP for people: each test as it ends, then what failed with its
// diagnostics, what was skipped (the title says why), and last, alone on a line, the counts.
// With --both-hosts the tests that QuickJS runs, too, come after it (test/quickjs/).
'use strict';
const {spawn} = require('node:child_process');
const {once} = require('node:events');
const path = require('node:path');
const readline = require('node:readline');

const options = process.argv.slice(2);
const lintFailed = options.includes('--lint=failed');
const chosen = options.filter(option => !option.startsWith('--lint=') && option !== '--both-hosts');
const runs = [
	{name: 'ava', words: [path.join(__dirname, '../node_modules/.bin/ava'), '--tap', ...chosen]},
	...options.includes('--both-hosts') ? [{name: 'the tests in QuickJS', words: [process.execPath, path.join(__dirname, '../dist/test/quickjs/run.js')]}] : [],
];

// ava's own time limit does not end a test that loops without ever letting go, nor one after t.timeout()
// was called; so whoever says nothing for long is killed here, with all that it started.
const mostSilentMs = 300_000;
let child;
const kill = signal => process.kill(-child.pid, signal);
['SIGINT', 'SIGTERM', 'SIGHUP'].forEach(signal => process.on(signal, () => {
	runs.length = 0;
	kill(signal);
}));

const totals = {pass: 0, fail: 0, skip: 0};
const failed = [];
const skipped = [];

/** Runs one that says TAP, to its end. */
const run = async ({name, words: [program, ...args]}) => {
	child = spawn(program, args, {stdio: ['ignore', 'pipe', 'inherit'], detached: true});
	const silence = setTimeout(() => {
		console.log(`\nNothing was heard for ${mostSilentMs / 1000} seconds: killed.`);
		kill('SIGKILL');
	}, mostSilentMs);
	const heard = {pass: 0, fail: 0, skip: 0};
	let counts; // What it says itself, at its end
	let current; // The lines of the failed test that is being read
	readline.createInterface({input: child.stdout}).on('line', line => {
		silence.refresh();
		const result = /^(not )?ok \d+ - (.*?)( # SKIP| # TODO)?$/.exec(line);
		const count = /^# (tests|pass|skip|fail) (\d+)$/.exec(line);
		if (result) {
			const [, not, title, directive] = result;
			current = undefined;
			heard[not ? 'fail' : directive ? 'skip' : 'pass']++;
			if (not) {
				current = [title];
				failed.push(current);
			} else if (directive) {
				skipped.push(title);
			}

			console.log(`${not ? '✘' : directive ? '-' : '✔'} ${title}`);
		} else if (count) {
			counts = {...counts, [count[1]]: Number(count[2])};
			current = undefined;
		} else if (current) {
			current.push(line);
			if (line === '  ...') {
				current = undefined; // The end of its diagnostics
			}
		} else if (line.startsWith('#')) {
			console.log(line);
		}
	});
	const [code, signal] = await once(child, 'close');
	clearTimeout(silence);
	if (code !== 0 && !counts?.fail) {
		console.log(`\n${name} ended with ${signal ?? `code ${code}`}; that counts as one failed test.`);
		counts = {...heard, fail: heard.fail + 1};
	} else if (!counts?.pass && !counts?.fail && !counts?.skip) {
		console.log(`\nNo test ran in ${name}.`);
		counts = {...heard, fail: heard.fail + 1};
	}

	Object.keys(totals).forEach(kind => {
		totals[kind] += counts[kind] ?? 0;
	});
};

const list = (heading, entries) => {
	if (entries.length > 0) {
		console.log(`\n${heading}:`);
		entries.forEach(entry => console.log(entry));
	}
};

(async () => {
	while (runs.length > 0) {
		await run(runs.shift());
	}

	list('Skipped', skipped.map(title => `  ${title}`));
	list('Failed', failed.map(([title, ...lines]) => [`  ${title}`, ...lines.map(line => `    ${line}`)].join('\n')));
	if (lintFailed) {
		console.log('\nLint failed, see above; it counts as one failed test.');
		totals.fail++;
	}

	console.log(`\n${totals.pass} passed, ${totals.fail} failed${totals.skip > 0 ? `, ${totals.skip} skipped` : ''}`);
	process.exitCode = totals.fail === 0 ? 0 : 1;
})();
