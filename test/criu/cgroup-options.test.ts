import test from 'ava';
import {keepCgroupOptions} from '../../ts/criu/cgroup-options.js';
import type {HostOp, Native} from '../../ts/native/native.js';

/** A machine whose cgroup2 has these options. */
const machine = (options: string[]): {native: Native; now: () => string[]; mount: (options: readonly string[]) => void} => {
	let now = options;
	const native: Partial<Native> = {
		batch: async ops => ops.map((op: HostOp) => {
			if (op.op === 'new_tree') {
				now = [...op.options];
				return 5;
			}

			return new TextEncoder().encode(`30 29 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 ${['rw', ...now].join()}\n`);
		}),
		close() {},
	};
	return {native: native as Native, now: () => now, mount(given) {
		now = [...given];
	}};
};

test('options of cgroup2 are what they were, also after CRIUs of which one began while another had taken them away', async t => {
	const {native, now, mount} = machine(['nsdelegate', 'memory_recursiveprot']);
	const ends: Array<() => void> = [];
	const criu = async (): Promise<void> => {
		mount([]);
		await new Promise<void>(resolve => {
			ends.push(resolve);
		});
		mount([]); // And once more
	};
	const begun = async (count: number): Promise<void> => {
		while (ends.length < count) {
			await new Promise(resolve => {
				setTimeout(resolve, 1);
			});
		}
	};
	const first = keepCgroupOptions(native, 'soft', criu);
	await begun(1);
	t.deepEqual(now(), []);
	const second = keepCgroupOptions(native, 'full', criu);
	await begun(2);
	ends[0]!();
	await first;
	ends[1]!();
	await second;
	t.deepEqual(now(), ['nsdelegate', 'memory_recursiveprot']);
});

test('a CRIU that lets cgroups be is run as it is', async t => {
	const {native, now, mount} = machine(['nsdelegate']);
	await keepCgroupOptions(native, 'ignore', async () => mount([]));
	t.deepEqual(now(), []);
});
