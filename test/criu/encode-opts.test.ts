import test from 'ava';
import protobuf from 'protobufjs';
import {encodeOpts} from '../../ts/criu/encode-opts.js';
import {decodeRequest, encodeRequest} from '../../ts/criu/message.js';
import {criuOptFields} from '../../ts/criu/opt-fields.js';
import type {CriuOpts} from '../../ts/criu/opts.js';
import {schema} from '../../ts/criu/rpc.gen.js';
import type {Fd} from '../../ts/native/native.js';
import {projectPath} from '../support/paths.js';
import {readSource} from '../support/sources.js';

/** Every option, with a value that is not its default. */
const everything: Required<CriuOpts> = {
	imagesDir: '/images', workDir: '/work', parentImg: '../parent', logLevel: 2, logFile: 'my.log', logToStderr: true, displayStats: true,
	configFile: '/etc/criu.conf', trackMem: true, autoDedup: true, preDumpMode: 'read', pidfdStoreSk: 9 as Fd, lazyPages: true,
	pageServer: {address: '10.0.0.1', port: 27}, tls: true, tlsCacert: '/ca', tlsCacrl: '/crl', tlsCert: '/cert', tlsKey: '/key', tlsNoCnVerify: true,
	leaveRunning: true, leaveStopped: false, shellJob: true, orphanPtsMaster: true, rstSibling: false, execCmd: ['/bin/true', 'x'], timeout: 20,
	cpuCap: ['fpu', 'ins'], unprivileged: true, fileLocks: true, linkRemap: true, ghostLimit: 4_294_967_295, forceIrmap: true, irmapScanPaths: ['/watch'],
	evasiveDevices: true, skipFileRwxCheck: true, inheritFd: [{key: 'pipe:[5]', fd: 30 as Fd}, {key: 'extRootNetNS', fd: 31 as Fd}],
	tcpEstablished: true, tcpClose: true, tcpSkipInFlight: true, extUnixSk: true,
	root: '/root', external: ['mnt[/data]:data', 'mnt[]'], autoExtMnt: true, extSharing: true, extMasters: true, skipMnt: ['/skip'], enableFs: ['all'],
	mntnsCompatMode: true, emptyNs: ['network'], joinNs: [{ns: 'net', nsFile: '/proc/1/ns/net', extraOpt: '0,0'}], networkLock: 'skip',
	veths: [{ifIn: 'eth0', ifOut: 'veth1@br0'}], weakSysctls: true, manageCgroupsMode: 'none', cgRoot: [{path: '/a'}, {ctrl: 'cpu', path: '/b'}],
	cgroupProps: '"cpu":', cgroupPropsFile: '/props', cgroupDumpController: ['cpu'], cgroupYard: '/yard', freezeCgroup: '/sys/fs/cgroup/x',
	lsmProfile: 'apparmor:ctn', lsmMountContext: 'c',
};

const encode = (opts: CriuOpts): CriuOpts => encodeOpts(opts) as never;

test('every field of criu_opts has an option or a reason to have none', t => {
	const fields = Object.keys(protobuf.Root.fromJSON(schema).lookupType('criu_opts').fields);

	t.deepEqual(Object.keys(criuOptFields), fields);
	const without = Object.values(criuOptFields).flatMap(rule => 'option' in rule ? [] : 'internal' in rule ? [rule.internal] : [rule.deprecated]);
	t.is(without.length, 7);
	t.true(without.every(reason => reason.length > 10));
});

test('every option is of one field, and every option sets its field', t => {
	const options = Object.values(criuOptFields).flatMap(rule => 'option' in rule ? [rule.option] : []);
	t.deepEqual([...options].sort(), Object.keys(everything).sort());

	const {message} = encodeOpts(everything);
	const unset = Object.entries(criuOptFields).filter(([field, rule]) => 'option' in rule && field !== 'veths' && field !== 'work_dir_fd' && !(field in message));
	t.deepEqual(unset, []);
});

test('the docstring of every option names its field and its number', t => {
	const text = ['images', 'tasks', 'world'].map(part => readSource(`ts/criu/opts-${part}.ts`)).join('');
	const {fields} = protobuf.Root.fromJSON(schema).lookupType('criu_opts');
	for (const [field, rule] of Object.entries(criuOptFields)) {
		if ('option' in rule) {
			const documented = new RegExp(String.raw`criu_opts\.${field} \(${fields[field]!.id}\)(?:(?!\*/)[\s\S])*\*/\s*readonly ${rule.option}\?`);
			t.regex(text, documented, rule.option);
		}
	}
});

test('the schema is what the .proto says', t => {
	const root = protobuf.loadSync(projectPath('proto/rpc.proto'));
	t.is(root.lookupEnum('criu_req_type').values['SINGLE_PRE_DUMP'], 13);
	t.is(root.lookupType('criu_opts').fieldsArray.length, 70); // 1 to 71, and there is no 40
});

