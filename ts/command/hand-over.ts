// What the native command leaves to Node: CRIU's protocol, and commands that no engine waits for.
import {encodeBatch} from '../plan/encode.js';
import type {QuickHost} from './host.js';

const ENOENT = 2;

/** Where Node is: what the installation wrote down, then PATH, then where packages put it. */
const nodePaths = (host: QuickHost): string[] => [
	...[host.variable('CTNATIVE_NODE') ?? ''].filter(Boolean),
	...(host.variable('PATH') ?? '').split(':').filter(directory => directory.startsWith('/')).map(directory => `${directory}/node`),
	'/usr/local/bin/node', '/usr/bin/node', '/opt/node/bin/node',
];

/** Variables that would change what Node runs: they were meant for another program. */
const scrubbed = /^(?:NODE_|LD_|npm_)/;

/** `build/Release/ctnative` and `prebuilds/linux-x64/ctnative` are two directories below the package. */
const packageRoot = (executable: string): string => executable.split('/').slice(0, -3).join('/');

/** Becomes `node dist/ts/cli/main.js` with the same arguments; says why if there is no Node. */
export const handOver = (host: QuickHost, args: readonly string[]): never => {
	const script = `${packageRoot(host.executable())}/dist/ts/cli/main.js`;
	if (!Array.isArray(host.batch(encodeBatch([{op: 'stat', path: script, nofollow: 0}])))) {
		host.print(2, `ctnative: this needs the package that the command belongs to, but there is no ${script} (put a link to the command here, not a copy)\n`);
		return host.exit(1);
	}

	for (const node of nodePaths(host)) {
		const errno = host.execute(node, [node, '--no-warnings', script, ...args], [...host.environment().filter(entry => !scrubbed.test(entry)), `CTNATIVE_COMMAND=${host.executable()}`]);
		if (errno !== -ENOENT) {
			break;
		}
	}

	host.print(2, 'ctnative: this needs Node, which is in none of the directories of PATH (set CTNATIVE_NODE to its path)\n');
	return host.exit(1);
};
