// The kernel has the last word: filters of ours, loaded.
import {execFileSync} from 'node:child_process';
import {join} from 'node:path';
import test from 'ava';
import type {LinuxSeccomp} from '../../ts/oci/config.js';
import {compileSeccomp} from '../../ts/seccomp/compile.js';
import {projectPath} from '../support/paths.js';
import {makeTempDir, removeDir} from '../support/temp-dir.js';
import {podmanProfile} from './profiles.js';

const dir = makeTempDir();
test.after.always(() => removeDir(dir));
test.before(() => {
	execFileSync('cc', ['-O1', '-Wall', '-Wextra', '-Werror', '-o', join(dir, 'apply'), projectPath('test/seccomp/apply.c')]);
});

function outcomes(profile: LinuxSeccomp, ...calls: string[]): string[] {
	const {filter, flags} = compileSeccomp(profile, {arch: 'x64'});
	return execFileSync(join(dir, 'apply'), [String(flags), ...calls], {input: filter}).toString().trimEnd().split('\n');
}

// Numbers of x86-64: getpid 39, uname 63, personality 135, kcmp 312; of i386: getpid 20.

test('the kernel answers with the errno of the rule, and carries out the rest', t => {
	const profile: LinuxSeccomp = {
		defaultAction: 'SCMP_ACT_ALLOW',
		syscalls: [
			{names: ['getpid'], action: 'SCMP_ACT_ERRNO'},
			{names: ['personality'], action: 'SCMP_ACT_ERRNO', errnoRet: 95, args: [{index: 0, value: 0xffff_ffff, op: 'SCMP_CMP_EQ'}]},
		],
	};

	t.deepEqual(outcomes(profile, '39', '135:0xffffffff', '135:0x1ffffffff', '63'), ['loaded 0', 'errno 1', 'errno 95', 'errno 0', 'errno 14']);
});

test('the kernel kills for a call of an architecture that the profile does not list', t => {
	const allowed: LinuxSeccomp = {defaultAction: 'SCMP_ACT_ALLOW'};

	t.deepEqual(outcomes(allowed, '39', 'i20', '0x40000027'), ['loaded 0', 'errno 0', 'signal 31', 'signal 31']);
	t.deepEqual(outcomes({...allowed, architectures: ['SCMP_ARCH_X86']}, 'i20'), ['loaded 0', 'errno 0']);
});

test('the kernel takes what podman gives its containers by default', t => {
	t.deepEqual(outcomes(podmanProfile('SCMP_ARCH_X86_64'), '39', 'i20', '312', '1000'), ['loaded 0', 'errno 0', 'errno 0', 'errno 1', 'errno 38']);
});

test('the kernel returns a notify descriptor for every combination of flags', t => {
	const profile: LinuxSeccomp = {
		defaultAction: 'SCMP_ACT_ALLOW',
		listenerPath: '/run/agent.sock',
		syscalls: [{names: ['mkdir'], action: 'SCMP_ACT_NOTIFY'}],
	};

	for (const flags of [
		undefined, [], ['SECCOMP_FILTER_FLAG_TSYNC'], ['SECCOMP_FILTER_FLAG_LOG', 'SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV'],
		['SECCOMP_FILTER_FLAG_TSYNC', 'SECCOMP_FILTER_FLAG_SPEC_ALLOW', 'SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV'],
	] as const) {
		const [loaded] = outcomes(flags ? {...profile, flags} : profile, '39');
		t.regex(loaded!, /^loaded [1-9]/, `flags ${String(flags)}`);
	}
});
