import test from 'ava';
import {CtnError} from '../../ts/errors.js';
import {checkMachine} from '../../ts/preflight/check.js';
import {gatherFacts} from '../../ts/preflight/look.js';
import {FakeNative} from '../support/fake-native.js';

const mountinfo = [
	'0 1 254:0 / / rw,relatime - ext4 /dev/vda rw', // the fake gives 0 as the mount of every file
	...['memory', 'cpu', 'cpuacct', 'pids', 'devices', 'cpuset', 'freezer'].map((name, index) => `${30 + index} 0 0:${index} / /cg/${name} rw - cgroup cgroup rw,${name}`),
	'40 0 0:40 / /cg/unified rw - cgroup2 cgroup2 rw',
].join('\n');

/** The texts of a machine, as the kernel has them. */
const files: Readonly<Record<string, string>> = {
	'/proc/sys/kernel/osrelease': '6.12.3-amd64\n',
	'/proc/self/status': 'Name:\tnode\nUid:\t0\t0\t0\t0\nCapPrm:\t000001ffffffffff\nCapEff:\t000001ffffffffff\nSeccomp:\t0\n',
	'/proc/sys/user/max_user_namespaces': '96365\n',
	'/proc/self/mountinfo': mountinfo,
	'/proc/self/ns/time': '',
	'/proc/sys/kernel/seccomp/actions_avail': 'kill_process kill_thread trap errno user_notif trace log allow\n',
	'/proc/sys/fs/pipe-max-size': '1048576\n',
	'/proc/self/maps': '7f0000000000-7f0000001000 r-xp 00000000 fe:00 99     /app/prebuilds/linux-x64/ctnative.node\n',
	'/proc/sys/vm/unprivileged_userfaultfd': '0\n',
	'/app/prebuilds/linux-x64/ctn-init': '',
	'/': '',
	'/run': '',
	'/usr/bin/tar': '',
	'/bin/tar': '',
	'/sbin/ip': '',
};

const options = {criu: {searchPath: []}, root: '/run/ctnative', arch: 'x64'};

test('the texts of the kernel become facts', async t => {
	const facts = await gatherFacts(new FakeNative({files}), options);
	t.like(facts, {
		release: '6.12.3-amd64',
		maxUserNamespaces: 96_365,
		mountErrno: undefined,
		hasUserfaultfd: true,
		pipeMaxSize: 1_048_576,
		addon: '/app/prebuilds/linux-x64/ctnative.node',
		hasInit: true,
		run: {type: 'ext4'},
		state: {type: 'ext4'},
		cgroups: {mode: 'hybrid', unified: '/cg/unified'},
	});
	t.is(facts.seccompActions.length, 8);
	t.deepEqual([...facts.namespaces].sort(), ['cgroup', 'ipc', 'mnt', 'net', 'pid', 'time', 'user', 'uts']);
	t.deepEqual(facts.programs, [{name: 'tar', path: '/usr/bin/tar'}, {name: 'ip', path: '/sbin/ip'}]);
	t.true(facts.criu instanceof CtnError && facts.criu.code === 'ERR_CRIU_NOT_FOUND');
});

test('a machine without a file of the kernel is judged all the same', async t => {
	for (const path of Object.keys(files)) {
		const native = new FakeNative({files});
		native.files.delete(path);
		const {items} = await checkMachine(native, options);
		t.true(items.length > 15, path);
		t.is(native.open.size, 0);
	}
});

test('the state directory is judged by the first directory above it that is there', async t => {
	const native = new FakeNative({files});
	native.files.delete('/run');
	const {items} = await checkMachine(native, {...options, root: '/srv/some/where'});
	t.like(items.find(({name}) => name === 'state directory'), {ok: true, value: '/srv/some/where on ext4'});
	t.like(items.find(({name}) => name === '/run in memory'), {ok: false, value: 'unknown'});
});

test('the filesystem of a path is that of its mount, whatever the path is called', async t => {
	/** /run has mount 77 and everything else mount 0, as a `struct ctn_stat` tells. */
	class TwoMounts extends FakeNative {
		override async batch(ops: Parameters<FakeNative['batch']>[0]): ReturnType<FakeNative['batch']> {
			const results = await super.batch(ops);
			ops.forEach((op, index) => {
				const bytes = results[index];
				if (op.op === 'stat' && op.path === '/run' && bytes instanceof Uint8Array) {
					new DataView(bytes.buffer).setBigUint64(32, 77n, true);
				}
			});
			return results;
		}
	}

	const native = new TwoMounts({files: {...files, '/proc/self/mountinfo': `${mountinfo}\n77 0 0:50 / /somewhere/else rw - tmpfs tmpfs rw\n`}});
	t.like(await gatherFacts(native, options), {run: {type: 'tmpfs'}, state: {type: 'tmpfs'}});
	t.like(await gatherFacts(native, {...options, root: '/srv'}), {run: {type: 'tmpfs'}, state: {type: 'ext4'}});
});

test('a mount that cannot be made is told by its errno', async t => {
	class NoMounts extends FakeNative {
		override async batch(ops: Parameters<FakeNative['batch']>[0]): ReturnType<FakeNative['batch']> {
			return ops[0]?.op === 'open_tree' ? [-1] : super.batch(ops);
		}
	}

	const {ok, items} = await checkMachine(new NoMounts({files}), options);
	t.false(ok);
	t.like(items.find(({name}) => name === 'mount API'), {ok: false, value: 'open_tree and mount_setattr: EPERM'});
});

test('a check leaves nothing open, whichever call fails', async t => {
	for (let failAt = 1; ; failAt++) {
		const native = new FakeNative({files, failAt});
		await checkMachine(native, options).catch(error => t.true(error instanceof CtnError));
		await new Promise(resolve => setImmediate(resolve)); // What ran beside the call that failed
		t.deepEqual([...native.open.values()], [], `after failing call ${failAt}`);
		if (native.calls < failAt) {
			break; // No call was refused: every one before has had its turn
		}
	}
});
