import test from 'ava';
import {planKeyring, planLabels} from '../../ts/launch/labels.js';
import {planMemoryPolicy, planScheduling} from '../../ts/launch/scheduling.js';
import type {ValidProcess} from '../../ts/oci/config.js';

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
