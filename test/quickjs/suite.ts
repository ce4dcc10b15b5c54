// Which tests run in both hosts, and which do not, and why.
import {projectPath} from '../support/paths.js';
import {sourceFiles} from '../support/sources.js';

/** What test/quickjs/build makes. */
export const engine = projectPath('build/quickjs');

/** Directories of test/ whose tests are not about what both hosts have. */
export const otherRooms: Readonly<Record<string, string>> = {
	architecture: 'reads the sources',
	archive: 'a room of Node: formats of archives',
	benchmarks: 'reads figures',
	cli: 'what of the command line only Node has',
	clients: 'drives engines, which call the command',
	command: 'starts both hosts of the command itself',
	conformance: 'starts the command',
	inspect: 'a room of Node: looks at checkpoints',
	nsenter: 'tests C',
	package: 'installs the package into Node',
	pager: 'tests C',
	security: 'races with the library in other processes, and reads what no host changes',
	systemd: 'a room of Node: D-Bus',
};

const inspects = 'inspect/ is a room of Node';
const archives = 'archive/ is a room of Node';
const pages = 'pages travel by node:net';
const clocks = 'kills CRIU at fifty moments that it measures, which an interpreter on a busy machine misses';
const kills = 'kills programs of Node at every moment';

/** Of the other directories: a file, or `file › title`. */
export const notHere: Readonly<Record<string, string>> = {
	'test/checkpoint/temporary.test.ts': 'migrations are Node’s, which has a TMPDIR',
	'test/criu/encode-opts.test.ts › the schema is what the .proto says': 'protobufjs reads files by node:fs',
	'test/network/address.test.ts › what node:net takes for no address is none': 'asks node:net',
	'test/seccomp/differential.test.ts › every operator, action and kind of overlap means what it means to runc': 'half a minute for an interpreter',
	'test/seccomp/differential.test.ts › profiles made by chance mean what they mean to runc': 'half a minute for an interpreter',
	'test/support/bundle.test.ts': 'about ava itself',
	'test/system/abort.test.ts › so does one that is called off while its memory is asked for': pages,
	'test/system/cgroup-events.test.ts › a wait for events can be given up at any time, and leaves nothing open': 'this QuickJS does not wait for return() where a for await is left',
	'test/system/checkpoint-failure.test.ts': clocks,
	'test/system/checkpoint-seal.test.ts › a manifest tells all that a restore has to know, with a checksum of every file': inspects,
	'test/system/crash.test.ts': kills,
	'test/system/descriptors.test.ts › what the Node program inherited without close-on-exec is not passed on': 'about a program of Node',
	'test/system/faults.test.ts': kills,
	'test/system/inspect-checkpoint.test.ts': inspects,
	'test/system/lazy-foreign.test.ts': pages,
	'test/system/lazy-hidden.test.ts': pages,
	'test/system/lazy-local.test.ts': pages,
	'test/system/lazy-remote.test.ts': pages,
	'test/system/migrate.test.ts › a connection that is lost, and a program that is killed, at either end': 'migrations are Node’s, which has a TMPDIR',
	'test/system/pre-copy.test.ts › a page server that is gone, or goes away, fails the checkpoint, and the container runs on': 'asks a server by node:net',
	'test/system/pre-dump.test.ts': clocks,
	'test/system/rootfs.test.ts': archives,
	'test/system/systemd.test.ts': 'systemd/ is a room of Node',
	'test/system/user.test.ts › umask is 022 if nothing is said': 'QuickJS has no umask to change',
};

/** Those that run in both hosts. */
export const testFiles = (): string[] =>
	sourceFiles(['.test.ts'], 'test').filter(path => otherRooms[path.split('/')[1]!] === undefined && notHere[path] === undefined);

/** Titles of a file that do not run here, and why. */
export const titlesNotHere = (file: string): Record<string, string> => Object.fromEntries(Object.entries(notHere)
	.filter(([place]) => place.startsWith(`${file} › `))
	.map(([place, reason]) => [place.slice(`${file} › `.length), reason]));
