// Our filters and those that runc makes with libseccomp decide the same.
import test from 'ava';
import {compileSeccomp} from '../../ts/seccomp/compile.js';
import type {SeccompHostArch} from '../../ts/seccomp/compile.js';
import type {LinuxSeccomp} from '../../ts/oci/config.js';
import {BpfProgram, seccompData} from '../support/bpf.js';
import type {Call} from '../support/bpf.js';
import {testUnless} from '../support/skip.js';
import {makeTempDir, removeDir} from '../support/temp-dir.js';
import {tries} from '../support/tries.js';
import {callsFor, differences, natives, runcStub, tellingCalls} from './compare.js';
import {handwritten} from './handwritten.js';
import {Libseccomp} from './libseccomp.js';
import {defaultCapabilities, dockerProfile, dockerProfileMissing, podmanProfile} from './profiles.js';
import {matching, randomProfiles, rulesText} from './random.js';

const dir = makeTempDir();
test.after.always(() => removeDir(dir));
let lib: Libseccomp;
test.before(() => {
	lib = new Libseccomp(dir);
});

/** What differs from libseccomp with what runc adds, for each profile that has a difference. */
function unlikeRunc(profiles: Readonly<Record<string, LinuxSeccomp>>, arch: SeccompHostArch, calls = callsFor): Record<string, string[]> {
	const filters = lib.filters(Object.values(profiles), natives[arch]);
	return Object.fromEntries(Object.entries(profiles).map(([name, profile], n) => {
		const theirs = new BpfProgram(filters[n]!);
		const stub = runcStub(lib, profile, arch);
		const ours = new BpfProgram(compileSeccomp(profile, {arch}).filter);
		return [name, differences(calls(profile, arch), ours, (data, call) => stub(call) ?? theirs.run(data).value)] as const;
	}).filter(([, found]) => found.length > 0));
}

/** A profile with the defaults and the lists of architectures that it may meet in the wild. */
const variants = (profile: LinuxSeccomp): Record<string, LinuxSeccomp> => {
	const {architectures = [], syscalls} = profile;
	return {
		'as it is': profile,
		'EPERM by default': {defaultAction: 'SCMP_ACT_ERRNO', architectures, syscalls: syscalls!},
		'TRAP by default': {defaultAction: 'SCMP_ACT_TRAP', architectures, syscalls: syscalls!},
		'LOG by default': {defaultAction: 'SCMP_ACT_LOG', architectures, syscalls: syscalls!},
		'native only': {...profile, architectures: architectures.slice(0, 1)},
		'without the last architecture': {...profile, architectures: architectures.slice(0, -1)},
		'of all machines': {...profile, architectures: [...architectures, 'SCMP_ARCH_RISCV64', 'SCMP_ARCH_PPC64LE']},
	};
};

for (const arch of ['x64', 'arm64'] as const) {
	test(`podman's default profile means on ${arch} what it means to runc`, t => {
		t.deepEqual(unlikeRunc(variants(podmanProfile(natives[arch])), arch), {});
		const capabilities = [...defaultCapabilities, 'CAP_SYS_ADMIN', 'CAP_SYS_PTRACE', 'CAP_SYS_TIME'];
		t.deepEqual(unlikeRunc({more: podmanProfile(natives[arch], capabilities), none: podmanProfile(natives[arch], [])}, arch), {});
	});

	testUnless(dockerProfileMissing)(`Docker's default profile means on ${arch} what it means to runc`, t => {
		t.deepEqual(unlikeRunc(variants(dockerProfile(natives[arch])), arch), {});
		t.deepEqual(unlikeRunc({none: dockerProfile(natives[arch], [])}, arch), {});
	});
}

test('every operator, action and kind of overlap means what it means to runc', t => {
	t.true(Object.keys(handwritten).length > 90);
	t.deepEqual(unlikeRunc(handwritten, 'x64'), {});
});

test('profiles made by chance mean what they mean to runc', t => {
	const onOne = randomProfiles({seed: 7, count: 150, rules: 3, actions: 2, indexes: [0], bits: 32});
	const equal = randomProfiles({seed: 3, count: 60, rules: 3, actions: 3, indexes: [0, 2], bits: 64, operators: ['SCMP_CMP_EQ', 'SCMP_CMP_MASKED_EQ']});
	const profiles = [...onOne, ...equal];
	const refusedByThem = lib.filters(profiles, natives.x64).map(filter => filter === undefined);
	const refusedByUs = profiles.map(profile => {
		try {
			compileSeccomp(profile, {arch: 'x64'});
			return false;
		} catch {
			return true;
		}
	});

	t.deepEqual(refusedByUs, refusedByThem);
	t.true(refusedByUs.includes(true));
	const accepted = profiles.filter((_, n) => !refusedByUs[n]);
	t.deepEqual(unlikeRunc(Object.fromEntries(accepted.map(profile => [rulesText(profile), profile])), 'x64', tellingCalls), {});
});

