// process: what the program is given, and how its end comes back.
import {readFileSync} from 'node:fs';
import {capabilities} from '../../../ts/linux/capabilities.js';
import type {InsideCase} from '../inside.js';

const exits: InsideCase[] = [0, 1, 2, 3, 42, 77, 125, 126, 127, 128, 130, 200, 254, 255].map(code =>
	({title: `exit code ${code} comes back`, script: `exit ${code}`, code}));

const deaths: InsideCase[] = [['HUP', 1], ['INT', 2], ['ABRT', 6], ['KILL', 9], ['USR1', 10], ['SEGV', 11], ['PIPE', 13], ['ALRM', 14], ['TERM', 15]].map(([name, number]) => ({
	title: `the end by SIG${name as string} is exit code ${128 + Number(number)}`,
	edit(config) {
		config.linux.namespaces = config.linux.namespaces!.filter(({type}) => type !== 'pid'); // pid 1 would not hear it
	},
	script: `kill -${name as string} $$`,
	code: 128 + Number(number),
}));

/** Names in /proc/self/limits, and limits that a container's shell can live with. */
const limits: ReadonlyArray<readonly [type: string, name: string, soft: number, hard: number]> = [
	['RLIMIT_CPU', 'Max cpu time', 100, 200],
	['RLIMIT_FSIZE', 'Max file size', 1_000_000, 2_000_000],
	['RLIMIT_DATA', 'Max data size', 100_000_000, 200_000_000],
	['RLIMIT_STACK', 'Max stack size', 4_194_304, 8_388_608],
	['RLIMIT_CORE', 'Max core file size', 0, 1024],
	['RLIMIT_RSS', 'Max resident set', 100_000_000, 200_000_000],
	['RLIMIT_NPROC', 'Max processes', 500, 600],
	['RLIMIT_NOFILE', 'Max open files', 100, 200],
	['RLIMIT_MEMLOCK', 'Max locked memory', 4096, 8192],
	['RLIMIT_AS', 'Max address space', 1_000_000_000, 2_000_000_000],
	['RLIMIT_LOCKS', 'Max file locks', 10, 20],
	['RLIMIT_SIGPENDING', 'Max pending signals', 100, 200],
	['RLIMIT_MSGQUEUE', 'Max msgqueue size', 1000, 2000],
	['RLIMIT_NICE', 'Max nice priority', 0, 0],
	['RLIMIT_RTPRIO', 'Max realtime priority', 0, 0],
];

const rlimits: InsideCase[] = limits.map(([type, name, soft, hard]) => ({
	title: `${type} is set`,
	edit(config) {
		config.process.rlimits = [{type, soft, hard}] as never;
	},
	script: `grep '^${name}' /proc/self/limits | sed 's/^${name} *//; s/ .*//'; grep '^${name}' /proc/self/limits | awk '{print $(NF - (NF > ${name.split(' ').length + 2} ? 1 : 0))}'`,
	prints: `${soft}\n${hard}`,
}));

const permitted = BigInt(`0x${/CapPrm:\s*(\w+)/.exec(readFileSync('/proc/self/status', 'utf8'))![1]!}`);

const capability: InsideCase[] = capabilities.map((name, bit) => [name, 1n << BigInt(bit)] as const).filter(([, mask]) => (permitted & mask) !== 0n).map(([name, mask]) => ({
	title: `${name} can be all that there is`,
	edit(config) {
		config.process.capabilities = {bounding: [name], effective: [name], permitted: [name]} as never;
	},
	script: 'sed -n "s/^Cap\\(Bnd\\|Eff\\|Prm\\|Inh\\|Amb\\):\\s*//p" /proc/self/status',
	prints: ['Inh', 'Prm', 'Eff', 'Bnd', 'Amb'].map(set => (set === 'Inh' || set === 'Amb' ? 0n : mask).toString(16).padStart(16, '0')).join('\n'),
	differs: {crun: 'raises the inheritable set as well'},
}));

