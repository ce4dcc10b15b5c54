// bundle-command DIST OUTPUT ENTRY: the modules that the native command is made of, one file each.
//
// A command lives for milliseconds, and reading what it does not use is what would take the most of
// them. So nothing is bundled together: tsc's CommonJS is taken as it is, but for its imports, which
// become calls that load a module when something of it is first used. The names of the files are
// those of the modules; the first line printed is the entry.
'use strict';
const {existsSync, mkdirSync, readFileSync, writeFileSync} = require('node:fs');
const path = require('node:path');
const esbuild = require('esbuild');
const ts = require('typescript');

const [dist, output, entry] = process.argv.slice(2);
const {version} = JSON.parse(readFileSync(path.join(__dirname, '../package.json'), 'utf8'));

/** What the command leaves to Node. */
const isNodes = name => /^(?:checkpoint|criu|images|preflight)\//.test(name) || /^cli\/verbs\/(?:checkpoint|restore)\.js$/.test(name);

const isCallOf = (node, name) => ts.isCallExpression(node) && node.arguments.length === 1 && ts.isStringLiteral(node.arguments[0]) &&
	(name === 'import' ? node.expression.kind === ts.SyntaxKind.ImportKeyword : node.expression.getText() === name);

/** `const x_js_1 = require("./x.js")`: the variable and the module; undefined for another statement. */
const requireOf = statement => {
	const declaration = ts.isVariableStatement(statement) && statement.declarationList.declarations[0];
	return declaration && declaration.initializer && isCallOf(declaration.initializer, 'require') ?
		{variable: declaration.name.text, module: declaration.initializer.arguments[0].text} : undefined;
};

const found = new Map();

/** Applies edits, each a range and what comes in its place. */
const edit = (text, edits) => edits.sort((a, b) => b.start - a.start).reduce((result, {start, end, by}) => result.slice(0, start) + by + result.slice(end), text);

const bundle = name => {
	const text = readFileSync(path.join(dist, name), 'utf8');
	const source = ts.createSourceFile(name, text, ts.ScriptTarget.ES2022, true);
	const resolve = module => path.posix.join(path.posix.dirname(name), module);
	const needs = [];
	const edits = [];
	const variables = new Map();
	for (const statement of source.statements) {
		const required = requireOf(statement);
		if (required) {
			if (!required.module.startsWith('.')) {
				throw new Error(`${name} imports ${required.module}: the native command has no such module`);
			}

			variables.set(required.variable, resolve(required.module));
			needs.push(resolve(required.module));
			edits.push({start: statement.getStart(), end: statement.end, by: `let ${required.variable};`});
		}
	}

	const visit = node => {
		if (ts.isIdentifier(node) && variables.has(node.text) && ts.isPropertyAccessExpression(node.parent) && node.parent.expression === node) {
			edits.push({start: node.getStart(), end: node.end, by: `(${node.text} ??= load("${variables.get(node.text)}"))`});
		} else if (isCallOf(node, 'import')) {
			const module = resolve(node.arguments[0].text);
			if (!isNodes(module)) {
				needs.push(module);
			}

			edits.push({start: node.getStart(), end: node.end, by: `Promise.resolve(load("${module}"))`});
		}

		ts.forEachChild(node, visit);
	};

	visit(source);
	found.set(name, `(function (exports, load) {${edit(text, edits)}\n})`);
	needs.filter(module => !found.has(module)).forEach(module => found.has(module) || bundle(module));
};

bundle(entry);
for (const [name, text] of found) {
	const {code} = esbuild.transformSync(text, {
		target: 'es2022', minifyWhitespace: true, treeShaking: false, define: {packageVersion: JSON.stringify(version)},
	});
	const file = path.join(output, name);
	if (!existsSync(path.dirname(file))) {
		mkdirSync(path.dirname(file), {recursive: true});
	}

	writeFileSync(file, code);
	console.log(name);
}
