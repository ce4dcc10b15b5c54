// The same line has the same answer in both hosts.
import {join} from 'node:path';
import {makeBundle, tempDir, type Owner} from '../support/bundle.js';
import {inNative, inNode, nativeTest, type Outcome} from './hosts.js';

/** Times, pids and places differ; what is left must not. */
const plain = (text: string, names: Readonly<Record<string, string>>): string =>
	Object.entries(names).reduce((result, [name, value]) => result.replaceAll(value, name), text)
		.replaceAll(/\/tmp\/ctnative-\w+/g, 'TEMP').replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME').replaceAll(/\b\d{2,7}\b/g, 'N').replaceAll(/ {2,}/g, ' ');

let count = 0;

/** Each host works through the lines with a state and a bundle of its own. */
const answers = async (owner: Owner, run: typeof inNative, lines: readonly string[]): Promise<Outcome[]> => {
	const state = join(tempDir(owner), 'state');
	const bundle = makeBundle(owner, {args: ['sleep', '1000']});
	const id = `same-${process.pid}-${++count}`;
	owner.teardown(async () => {
		await run(['--root', state, 'delete', '--force', id]);
	});
	const outcomes: Outcome[] = [];
	for (const line of lines) {
		const args = line.split(' ').map(word => word.replace('ID', id).replace('BUNDLE', bundle));
		const {code, out, err} = await run(['--root', state, ...args]);
		const names = {STATE: state, BUNDLE: bundle, ID: id};
		outcomes.push({code, out: plain(out, names), err: plain(err, names)});
	}

	return outcomes;
};

const same = (title: string, ...lines: string[]): void => {
	nativeTest(`${title} in both hosts`, async t => {
		const [native, node] = await Promise.all([answers(t, inNative, lines), answers(t, inNode, lines)]);
		t.deepEqual(native, node);
	});
};

same('help and version are the same', '--help', '--version', 'create --help', 'exec -h', 'update --help', 'checkpoint --help');
same('wrong lines are refused in the same words', 'create', 'nope', '--nope', 'state a b', 'list --format x', 'kill', 'create --preserve-fds x ID', '--log-format xml list');
same('what is not there is the same', 'state nobody', 'start nobody', 'kill nobody', 'delete nobody', 'delete --force nobody', 'exec nobody true', 'pause nobody', 'ps nobody', 'list', 'list -f json');
same('features are the same', 'features');
same('a life is the same', 'create --bundle BUNDLE ID', 'state ID', 'list', 'list -q', 'start ID', 'start ID', 'exec ID echo hello', 'exec ID sh -c exit~3', 'pause ID', 'exec ID true', 'resume ID',
	'update --pids-limit 99 ID', 'ps -f json ID', 'kill ID KILL', 'delete --force ID', 'state ID');
same('a run is the same', 'run --bundle BUNDLE -d ID', 'create --bundle BUNDLE ID', 'delete ID', 'delete -f ID');
same('a config that is broken is refused the same', 'create --bundle /nowhere ID', 'run --console-socket /nowhere --bundle BUNDLE ID');
