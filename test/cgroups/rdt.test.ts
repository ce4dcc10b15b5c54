import test from 'ava';
import {joinRdtOps, makeRdt, planRdt, removeRdtOps} from '../../ts/cgroups/rdt.js';
import type {IntelRdt} from '../../ts/oci/config.js';
import {FakeNative} from '../support/fake-native.js';

const root = '/rs';

const world = (groups: Readonly<Record<string, string>> = {}): FakeNative => {
	const native = new FakeNative({files: Object.fromEntries(Object.entries(groups).map(([name, schemata]) => [`${root}/${name}/schemata`, schemata]))});
	for (const name of Object.keys(groups)) {
		native.directories.add(`${root}/${name}`);
	}

	return native;
};

const make = async (native: FakeNative, rdt: IntelRdt) => {
	const plan = await planRdt(native, root, 'web', rdt);
	await makeRdt(native, plan);
	return plan;
};

test('without a closID the container has a group of its own, which goes with it', async t => {
	const native = world();
	const {record} = await make(native, {l3CacheSchema: 'L3:0=ff', memBwSchema: 'MB:0=50', schemata: ['L2:0=f'], enableMonitoring: true});
	t.deepEqual(record, {group: '/rs/web', isOwn: true, monitor: '/rs/web/mon_groups/web'});
	t.is(native.files.get('/rs/web/schemata'), 'L3:0=ff\nMB:0=50\nL2:0=f\n');
	await native.batch(joinRdtOps(record, 77));
	t.deepEqual([native.files.get('/rs/web/tasks'), native.files.get('/rs/web/mon_groups/web/tasks')], ['77', '77']);
	t.deepEqual(removeRdtOps(record).map(op => op.op === 'rmdir' && op.path), ['/rs/web/mon_groups/web', '/rs/web']);
});

test('a group that is there is joined, and neither changed nor removed', async t => {
	const native = world({gold: 'L3:0=0ff;1=00f\nMB:0=100\n'});
	const {record} = await make(native, {closID: 'gold', l3CacheSchema: 'L3:0=FF;1=f'});
	t.deepEqual(record, {group: '/rs/gold', isOwn: false});
	t.is(native.files.get('/rs/gold/schemata'), 'L3:0=0ff;1=00f\nMB:0=100\n');
	t.deepEqual(removeRdtOps(record), []);
	await make(native, {closID: 'gold'});
});

test('a group with other schemata, or that nothing describes, is refused', async t => {
	await t.throwsAsync(make(world({gold: 'L3:0=ff\n'}), {closID: 'gold', schemata: ['L3:0=f']}), {
		code: 'ERR_CONFIG_INVALID', message: /^config\.json: linux\.intelRdt\.schemata "L3:0=f" is not what \/rs\/gold has/,
	});
	await t.throwsAsync(make(world(), {closID: 'gold'}), {code: 'ERR_CONFIG_INVALID', message: /closID "gold" does not exist/});
});

test('a machine without resctrl is told', async t => {
	await t.throwsAsync(planRdt(world(), undefined, 'web', {closID: 'gold'}), {
		code: 'ERR_CONFIG_UNSUPPORTED', message: /^config\.json: linux\.intelRdt asks for Intel RDT: resctrl is not mounted here \(mount -t resctrl/,
	});
});

test('what resctrl says of schemata it refuses is the cure', async t => {
	const native = world();
	native.files.set('/rs/info/last_cmd_status', 'Unknown or unsupported resource name \'L9\'\n');
	const batch = native.batch.bind(native);
	native.batch = async ops => {
		if (ops.some(op => op.op === 'write')) {
			throw Object.assign(new Error('write'), {errno: 'EINVAL', syscall: 'write'});
		}

		return batch(ops);
	};

	await t.throwsAsync(make(native, {schemata: ['L9:0=1']}), {
		code: 'ERR_CGROUP_LIMIT', message: 'resctrl refused linux.intelRdt for /rs/web: EINVAL (Unknown or unsupported resource name \'L9\')',
	});
});
