// The project's own sources, as the tests of its architecture read them.
import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {join, relative} from 'node:path';
import ts from 'typescript';
import {projectPath, projectRoot} from './paths.js';

/** Files below any of the directories that are there, relative to the root of the tree. */
export const sourceFiles = (extensions: readonly string[], ...directories: string[]): string[] =>
	directories.filter(directory => existsSync(projectPath(directory)))
		.flatMap(directory => readdirSync(projectPath(directory), {recursive: true, withFileTypes: true}))
		.filter(entry => entry.isFile() && extensions.some(extension => entry.name.endsWith(extension)))
		.map(entry => relative(projectRoot, join(entry.parentPath, entry.name)))
		.sort();

export const readSource = (path: string): string => readFileSync(projectPath(path), 'utf8');

export const isGenerated = (path: string): boolean => /\.gen\.|\.d\.ts$/.test(path);

export const parseSource = (path: string): ts.SourceFile => ts.createSourceFile(path, readSource(path), ts.ScriptTarget.ES2022, true);

/** Calls back for a node and everything in it. */
export const walk = (node: ts.Node, visit: (node: ts.Node) => void): void => {
	visit(node);
	ts.forEachChild(node, child => walk(child, visit));
};

/** `path:line`, for messages that an editor understands. */
export const place = (source: ts.SourceFile, node: ts.Node): string => {
	const {line} = source.getLineAndCharacterOfPosition(node.getStart(source));
	return `${source.fileName}:${line + 1}`;
};
