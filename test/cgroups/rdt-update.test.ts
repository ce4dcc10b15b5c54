// Intel RDT of containers that are there: a directory of files stands for resctrl.
import test from 'ava';
import {readRdtStats} from '../../ts/cgroups/rdt-stats.js';
import {RuntimeCore} from '../../ts/container/runtime.js';
import type {IntelRdt} from '../../ts/oci/config.js';
import {defaultConfig} from '../../ts/oci/spec.js';
import {FakeNative, machineFiles, type FakeOptions} from '../support/fake-native.js';

const rs = '/cg/rs';
const spec = defaultConfig({cgroupVersion: 1});

const create = async (intelRdt: IntelRdt | undefined, options: FakeOptions = {}) => {
	const native = new FakeNative({...options, files: {
		'/proc/self/mountinfo': `${machineFiles['/proc/self/mountinfo']!}\n41 20 0:41 / ${rs} rw - resctrl resctrl rw`,
		'/cg/unified/web/cgroup.procs': '5000\n',
		[`${rs}/gold/schemata`]: 'L3:0=ff\n',
		...options.files,
	}});
	for (const directory of [`${rs}/gold`, '/proc/5000/task/5000', '/proc/5000/task/5001']) {
		native.directories.add(directory);
	}

	const config = {...spec, process: {...spec.process!, terminal: false}, linux: {...spec.linux!, ...(intelRdt && {intelRdt})}};
	const container = await new RuntimeCore(native, {root: '/state'}).create('web', {bundle: '/bundle', config, stdio: 'ignore'});
	const saved = () => (JSON.parse(native.files.get('/state/web/state.json')!) as {rdt?: unknown}).rdt;
	return {native, container, saved};
};

test('update writes other schemata for a class of service of the container\'s own, and saves them', async t => {
	const {native, container} = await create({l3CacheSchema: 'L3:0=ff', memBwSchema: 'MB:0=50'});
	await container.update({}, {intelRdt: {l3CacheSchema: 'L3:0=f'}});
	t.is(native.files.get(`${rs}/web/schemata`), 'L3:0=f\n');
	const config = JSON.parse(native.files.get('/state/web/config.json')!) as {linux: {intelRdt: IntelRdt}};
	t.deepEqual(config.linux.intelRdt, {l3CacheSchema: 'L3:0=f', memBwSchema: 'MB:0=50'});
});

test('a container without a class of service is put into a new one, with all its threads', async t => {
	const {native, container, saved} = await create(undefined);
	const joined: string[] = [];
	const batch = native.batch.bind(native);
	native.batch = async ops => {
		joined.push(...ops.flatMap(op => op.op === 'write' && op.path === `${rs}/web/tasks` ? [Buffer.from(op.data!).toString()] : []));
		return batch(ops);
	};

	await container.update({}, {intelRdt: {memBwSchema: 'MB:0=20'}});
	t.is(native.files.get(`${rs}/web/schemata`), 'MB:0=20\n');
	t.deepEqual(joined.sort(), ['5000', '5001']);
	t.deepEqual(saved(), {group: `${rs}/web`, isOwn: true});
	await container.delete({force: true});
	t.false(native.directories.has(`${rs}/web`), 'it goes with the container');
});

test('a class of service that others may be in is not changed', async t => {
	const {native, container} = await create({closID: 'gold'});
	await t.throwsAsync(container.update({}, {intelRdt: {schemata: ['L3:0=1']}}), {code: 'ERR_CONFIG_INVALID', message: /linux\.intelRdt\.schemata cannot be changed: others may be in \/cg\/rs\/gold/});
	await t.throwsAsync(container.update({}, {intelRdt: {schemata: ['a\nb']}}), {code: 'ERR_CONFIG_INVALID', message: /^intelRdt: schemata\[0\] must be one line/});
	t.is(native.files.get(`${rs}/gold/schemata`), 'L3:0=ff\n');
});

