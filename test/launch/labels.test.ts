import test from 'ava';
import {planKeyring, planLabels} from '../../ts/launch/labels.js';
import {Descriptors, type LaunchFacts} from '../../ts/launch/launch.js';
import {planMounts} from '../../ts/launch/mounts.js';
import {planMemoryPolicy, planScheduling} from '../../ts/launch/scheduling.js';
import type {ValidConfig, ValidProcess} from '../../ts/oci/config.js';

const processOf = (process: Partial<ValidProcess>): ValidProcess => ({args: ['sh'], cwd: '/', ...process}) as ValidProcess;

test('an AppArmor profile and an SELinux label are for the next execve; the keyring is labelled before it is made', t => {
	const process = processOf({apparmorProfile: 'box', selinuxLabel: 'a:b:c:d'});
	t.deepEqual(planLabels(process), [
		{op: 'label', attribute: 'apparmor/exec', otherwise: 'exec', value: 'exec box'},
		{op: 'label', attribute: 'exec', otherwise: undefined, value: 'a:b:c:d'},
	]);
	t.deepEqual(planKeyring('web', false, process).map(({op}) => op), ['label', 'keyring']);
	t.deepEqual([planLabels(processOf({})), planKeyring('web', true, processOf({})).length], [[], 1]);
});

test('a mount has the label of mountLabel unless it has one of its own, whose quotes the kernel takes from mount(2) only', t => {
	const own = 'context="u:r:t:s0:c0,c2"';
	const long = `lowerdir=${'a'.repeat(300)}`;
	const config = {linux: {mountLabel: 'u:r:all'}, mounts: [
		{destination: '/a', type: 'tmpfs', source: 'tmpfs'},
		{destination: '/b', type: 'tmpfs', source: 'tmpfs', options: [own]},
		{destination: '/c', type: 'overlay', source: 'overlay', options: [long, own]},
	]} as unknown as ValidConfig;
	t.deepEqual(planMounts(config, {} as LaunchFacts, new Descriptors(false)).steps.flatMap(step => step.op === 'mount' ? step.options : step.op === 'mount_data' ? step.data : []), [
		'context=u:r:all', 'context=u:r:t:s0:c0,c2', `${long},${own}`,
	]);
});

test('scheduling and memory policy have the numbers of the kernel', t => {
	t.deepEqual(planScheduling(processOf({
		scheduler: {policy: 'SCHED_DEADLINE', nice: -1, flags: ['SCHED_FLAG_RECLAIM', 'SCHED_FLAG_DL_OVERRUN'], runtime: 1, deadline: 2n, period: 3},
		ioPriority: {class: 'IOPRIO_CLASS_BE', priority: 4},
	})), [
		{op: 'scheduler', policy: 6, nice: 0xffff_ffff, priority: 0, flags: 6n, runtime: 1n, deadline: 2n, period: 3n},
		{op: 'io_priority', priority: 0x4004},
	]);
	t.deepEqual(planMemoryPolicy({mode: 'MPOL_BIND', nodes: '1', flags: ['MPOL_F_RELATIVE_NODES']}), [
		{op: 'memory_policy', mode: 0x4002, nodes: new Uint8Array([2, 0, 0, 0, 0, 0, 0, 0])},
	]);
});
