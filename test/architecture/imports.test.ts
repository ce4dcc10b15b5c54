// Arrows between rooms never turn back, and the core needs nothing but ECMAScript and a Native.
import {relative} from 'node:path';
import test from 'ava';
import ts from 'typescript';
import {readImports, roomOf, type Import} from '../support/imports.js';
import {projectPath, projectRoot} from '../support/paths.js';
import {place, readSource, sourceFiles, walk} from '../support/sources.js';

/** What each room of ts/ may import besides itself. `index` is the public API. */
const rooms: Readonly<Record<string, readonly string[]>> = {
	errors: [],
	linux: ['errors'],
	plan: ['errors', 'linux'],
	native: ['errors', 'linux', 'plan'],
	oci: ['errors', 'linux'],
	seccomp: ['errors', 'linux', 'oci'],
	launch: ['errors', 'linux', 'oci', 'plan', 'seccomp'],
	cgroups: ['errors', 'linux', 'native', 'oci', 'plan'],
	hooks: ['errors', 'linux', 'native', 'oci', 'plan', 'launch'],
	network: ['errors', 'linux', 'native', 'oci'],
	state: ['errors', 'linux', 'native', 'oci', 'plan'],
	criu: ['errors', 'linux', 'native', 'plan'],
	images: ['errors'],
	pager: ['errors', 'linux', 'native', 'plan', 'images'],
	archive: ['errors', 'linux', 'native', 'oci', 'images'],
	checkpoint: ['errors', 'linux', 'native', 'oci', 'plan', 'launch', 'cgroups', 'state', 'criu', 'images', 'archive', 'pager'],
	inspect: ['errors', 'linux', 'images', 'archive', 'checkpoint'],
	container: ['errors', 'linux', 'native', 'oci', 'plan', 'seccomp', 'launch', 'cgroups', 'hooks', 'network', 'state', 'criu', 'images', 'pager', 'checkpoint'],
	systemd: ['errors'],
	preflight: ['errors', 'linux', 'native', 'plan', 'cgroups', 'criu'],
	index: ['errors', 'linux', 'native', 'oci', 'plan', 'seccomp', 'launch', 'cgroups', 'hooks', 'network', 'state', 'criu', 'images', 'archive', 'pager', 'checkpoint', 'inspect', 'container', 'preflight', 'systemd'],
	cli: ['errors', 'linux', 'native', 'oci', 'cgroups', 'criu', 'pager', 'container', 'systemd', 'index'],
	command: ['errors', 'plan', 'native', 'cli'],
};

/** What it may import types of, besides: values that are made by one room and passed through another. */
const typesOnly: Readonly<Record<string, readonly string[]>> = {
	launch: ['cgroups'],
	state: ['cgroups', 'network'],
	images: ['linux'],
	checkpoint: ['network'],
	systemd: ['cgroups'],
};

/** The core: it can be hosted by other engines than Node. Of native/ only the interface belongs to it. */
const coreRooms = ['errors', 'linux', 'plan', 'oci', 'seccomp', 'launch', 'cgroups', 'hooks', 'network', 'state', 'container'];
const nativeInterface = ['ts/native/native.ts', 'ts/native/results.ts', 'ts/native/processes.ts'];
/** The verbs that engines call run in the native command, too; what else is in cli/ is Node's. */
const nodeCli = /^ts\/cli\/(?:main|node-host|version|command|extra-lines|shell|manual|commands\/.*)\.ts$/;
const isCore = (path: string): boolean =>
	nativeInterface.includes(path) || path === 'ts/native/addon-native.ts' || path.startsWith('ts/command/') || (roomOf(path) === 'cli' && !nodeCli.test(path)) || (path.startsWith('ts/') && coreRooms.includes(roomOf(path)));

const imports = readImports();
const isOurs = ({to}: Import): boolean => to.startsWith('ts/');
const words = ({at, to}: Import): string => `${at} imports ${to}`;

test('every directory of ts/ is a room of the table', t => {
	t.deepEqual(sourceFiles(['.ts'], 'ts').filter(path => rooms[roomOf(path)] === undefined), []);
});

