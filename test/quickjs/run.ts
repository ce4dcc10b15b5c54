/**
 * run.js [--match=TEXT] [FILE...]: runs tests in the other host, QuickJS, and says how they ended in TAP, as ava does.
 * FILE is a test in the source tree, such as `test/oci/json.test.ts`, and TEXT is in the titles of those that are meant.
 * Default: all that run there (suite.ts).
 */
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {existsSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {projectRoot} from '../support/paths.js';
import {bundle} from './bundle.js';
import type {Line, Orders} from './inside/ava.js';
import {engine, testFiles, titlesNotHere} from './suite.js';

/** As many as ava has. */
const atOnce = 2;
const mostSilentMs = 240_000;

const counts = {tests: 0, pass: 0, skip: 0, fail: 0};

/** One line of TAP, in the words of ava: `QuickJS › oci › json › title`. */
const tell = (file: string, title: string, outcome: 'pass' | 'skip' | 'fail', why = ''): void => {
	counts.tests++;
	counts[outcome]++;
	const place = file.replace(/^test\/|\.test\.ts$/g, '').split('/').filter(Boolean);
	const line = `${outcome === 'fail' ? 'not ok' : 'ok'} ${counts.tests} - ${['QuickJS', ...place, title].join(' › ')}`;
	const block = outcome === 'fail' ? `\n  ---\n${why.replace(/^/gm, '    ')}\n  ...` : '';
	console.log(line + (outcome === 'skip' ? ' # SKIP' : '') + block);
};

/** Runs a bundle; what it declared and did not tell the end of has failed. */
const runScript = async (file: string, script: string, match: string): Promise<void> => {
	const orders: Orders = {match, skip: titlesNotHere(file)};
	const child = spawn(engine, [script, JSON.stringify(orders)], {cwd: projectRoot, env: {...process.env, CTNATIVE_NODE: process.execPath}, stdio: ['ignore', 'pipe', 'pipe']});
	const silence = setTimeout(() => child.kill('SIGKILL'), mostSilentMs);
	const open = new Set<string>();
	let said = '';
	let isOver = false;
	child.stderr.on('data', (chunk: Buffer) => {
		said += chunk.toString();
	});
	const heard = once(createInterface({input: child.stdout}).on('line', text => {
		silence.refresh();
		const line = text.startsWith('{') ? JSON.parse(text) as Line : undefined;
		if (line?.kind === 'declared') {
			line.titles.forEach(title => open.add(title));
		} else if (line?.kind === 'end') {
			isOver = true;
		} else if (line) {
			open.delete(line.title);
			tell(file, line.title, ({passed: 'pass', skipped: 'skip', failed: 'fail'} as const)[line.kind], line.kind === 'failed' ? line.why : '');
		} else {
			console.log(text.startsWith('#') ? text : `# ${text}`);
		}
	}), 'close');
	const [[code, signal]] = await Promise.all([once(child, 'close') as Promise<[number | null, string | null]>, heard]);
	clearTimeout(silence);
	const why = `it ended with ${signal ?? `code ${code}`}\n${said}`;
	open.forEach(title => tell(file, title, 'fail', why));
	if (!isOver && open.size === 0) {
		tell(file, 'the tests of this file end', 'fail', why);
	}
};

const main = async (options: readonly string[]): Promise<void> => {
	const match = options.find(option => option.startsWith('--match='))?.slice('--match='.length) ?? '';
	const chosen = options.filter(option => !option.startsWith('--'));
	const files = chosen.length > 0 ? [...chosen] : [...testFiles()];
	const directory = mkdtempSync(join(tmpdir(), 'ctnative-quickjs-'));
	const next = async (): Promise<void> => {
		for (let file = files.shift(); file !== undefined; file = files.shift()) {
			const script = join(directory, `${file.replaceAll('/', '-')}.js`);
			await bundle(file, script);
			await runScript(file, script, match);
			rmSync(script);
		}
	};

	if (!existsSync(engine)) {
		tell('', 'the tests of both hosts [skipped: there is no QuickJS here]', 'skip');
		files.length = 0;
	}

	try {
		await Promise.all(Array.from({length: atOnce}, next));
	} finally {
		rmSync(directory, {recursive: true});
	}

	Object.entries(counts).forEach(([kind, count]) => console.log(`# ${kind} ${count}`));
	process.exitCode = counts.fail > 0 || counts.tests === 0 ? 1 : 0;
};

void main(process.argv.slice(2));