const others: InsideCase[] = [
	{title: 'arguments are passed as they are', script: 'printf "%s|" "a b" "" "\\$c" "*"', prints: 'a b||$c|*|'},
	{
		title: 'the environment is the one of config.json, and HOME', script: 'env | sort',
		edit(config) {
			config.process.env = ['PATH=/bin', 'A=1', 'B=two words'];
		},
		prints: 'A=1\nB=two words\nHOME=/root\nPATH=/bin\nPWD=/\nSHLVL=1',
	},
	{
		title: 'the last value of a variable wins', script: 'echo $A',
		edit(config) {
			config.process.env = ['PATH=/bin', 'A=1', 'A=2'];
		},
		prints: '2',
		differs: {crun: 'keeps both: the first is found'},
	},
	{
		title: 'HOME of a user comes from /etc/passwd', script: 'echo $HOME',
		edit(config) {
			config.process.user = {uid: 1000, gid: 1000};
		},
		prints: '/tmp',
	},
	{
		title: 'HOME of a uid without an entry is /', script: 'echo $HOME',
		edit(config) {
			config.process.user = {uid: 4242, gid: 4242};
		},
		prints: '/',
		differs: {crun: 'leaves it empty'},
	},
	{
		title: 'a HOME that is given stays', script: 'echo $HOME',
		edit(config) {
			config.process.env = ['PATH=/bin', 'HOME=/var'];
		},
		prints: '/var',
	},
	{
		title: 'cwd is where it begins', script: 'pwd',
		edit(config) {
			config.process.cwd = '/usr/bin';
		},
		prints: '/usr/bin',
	},
	{
		title: 'a cwd that is missing is made', script: 'pwd', writable: true,
		edit(config) {
			config.process.cwd = '/made/for/it';
		},
		prints: '/made/for/it',
	},
	{
		title: 'uid, gid and groups are set', script: 'id -u; id -g; id -G',
		edit(config) {
			config.process.user = {uid: 1000, gid: 1001, additionalGids: [5, 1234]};
		},
		prints: '1000\n1001\n1001 5 1234',
	},
	{
		title: 'a user without capabilities has none', script: 'sed -n "s/^CapEff:\\s*//p" /proc/self/status',
		edit(config) {
			config.process.user = {uid: 1000, gid: 1000};
			config.process.capabilities = {} as never;
		},
		prints: '0000000000000000',
	},
	{title: 'umask is 022 where nothing is said', script: 'umask', prints: '0022'},
	{
		title: 'umask is set', script: 'umask',
		edit(config) {
			config.process.user = {uid: 0, gid: 0, umask: 0o077};
		},
		prints: '0077',
	},
	{title: 'noNewPrivileges is set', script: 'sed -n "s/^NoNewPrivs:\\s*//p" /proc/self/status', prints: '1'},
	{
		title: 'noNewPrivileges need not be', script: 'sed -n "s/^NoNewPrivs:\\s*//p" /proc/self/status',
		edit(config) {
			config.process.noNewPrivileges = false;
		},
		prints: '0',
	},
	...[0, 100, 500, 1000].map((value): InsideCase => ({
		title: `oomScoreAdj ${value} is set`, script: 'cat /proc/self/oom_score_adj',
		edit(config) {
			config.process.oomScoreAdj = value;
		},
		prints: String(value),
	})),
	{title: 'the program is pid 1', script: 'echo $$', prints: '1'},
	{title: 'it leads a session', script: 'cut -d" " -f6 /proc/self/stat', prints: '1'},
	{title: 'no signal is ignored', script: 'sed -n "s/^SigIgn:\\s*//p" /proc/self/status; :', prints: '0000000000000000'},
	{title: 'no signal is blocked', script: 'sed -n "s/^SigBlk:\\s*//p" /proc/self/status', prints: '0000000000000000'},
	{title: 'it has descriptors 0, 1 and 2 alone', script: 'ls /proc/1/fd; :', prints: '0\n1\n2'},
	{title: 'standard output and error are two', script: 'echo out; echo err >&2', prints: 'out'},
	{title: 'standard input comes to its end', script: 'cat; echo end', prints: 'end'},
];

export const processCases: readonly InsideCase[] = [...exits, ...deaths, ...rlimits, ...capability, ...others];
