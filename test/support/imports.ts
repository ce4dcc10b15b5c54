// Who imports what, in a form that rules can be written over.
import {posix} from 'node:path';
import ts from 'typescript';
import {parseSource, place, sourceFiles, walk} from './sources.js';

export interface Import {
	/** `path:line` of the import. */
	readonly at: string;
	/** The importing file, `ts/…`. */
	readonly from: string;
	/** The imported file, `ts/…`, or the name of a package or of a module of Node. */
	readonly to: string;
	/** `type` ones are gone at run time; `dynamic` ones happen when they are reached. */
	readonly kind: 'static' | 'type' | 'dynamic';
}

/** The room of a file: its directory in ts/, or its own name. */
export const roomOf = (path: string): string => path.split('/')[1]!.replace(/\.ts$/, '');

const isTypeOnly = (node: ts.ImportDeclaration | ts.ExportDeclaration): boolean => {
	if (ts.isExportDeclaration(node)) {
		return node.isTypeOnly || (node.exportClause !== undefined && ts.isNamedExports(node.exportClause) && node.exportClause.elements.every(element => element.isTypeOnly));
	}

	const clause = node.importClause;
	if (clause === undefined || clause.phaseModifier === ts.SyntaxKind.TypeKeyword) {
		return clause !== undefined;
	}

	const named = clause.namedBindings;
	return clause.name === undefined && named !== undefined && ts.isNamedImports(named) && named.elements.every(element => element.isTypeOnly);
};

/** The module specifier of a node that imports, and how it does. */
const specifierOf = (node: ts.Node): {specifier: ts.Node; kind: Import['kind']} | undefined => {
	if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier) {
		return {specifier: node.moduleSpecifier, kind: isTypeOnly(node) ? 'type' : 'static'};
	}

	if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
		return {specifier: node.argument.literal, kind: 'type'};
	}

	if (ts.isImportEqualsDeclaration(node) && ts.isExternalModuleReference(node.moduleReference)) {
		return {specifier: node.moduleReference.expression, kind: node.isTypeOnly ? 'type' : 'static'};
	}

	if (ts.isCallExpression(node) && node.arguments[0]) {
		const dynamic = node.expression.kind === ts.SyntaxKind.ImportKeyword;
		const required = ts.isIdentifier(node.expression) && node.expression.text === 'require';
		return dynamic || required ? {specifier: node.arguments[0], kind: dynamic ? 'dynamic' : 'static'} : undefined;
	}

	return undefined;
};

const resolve = (from: string, specifier: string): string =>
	specifier.startsWith('.') ? posix.join(posix.dirname(from), specifier).replace(/\.js$/, '.ts') : specifier;

/** Every import of ts/. One whose module is not a literal is said to be of `?`. */
export const readImports = (): Import[] => {
	const imports: Import[] = [];
	for (const from of sourceFiles(['.ts'], 'ts')) {
		const source = parseSource(from);
		walk(source, node => {
			const found = specifierOf(node);
			if (found) {
				const to = ts.isStringLiteralLike(found.specifier) ? resolve(from, found.specifier.text) : '?';
				imports.push({at: place(source, node), from, to, kind: found.kind});
			}
		});
	}

	return imports;
};
