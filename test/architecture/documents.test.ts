// README.md and its like say what is there: whoever adds something is told where it has to be written down.
import {existsSync, readFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import test from 'ava';
import {errorCodes} from '../../ts/errors.js';
import {criuOptFields} from '../../ts/criu/opt-fields.js';
import {judge} from '../../ts/preflight/check.js';
import {projectPath} from '../support/paths.js';
import {readSource} from '../support/sources.js';
import {goodFacts} from '../preflight/facts.js';

const documents = ['README.md', 'docs/config.md', 'docs/checkpoint.md', 'docs/errors.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'docs/features.md', 'docs/runc-points.md'];
/** The README, and what it sends its readers to. */
const readme = ['README.md', 'docs/config.md', 'docs/checkpoint.md', 'docs/errors.md'].map(path => readSource(path)).join('\n');

/** The texts in backquotes. */
const quoted = new Set([...readme.matchAll(/`([^`\n]+)`/g)].map(([, text]) => text));

test('every error code is in the table of docs/errors.md, and no other', t => {
	t.deepEqual(Object.keys(errorCodes).filter(code => !quoted.has(code)), []);
	t.deepEqual([...quoted].filter(text => /^ERR_[A-Z_]+$/.test(text!) && !(text! in errorCodes)), []);
});

test('every option of CRIU is in README.md or docs/', t => {
	const options = Object.values(criuOptFields).flatMap(rule => 'option' in rule ? [rule.option] : []);
	t.true(options.length > 50);
	t.deepEqual(options.filter(option => !quoted.has(option)), []);
});

test('every item of the check is in README.md, at its level', t => {
	const {items} = judge(goodFacts);
	for (const level of ['required', 'recommended', 'optional']) {
		const row = new RegExp(`^\\| ${level} \\|.*\\| (.*) \\|$`, 'm').exec(readme)?.[1]?.split(', ');
		t.deepEqual(row?.toSorted(), items.filter(item => item.level === level).map(({name}) => name).toSorted(), level);
	}
});

test('every npm script that a document names is there', t => {
	const {scripts} = JSON.parse(readSource('package.json')) as {scripts: Record<string, string>};
	for (const path of documents) {
		const named = [...readSource(path).matchAll(/npm run ([\w:]+)/g)].map(([, name]) => name!);
		t.deepEqual(named.filter(name => !(name in scripts)), [], path);
	}
});

test('every file that a document links to or names is there', t => {
	for (const path of documents) {
		const text = readFileSync(projectPath(path), 'utf8');
		const links = [...text.matchAll(/\]\(([^)#:]+)\)/g)].map(([, link]) => join(dirname(path), link!));
		const files = [...text.matchAll(/`((?:ts|test|scripts|src-native|nsenter|benchmarks|proto)\/[\w./-]+)`/g)].map(([, name]) => name!);
		t.deepEqual([...links, ...files].filter(name => !existsSync(projectPath(name))), [], path);
	}
});

/** Names of the fields of interfaces. */
const fieldsOf = (path: string, ...interfaces: string[]): string[] => interfaces.flatMap(name => {
	const body = new RegExp(`^(?:export )?interface ${name}\\b[^{]*\\{\\n([^]*?)^\\}`, 'm').exec(readSource(path))?.[1] ?? '';
	return [...body.matchAll(/^\treadonly (\w+)\??:/gm)].map(([, field]) => field!);
});

test('every option of the public API is in README.md or docs/', t => {
	const named = new Set([...quoted].flatMap(text => text!.match(/\w+/g) ?? []));
	const fields = [
		...fieldsOf('ts/container/runtime.ts', 'RuntimeOptions', 'CreateOptions', 'RestoreOptions'),
		...fieldsOf('ts/container/kept.ts', 'KeepOptions'),
		...fieldsOf('ts/container/pool.ts', 'PoolOptions'),
		...fieldsOf('ts/container/exec.ts', 'ExecOptions'),
		...fieldsOf('ts/container/events.ts', 'EventsOptions'),
		...fieldsOf('ts/network/cni-config.ts', 'CniOptions'),
		...fieldsOf('ts/network/networks.ts', 'Network', 'Route'),
	];
	t.true(fields.length > 30, String(fields.length));
	t.deepEqual(fields.filter(field => !named.has(field)), []);
});

test('every test that a document names by its title is there', t => {
	const text = readSource('docs/runc-points.md');
	const named = [...text.matchAll(/`(test\/[\w./-]+)` ((?:“[^”]+”(?:, )?)+)/g)]
		.flatMap(([, path, titles]) => [...titles!.matchAll(/“([^”]+)”/g)].map(([, title]) => [path!, title!] as const));
	t.true(named.length > 60, String(named.length));
	t.deepEqual(named.filter(([path, title]) => !existsSync(projectPath(path)) || !readSource(path).includes(title)), []);
});
