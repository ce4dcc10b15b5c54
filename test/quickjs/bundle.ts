// A test file and all that it imports as one script for build/quickjs.
import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {build, type Plugin} from 'esbuild';
import {projectPath} from '../support/paths.js';

const inside = projectPath('test/quickjs/inside');

/** In ava, what is not for us: snapshots, colours. */
const avaParts: Readonly<Record<string, string>> = {
	'snapshot-manager': 'export class SnapshotError extends Error {} export class VersionMismatchError extends Error {}',
	'concordance-options': `const none = {open: '', close: ''};
		export default {maxDepth: 4, theme: {diffGutters: {actual: '- ', expected: '+ ', padding: '  '}, string: {diff: {insertLine: none, deleteLine: none}}}};`,
};

/**
 * A module of Node as far as there is one here. What it lacks is missed by whoever calls it, not by those who import it:
 * the bundler copies what a module has, but leaves its prototype.
 */
const moduleOf = (name: string): string => {
	const file = join(inside, 'node', `${name.replace(/^node:/, '').replace('/', '-')}.ts`);
	return `module.exports = Object.create(new Proxy(${existsSync(file) ? `require(${JSON.stringify(file)})` : '{}'}, {
		get: (given, key) => key in given || key === '__esModule' ? given[key] : function () {
			throw new Error(${JSON.stringify(`QuickJS has no ${name}`)} + ', which is to give ' + String(key));
		},
	}));`;
};

const otherHost: Plugin = {
	name: 'other-host',
	setup({onResolve, onLoad}) {
		onResolve({filter: /^ava$/}, () => ({path: join(inside, 'ava.ts')}));
		onResolve({filter: /^ava\/lib\/assert\.js$/}, () => ({path: projectPath('node_modules/ava/lib/assert.js')}));
		onResolve({filter: /^\.\/(?:snapshot-manager|concordance-options)\.js$/}, ({path}) => ({path: path.slice(2, -3), namespace: 'ava'}));
		onLoad({filter: /.*/, namespace: 'ava'}, ({path}) => ({contents: avaParts[path]!}));
		onResolve({filter: /\/native\/linux\.js$/}, () => ({path: join(inside, 'linux.ts')}));
		onResolve({filter: /^(?:node:.*|bindings|@homebridge\/dbus-native|tar-stream|typescript)$/}, ({path}) => ({path, namespace: 'node'}));
		onLoad({filter: /.*/, namespace: 'node'}, ({path}) => ({contents: moduleOf(path), resolveDir: inside}));
	},
};

/** @param file Path in the source tree, such as `test/oci/json.test.ts`. */
export const bundle = async (file: string, output: string): Promise<void> => {
	await build({
		entryPoints: [projectPath(file)],
		outfile: output,
		bundle: true,
		format: 'iife',
		platform: 'browser',
		target: 'es2022',
		inject: [join(inside, 'globals.ts')],
		define: {__dirname: JSON.stringify(projectPath('dist/test/support'))}, // Of ../support/paths.ts
		plugins: [otherHost],
		logLevel: 'warning',
	});
};