test('a call gets the verdict of a rule that it matches, whatever rules there are', t => {
	// Several conditions, order and NE on 64 bits: beyond what libseccomp 2.5.4 can be asked about, see below
	const profiles = [
		...randomProfiles({seed: 1, count: tries(200), rules: 4, actions: 3, indexes: [0], bits: 64}),
		...randomProfiles({seed: 2, count: tries(60), rules: 3, actions: 2, indexes: [0, 1, 2], bits: 64}),
	];
	for (const profile of profiles) {
		let filter: BpfProgram;
		try {
			filter = new BpfProgram(compileSeccomp(profile, {arch: 'x64'}).filter);
		} catch (error) {
			t.like(error, {code: 'ERR_CONFIG_INVALID'});
			continue;
		}

		const wrong = tellingCalls(profile, 'x64').filter(call => matching(profile, call)?.has(filter.run(seccompData(call)).value) === false);
		t.deepEqual(wrong, [], rulesText(profile));
	}
});

/** The verdicts of libseccomp and of ours. */
function verdicts(profile: LinuxSeccomp, call: Call): [theirs: number, ours: number] {
	const filters = [lib.filters([profile], natives.x64)[0]!, compileSeccomp(profile, {arch: 'x64'}).filter] as const;
	return filters.map(filter => new BpfProgram(filter).run(seccompData(call)).value) as [number, number];
}

const [errno, log, allow] = [0x5_0001, 0x7ffc_0000, 0x7fff_0000] as const;

test('libseccomp goes on to the next rule with the wrong word loaded; we do not', t => {
	// Each half and each argument is loaded anew only where libseccomp 2.5.4 thinks that another one is loaded,
	// and it does not think of the way out of a rule that failed halfway. The rules of podman and Docker are fine.
	const halves: LinuxSeccomp = {
		defaultAction: 'SCMP_ACT_LOG',
		syscalls: [
			{names: ['ioctl'], action: 'SCMP_ACT_ALLOW', args: [{index: 0, op: 'SCMP_CMP_GE', value: 0x1_0000_0005}]},
			{names: ['ioctl'], action: 'SCMP_ACT_ERRNO', args: [{index: 0, op: 'SCMP_CMP_LT', value: 0x7fff_ffff}]},
		],
	};
	const words: LinuxSeccomp = {
		defaultAction: 'SCMP_ACT_LOG',
		architectures: ['SCMP_ARCH_X86'],
		syscalls: [
			{names: ['ioctl'], action: 'SCMP_ACT_ERRNO', args: [{index: 0, op: 'SCMP_CMP_LE', value: 2}, {index: 2, op: 'SCMP_CMP_LE', value: 5}]},
			{names: ['ioctl'], action: 'SCMP_ACT_ALLOW', args: [{index: 0, op: 'SCMP_CMP_NE', value: 1}, {index: 1, op: 'SCMP_CMP_EQ', value: 1}]},
		],
	};

	t.deepEqual(verdicts(halves, {nr: 16, arch: 0xc000_003e, args: [0x7fff_ffffn]}), [allow, log]); // No rule matches
	t.deepEqual(verdicts(words, {nr: 54, arch: 0x4000_0003, args: [0n, 0x8000_0000n, 0n]}), [log, errno]); // The first rule matches
});

test('of two limits above 2^32 libseccomp takes the first for smaller high halves; we take the narrower', t => {
	const profile: LinuxSeccomp = {
		defaultAction: 'SCMP_ACT_LOG',
		syscalls: [
			{names: ['ioctl'], action: 'SCMP_ACT_ALLOW', args: [{index: 0, op: 'SCMP_CMP_LT', value: 0x2_0000_0005}]},
			{names: ['ioctl'], action: 'SCMP_ACT_ERRNO', args: [{index: 0, op: 'SCMP_CMP_LT', value: 0x2_0000_0002}]},
		],
	};
	const below = (argument: bigint): [number, number] => verdicts(profile, {nr: 16, arch: 0xc000_003e, args: [argument]});

	t.deepEqual(below(0x2_0000_0001n), [errno, errno]);
	t.deepEqual(below(0x1_0000_0001n), [allow, errno]); // Theirs depends on the high half
});

test('runc gives ENOSYS for i386 socket calls that a profile allows, if it knows no newer call; we allow them', t => {
	// libseccomp's names for them are those of socketcall(2), so runc takes the profile to be older than they are
	const profile: LinuxSeccomp = {defaultAction: 'SCMP_ACT_ERRNO', architectures: ['SCMP_ARCH_X86'], syscalls: [{names: ['socket'], action: 'SCMP_ACT_ALLOW'}]};
	const call = {nr: 359, arch: 0x4000_0003};

	t.deepEqual(verdicts(profile, call), [allow, allow]);
	t.is(runcStub(lib, {...profile, syscalls: [{names: ['socket', 'read'], action: 'SCMP_ACT_ALLOW'}]}, 'x64')(call), 0x5_0026);
});
