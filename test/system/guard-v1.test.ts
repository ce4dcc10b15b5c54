// A CRIU that is killed where there is no cgroup2: v1 has to thaw a process for whoever traces it.
import {existsSync} from 'node:fs';
import {privateCriu} from '../../ts/criu/find.js';
import {projectPath} from '../support/paths.js';
import {tempDir} from '../support/temp-dir.js';
import {checkpointTest as test, CheckpointWorld} from './checkpoint-world.js';
import {behind, onlyV1} from './private-mounts.js';

const rounds = 50;

const moduleAt = (path: string): string => `require(${JSON.stringify(projectPath(`dist/${path}`))})`;

/** Without a parent process of ava's: what it says is what is wrong. */
const script = (root: string, id: string, bundle: string, images: string): string => `
	const {RuntimeCore} = ${moduleAt('ts/container/runtime.js')};
	const meddler = new (${moduleAt('test/system/meddle.js')}.Meddler)();
	const meddled = new RuntimeCore(meddler.native, {root: ${JSON.stringify(root)}, criuPath: ${JSON.stringify(privateCriu)}});
	const container = await meddled.run(${JSON.stringify(id)}, {bundle: ${JSON.stringify(bundle)}, stdio: ['pipe', 'pipe', 'ignore']});
	const lines = require('node:readline').createInterface({input: container.stdout})[Symbol.asyncIterator]();
	const next = async () => (await lines.next()).value;
	const dump = async name => container.checkpoint({imagesDir: '${images}/' + name, leaveRunning: true, seal: false});
	const traces = () => [fs.readdirSync('/proc/' + container.pid + '/fd').length, fs.readFileSync('/proc/' + container.pid + '/maps', 'utf8').split(/ rwxs |CRIUMFD/).length].join();
	await next();
	await dump('first'); // CRIU is probed, too
	const before = traces();
	const begun = Date.now();
	await dump('second');
	const most = Date.now() - begun;
	const wrong = [];
	let failed = 0;
	for (let round = 0; round < ${rounds} && wrong.length === 0; round++) {
		meddler.killAfter = most * round / ${rounds};
		await dump(round).catch(() => failed++);
		container.stdin.write('check' + String.fromCharCode(10));
		const found = [await container.status(), await next(), traces()];
		if (found[0] !== 'running' || !/"intact":true|^ok$/.test(found[1]) || found[2] !== before) {
			wrong.push([meddler.killAfter, before, ...found]);
		}
	}

	await container.delete({force: true});
	return {failed, wrong};
`;

for (const [program, args] of Object.entries({heartbeat: ['8'], tasks: ['threads']})) {
	test(`a dump of ${program} whose CRIU is killed leaves it running without cgroup2, too`, async t => {
		const world = new CheckpointWorld(t);
		if (existsSync('/sys/fs/cgroup/cgroup.controllers')) {
			t.pass('there is cgroup2 alone');
			return;
		}

		const {failed, wrong} = await behind(world, onlyV1, script(world.root, world.id(), world.sceneBundle(program, args), tempDir(world))) as {failed: number; wrong: unknown[]};
		t.deepEqual(wrong, []);
		t.true(failed > rounds / 4, `${failed} failed`);
		t.log(`${failed} of ${rounds} failed`);
	});
}
