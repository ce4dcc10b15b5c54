// Runs ava and words its TAP for people: each test as it ends, then what failed with its
// diagnostics, what was skipped (the title says why), and last, alone on a line, the counts.
'use strict';
const {spawn} = require('node:child_process');
const path = require('node:path');
const readline = require('node:readline');

const options = process.argv.slice(2);
const lintFailed = options.includes('--lint=failed');
const ava = path.join(__dirname, '../node_modules/.bin/ava');
const child = spawn(ava, ['--tap', ...options.filter(option => !option.startsWith('--lint='))], {stdio: ['ignore', 'pipe', 'inherit'], detached: true});

// ava's own time limit does not end a test that loops without ever letting go, nor one after t.timeout()
// was called; so whoever says nothing for long is killed here, with all that it started.
const mostSilentMs = 300_000;
const kill = signal => process.kill(-child.pid, signal);
const silence = setTimeout(() => {
	console.log(`\nNothing was heard for ${mostSilentMs / 1000} seconds: killed.`);
	kill('SIGKILL');
}, mostSilentMs);
['SIGINT', 'SIGTERM', 'SIGHUP'].forEach(signal => process.on(signal, () => kill(signal)));

let counts; // What ava says itself, at its end
let passed = 0;
const failed = [];
const skipped = [];
let current; // The lines of the failed test that is being read

readline.createInterface({input: child.stdout}).on('line', line => {
	silence.refresh();
	const result = /^(not )?ok \d+ - (.*?)( # SKIP| # TODO)?$/.exec(line);
	const count = /^# (tests|pass|skip|fail) (\d+)$/.exec(line);
	if (result) {
		const [, not, title, directive] = result;
		current = undefined;
		if (not) {
			current = [title];
			failed.push(current);
		} else if (directive) {
			skipped.push(title);
		} else {
			passed++;
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

const list = (heading, entries) => {
	if (entries.length > 0) {
		console.log(`\n${heading}:`);
		entries.forEach(entry => console.log(entry));
	}
};

child.on('close', (code, signal) => {
	clearTimeout(silence);
	list('Skipped', skipped.map(title => `  ${title}`));
	list('Failed', failed.map(([title, ...lines]) => [`  ${title}`, ...lines.map(line => `    ${line}`)].join('\n')));
	if (lintFailed) {
		console.log('\nLint failed, see above; it counts as one failed test.');
	}

	if (code !== 0 && !counts?.fail) {
		console.log(`\nava ended with ${signal ?? `code ${code}`}; that counts as one failed test.`);
		counts = {pass: passed, fail: failed.length + 1, skip: skipped.length};
	}

	const {pass = 0, skip = 0} = counts ?? {};
	const fail = (counts?.fail ?? 0) + (lintFailed ? 1 : 0);
	if (pass + fail === 0) {
		console.log('\nNo test ran.');
	}

	console.log(`\n${pass} passed, ${fail} failed${skip > 0 ? `, ${skip} skipped` : ''}`);
	process.exitCode = code === 0 && fail === 0 && pass > 0 ? 0 : 1;
});