test('options become the fields of the message', t => {
	const {message, imagesDir, workDir, fds} = encodeOpts(everything);

	t.is(imagesDir, '/images');
	t.is(workDir, '/work');
	t.deepEqual(fds, [30, 31]);
	t.like(message, {
		images_dir_fd: -1,
		notify_scripts: true,
		ghost_limit: 4_294_967_295,
		cpu_cap: 5,
		empty_ns: 0x4000_0000,
		network_lock: 'SKIP',
		manage_cgroups_mode: 'CG_NONE',
		pre_dump_mode: 'VM_READ',
		pidfd_store_sk: 9,
		external: ['mnt[/data]:data', 'mnt[]', 'veth[eth0]:veth1@br0'],
		inherit_fd: [{key: 'pipe:[5]', fd: 4}, {key: 'extRootNetNS', fd: 5}],
		join_ns: [{ns: 'net', ns_file: '/proc/1/ns/net', extra_opt: '0,0'}],
		cg_root: [{path: '/a'}, {ctrl: 'cpu', path: '/b'}],
		ps: {address: '10.0.0.1', port: 27},
	});
});

test('the message survives the wire', t => {
	const {message} = encodeOpts(everything);

	t.like(decodeRequest(encodeRequest({type: 'DUMP', opts: message})), {type: 'DUMP', opts: message});
});

test('without options only what ctnative wants is sent', t => {
	t.deepEqual(encodeOpts({}), {
		message: {images_dir_fd: -1, log_level: 4, network_lock: 'NFTABLES', notify_scripts: true, external: [], inherit_fd: []},
		imagesDir: undefined,
		workDir: undefined,
		fds: [],
	});
});

test('a connection to a page server is passed on after the inherited descriptors', t => {
	const {message, fds} = encodeOpts({inheritFd: [{key: 'a', fd: 20 as Fd}], pageServer: {fd: 21 as Fd}});

	t.deepEqual(fds, [20, 21]);
	t.deepEqual(message.ps, {fd: 5});
});

const bad: ReadonlyArray<readonly [object, string]> = [
	[{tcpEstablishd: true}, 'there is no CRIU option tcpEstablishd'],
	[{tcp_established: true}, 'there is no CRIU option tcp_established'],
	[{tcpEstablished: 1}, 'tcpEstablished must be true or false, not 1'],
	[{imagesDir: ''}, "imagesDir must be a string that is not empty, not ''"],
	[{root: 'a\0b'}, /^root must be a string that is not empty/ as never],
	[{ghostLimit: -1}, 'ghostLimit must be an integer from 0 to 4294967295, not -1'],
	[{ghostLimit: 2 ** 32}, 'ghostLimit must be an integer from 0 to 4294967295, not 4294967296'],
	[{timeout: 1.5}, 'timeout must be an integer from 0 to 4294967295, not 1.5'],
	[{logLevel: 5}, 'logLevel must be an integer from 0 to 4, not 5'],
	[{logFile: 'a/b'}, "logFile must be a file name without a slash, not 'a/b'"],
	[{manageCgroupsMode: 'SOFT'}, "manageCgroupsMode must be one of ignore, none, props, soft, full, strict, not 'SOFT'"],
	[{networkLock: 'toString'}, "networkLock must be one of iptables, nftables, skip, not 'toString'"],
	[{external: ['/data']}, "external[0] must be a string like 'mnt[/data]:data', not '/data'"],
	[{external: 'mnt[a]:b'}, "external must be an array, not 'mnt[a]:b'"],
	[{emptyNs: ['pid']}, "emptyNs[0] must be one of network, not 'pid'"],
	[{cpuCap: ['sse']}, "cpuCap[0] must be one of fpu, cpu, ins, not 'sse'"],
	[{inheritFd: [{key: 'a'}]}, 'inheritFd[0].fd must be an integer from 0 to 2147483647, not undefined'],
	[{inheritFd: [{key: 'a', fd: 3, mode: 1}]}, 'inheritFd[0] has no member mode'],
	[{joinNs: [{ns: 'pid', nsFile: '1'}]}, "joinNs[0].ns must be one of net, uts, time, ipc, user, mnt, not 'pid'"],
	[{pageServer: {port: 65_536}}, 'pageServer.port must be an integer from 0 to 65535, not 65536'],
	[{lsmProfile: 'smack:x'}, "lsmProfile must be 'apparmor:name' or 'selinux:context', not 'smack:x'"],
	[{leaveRunning: true, leaveStopped: true}, 'leaveStopped cannot be used with leaveRunning: the tasks do one of the two'],
	[{lazyPages: true, pageServer: {fd: 3}}, 'pageServer.fd cannot be used with lazyPages: CRIU ignores the descriptor and listens by itself'],
	[{tls: true, pageServer: {fd: 3}}, 'pageServer.fd cannot be used with tls: CRIU speaks TLS on connections of its own only'],
];

for (const [opts, message] of bad) {
	test(`${JSON.stringify(opts)} is ERR_ARGUMENT`, t => {
		t.throws(() => encode(opts as CriuOpts), {code: 'ERR_ARGUMENT', message});
	});
}