test('a room imports only what the table allows it', t => {
	const wrong = imports.filter(({from, to, kind}) => {
		const allowed = [...rooms[roomOf(from)] ?? [], ...(kind === 'type' ? typesOnly[roomOf(from)] ?? [] : [])];
		return to.startsWith('ts/') ? roomOf(to) !== roomOf(from) && !allowed.includes(roomOf(to)) : to.startsWith('.');
	});
	t.deepEqual(wrong.map(words), []);
});

test('ARCHITECTURE.md has the same table', t => {
	const written = [...readSource('ARCHITECTURE.md').matchAll(/^\| `(\w+)` \|.*\| ([^|]*) \|$/gm)].map(([, room, allowed]) => [room, allowed]);
	t.deepEqual(written, Object.entries(rooms).map(([room, allowed]) => {
		const types = typesOnly[room]?.map(name => `${name} (types)`) ?? [];
		return [room, [...allowed, ...types].join(', ') || '–'];
	}));
});

test('every import says literally what it imports', t => {
	t.deepEqual(imports.filter(({to}) => to === '?').map(words), []);
});

test('there is no import cycle between rooms', t => {
	const edges = new Map<string, Set<string>>();
	for (const {from, to} of imports.filter(isOurs)) {
		if (roomOf(from) !== roomOf(to)) {
			edges.set(roomOf(from), (edges.get(roomOf(from)) ?? new Set()).add(roomOf(to)));
		}
	}

	const done = new Set<string>();
	const visit = (room: string, path: readonly string[]): void => {
		t.false(path.includes(room), `cycle: ${[...path, room].join(' → ')}`);
		if (!done.has(room) && !path.includes(room)) {
			edges.get(room)?.forEach(next => visit(next, [...path, room]));
			done.add(room);
		}
	};

	Object.keys(rooms).forEach(room => visit(room, []));
});

test('only a host builds the real Native; the others are handed one', t => {
	const isHost = (path: string): boolean => ['native', 'index', 'command'].includes(roomOf(path)) || ['ts/cli/node-host.ts', 'ts/pager/relay.ts'].includes(path);
	const wrong = imports.filter(({from, to}) => to.startsWith('ts/native/') && !nativeInterface.includes(to) && !isHost(from));
	t.deepEqual(wrong.map(words), []);
});

test('the core imports nothing at run time but the core', t => {
	const wrong = imports.filter(({from, to, kind}) => isCore(from) && kind !== 'type' && !isCore(to)
		// Checkpoint and restore need Node. The verb that leads to them is where the core ends
		&& !(roomOf(from) === 'container' && kind === 'dynamic' && to.startsWith('ts/checkpoint/')));
	t.deepEqual(wrong.map(words), []);
});

/** True where a name stands for a value that is looked up by that name: not in a type, not behind a dot. */
const isReference = (node: ts.Identifier): boolean => {
	const {parent} = node;
	return !ts.isPartOfTypeNode(node)
		&& !(ts.isPropertyAccessExpression(parent) && parent.name === node && parent.expression.getText() !== 'globalThis')
		&& !(ts.isPropertyAssignment(parent) && parent.name === node);
};

test('the core uses no global that only Node has', t => {
	const config = ts.readConfigFile(projectPath('tsconfig.json'), path => ts.sys.readFile(path));
	const {options} = ts.parseJsonConfigFileContent(config.config, ts.sys, projectPath());
	const files = sourceFiles(['.ts'], 'ts').filter(isCore).map(path => projectPath(path));
	const program = ts.createProgram(files, options);
	const checker = program.getTypeChecker();
	const wrong: string[] = [];
	for (const source of program.getSourceFiles().filter(({fileName}) => files.includes(fileName))) {
		walk(source, node => {
			if (!ts.isIdentifier(node) || !isReference(node)) {
				return;
			}

			const symbol = ts.isShorthandPropertyAssignment(node.parent)
				? checker.getShorthandAssignmentValueSymbol(node.parent)
				: checker.getSymbolAtLocation(node);
			const declarations = symbol?.declarations ?? [];
			if (declarations.length > 0 && declarations.every(declaration => declaration.getSourceFile().fileName.includes('/node_modules/@types/'))) {
				wrong.push(`${relative(projectRoot, place(source, node))} uses ${node.text}`);
			}
		});
	}

	t.deepEqual(wrong, []);
});
