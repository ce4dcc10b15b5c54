// Files and functions stay small enough to be read at once. The exceptions may only shrink.
import test from 'ava';
import ts from 'typescript';
import {isGenerated, parseSource, readSource, sourceFiles, walk} from '../support/sources.js';

const mostLinesOfFile = 400;
const mostLinesOfFunction = 80;

/** Longer files, with the lines they had when they were last looked at. */
const longFiles: Readonly<Record<string, number>> = {};

/** Longer functions, as `path:name`. */
const longFunctions: Readonly<Record<string, number>> = {};

const directories = ['ts', 'src-native', 'nsenter', 'test', 'benchmarks', 'proto', 'scripts'];
const files = sourceFiles(['.ts', '.c', '.h', '.cc', '.js', '.proto'], ...directories).filter(path => !isGenerated(path));

const nameOf = (node: ts.Node): string => {
	const owner = ts.isVariableDeclaration(node.parent) || ts.isPropertyAssignment(node.parent) ? node.parent : node;
	const {name} = owner as {name?: ts.Node};
	return name?.getText() ?? `(line ${node.getSourceFile().getLineAndCharacterOfPosition(node.getStart()).line + 1})`;
};

const typescriptFunctions = (path: string): [string, number][] => {
	const source = parseSource(path);
	const found: [string, number][] = [];
	const line = (position: number): number => source.getLineAndCharacterOfPosition(position).line;
	walk(source, node => {
		if (ts.isFunctionLike(node) && 'body' in node && node.body) {
			found.push([`${path}:${nameOf(node)}`, line(node.end) - line(node.getStart(source)) + 1]);
		}
	});
	return found;
};

/** In the kernel's style a function's braces stand in the first column, and nobody else's do. */
const cFunctions = (path: string): [string, number][] => {
	const found: [string, number][] = [];
	const lines = readSource(path).split('\n');
	let start = -1;
	lines.forEach((text, index) => {
		if (text === '{') {
			start = index;
		} else if (text === '}' && start >= 0) {
			const name = /(\w+)\(/.exec(lines.slice(Math.max(0, start - 4), start).join(' '))?.[1];
			found.push([`${path}:${name ?? `(line ${start + 1})`}`, index - start + 1]);
			start = -1; // What closes without one opens elsewhere: extern "C" {
		}
	});
	return found;
};

/** What is over the limit, or over the size an exception was granted for, and exceptions no longer needed. */
const judge = (sizes: Iterable<readonly [string, number]>, limit: number, exceptions: Readonly<Record<string, number>>): string[] => {
	const wrong: string[] = [];
	const unused = new Set(Object.keys(exceptions));
	for (const [name, size] of sizes) {
		if (size > limit) {
			unused.delete(name);
		}

		if (size > (exceptions[name] ?? limit)) {
			wrong.push(`${name} has ${size} lines (at most ${exceptions[name] ?? limit})`);
		}
	}

	return [...wrong, ...[...unused].map(name => `${name} needs no exception any more`)];
};

test('the ratchet turns one way only', t => {
	t.deepEqual(judge([['a', 10], ['b', 13], ['c', 12], ['d', 9]], 10, {b: 12, c: 12, d: 11}), [
		'b has 13 lines (at most 12)',
		'd needs no exception any more',
	]);
});

test(`no file has more than ${mostLinesOfFile} lines`, t => {
	t.true(files.length > 0);
	t.deepEqual(judge(files.map(path => [path, readSource(path).trimEnd().split('\n').length]), mostLinesOfFile, longFiles), []);
});

test(`no function has more than ${mostLinesOfFunction} lines`, t => {
	const functions = files.flatMap(path => path.endsWith('.ts') ? typescriptFunctions(path) : /\.(c|cc|h)$/.test(path) ? cFunctions(path) : []);
	t.deepEqual(judge(functions, mostLinesOfFunction, longFunctions), []);
});
