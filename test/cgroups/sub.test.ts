import test from 'ava';
import type {CgroupRecord} from '../../ts/cgroups/plan.js';
import {besideInit} from '../../ts/cgroups/sub.js';
import {FakeNative} from '../support/fake-native.js';

const record: CgroupRecord = {mode: 'v2', path: '/web', v1: {}, unified: '/cg/web'};

const of = async (path: string) => (await besideInit(new FakeNative({files: {'/proc/77/cgroup': `4:memory:/x\n0::${path}\n`}}), record, 77, '/cg'))?.unified;

test('a cgroup that init went to counts if it is below that of the container', async t => {
	t.is(await of('/web/init.scope'), '/cg/web/init.scope');
	for (const path of ['/web', '/webs/init', '/', '/other', '/../web/init']) {
		t.is(await of(path), undefined, path);
	}

	t.is(await besideInit(new FakeNative(), record, 77, '/cg'), undefined, 'init is gone');
});
