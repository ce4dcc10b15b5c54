// The Node program, or a worker thread of it, may end while it still waits for containers.
import {spawnSync} from 'node:child_process';
import {projectPath} from '../support/paths.js';
import {systemTest as test, World} from './world.js';

/** Runs a script that knows `runtime`, `bundle` and `id`, and must end by itself. */
const runScript = (world: World, script: string, id = world.id()) => {
	const bundle = world.bundle({args: ['sleep', '1000']});
	const names = JSON.stringify({index: projectPath('dist/ts/index.js'), root: world.root, bundle, id});
	const {status, signal, stderr} = spawnSync(process.execPath, ['-e', `
		const {index, root, bundle, id} = ${names};
		const {Runtime} = require(index);
		const runtime = new Runtime({root});
		const options = {bundle, stdio: 'ignore'};
		${script}
	`], {encoding: 'utf8'});
	return {status, signal, stderr};
};

/** Runs a container in a worker thread, of which the script decides. */
const runWorker = (world: World, id: string, script: string) => runScript(world, `
	const {Worker} = require('node:worker_threads');
	const worker = new Worker(\`
		const {Runtime} = require('\${index}');
		new Runtime({root: '\${root}'}).run('\${id}', {bundle: '\${bundle}', stdio: 'ignore'}).then(() => {
			require('node:worker_threads').parentPort.postMessage('runs');
		});
		setInterval(() => {}, 1000);
	\`, {eval: true});
	${script};
`, id);

const clean = {status: 0, signal: null, stderr: ''};

test('a program ends in peace though a container ends in the same moment', t => {
	const world = new World(t);
	for (let round = 0; round < 5; round++) {
		t.deepEqual(runScript(world, 'runtime.run(id, options).then(container => container.kill("KILL"));'), clean, `round ${round}`);
	}
});

test('a program may exit with operations under way', t => {
	const world = new World(t);
	for (let after = 0; after < 12; after++) {
		t.deepEqual(runScript(world, `runtime.run(id, options); setTimeout(() => process.exit(0), ${after});`), clean, `after ${after} ms`);
	}

});

test('a worker thread can make containers, and end before they do', async t => {
	const world = new World(t);
	const id = world.id();
	t.deepEqual(runWorker(world, id, 'worker.once("message", () => worker.terminate())'), clean);
	t.is(await (await world.runtime.load(id)).status(), 'running');
});

test('a worker thread may be ended with operations under way', t => {
	const world = new World(t);
	for (let after = 0; after < 16; after++) {
		const script = `worker.once("online", () => setTimeout(() => worker.terminate(), ${after}))`;
		t.deepEqual(runWorker(world, world.id(), script), clean, `after ${after} ms`);
	}
});