for (const before of [undefined, {l3CacheSchema: 'L3:0=ff'}]) {
	test(`an update that fails leaves schemata and state as they were: ${before ? 'a class of service is there' : 'a new one'}`, async t => {
		const first = (await create(before)).native.calls;
		let failures = 0;
		for (let failAt = first + 1; ; failAt++) {
			const {native, container, saved} = await create(before, {failAt});
			const [schemata, state] = [native.files.get(`${rs}/web/schemata`), saved()];
			const error = await container.update({pids: {limit: 7}}, {intelRdt: {l3CacheSchema: 'L3:0=1'}}).then(() => undefined, (error: unknown) => error);
			if (native.calls < failAt) {
				t.true(failures > 5);
				return;
			}

			if (error !== undefined) {
				failures++;
				t.is(native.directories.has(`${rs}/web`), before !== undefined, `after failing call ${failAt}`);
				t.deepEqual(saved(), state, `after failing call ${failAt}`);
				t.is(before && native.files.get(`${rs}/web/schemata`)?.trim(), before && schemata?.trim(), `after failing call ${failAt}`);
			}
		}
	});
}

test('statistics have what resctrl counts of the container, and of nobody else', async t => {
	const files = {
		[`${rs}/schemata`]: '    L3:0=fff;1=fff\n    MB:0=100;1=100\n',
		[`${rs}/web/schemata`]: '    L3:0=00f;1=fff\n    MB:0= 50;1=100\n',
		[`${rs}/info/L3/cbm_mask`]: 'fff\n', [`${rs}/info/L3/min_cbm_bits`]: '1\n', [`${rs}/info/L3/num_closids`]: '16\n',
		[`${rs}/info/MB/bandwidth_gran`]: '10\n', [`${rs}/info/MB/delay_linear`]: '1\n', [`${rs}/info/MB/min_bandwidth`]: '10\n', [`${rs}/info/MB/num_closids`]: '8\n',
		...Object.fromEntries([['00', '4096', '11', '7'], ['01', '0', 'Unavailable', '9']].flatMap(([domain, ...values]) =>
			['llc_occupancy', 'mbm_total_bytes', 'mbm_local_bytes'].map((file, index) => [`${rs}/web/mon_data/mon_L3_${domain!}/${file}`, `${values[index]!}\n`]))),
	};
	const native = new FakeNative({files});
	for (const domain of ['00', '01']) {
		native.directories.add(`${rs}/web/mon_data/mon_L3_${domain}`);
	}

	const stats = await readRdtStats(native, {group: `${rs}/web`, isOwn: true});
	t.deepEqual(stats, {
		l3_cache_info: {cbm_mask: 'fff', min_cbm_bits: 1, num_closids: 16},
		l3_cache_schema_root: 'L3:0=fff;1=fff',
		l3_cache_schema: 'L3:0=00f;1=fff',
		mem_bw_info: {bandwidth_gran: 10, delay_linear: 1, min_bandwidth: 10, num_closids: 8},
		mem_bw_schema_root: 'MB:0=100;1=100',
		mem_bw_schema: 'MB:0= 50;1=100',
		mbm_stats: [{mbm_total_bytes: 11, mbm_local_bytes: 7}, {mbm_total_bytes: undefined, mbm_local_bytes: 9}],
		cmt_stats: [{llc_occupancy: 4096}, {llc_occupancy: 0}],
	});
	const shared = await readRdtStats(native, {group: `${rs}/web`, isOwn: false});
	t.is(shared.cmt_stats, undefined, 'others may be in it');
	const none = await readRdtStats(new FakeNative(), {group: `${rs}/web`, isOwn: true});
	t.true(Object.values(none).every(value => value === undefined));
});

test('the statistics of a container have them only if it has a class of service', async t => {
	t.is((await (await create(undefined)).container.stats()).intel_rdt, undefined);
	t.is((await (await create({l3CacheSchema: 'L3:0=ff'})).container.stats()).intel_rdt?.l3_cache_schema, 'L3:0=ff');
});
