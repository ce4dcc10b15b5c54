import test from 'ava';
import {defaultRoot, dependsOnUidMap} from '../../ts/container/default-root.js';

const own = {XDG_RUNTIME_DIR: '/run/user/1000'};
const machine = '         0          0 4294967295\n';
const ofPodman = '         0       1000          1\n         1     100000      65536\n';

test('root has one place, whatever its environment is; others have that of their session, if they have one', t => {
	for (const [env, uid, uidMap, root] of [
		[{}, 0, machine, '/run/ctnative'],
		[own, 0, machine, '/run/ctnative'],
		[own, 1000, machine, '/run/user/1000/ctnative'],
		[{}, 1000, machine, '/run/ctnative'],
		[{XDG_RUNTIME_DIR: ''}, 1000, machine, '/run/ctnative'],
	] as const) {
		t.is(defaultRoot(env, uid, uidMap), root, `${uid} ${JSON.stringify(env)}`);
	}
});

test('root of a user namespace is whoever made that, unless USER is root', t => {
	t.is(defaultRoot(own, 0, ofPodman), '/run/user/1000/ctnative');
	t.is(defaultRoot({...own, USER: 'me'}, 0, ofPodman), '/run/user/1000/ctnative');
	t.is(defaultRoot({...own, USER: 'root'}, 0, ofPodman), '/run/ctnative');
	t.is(defaultRoot({XDG_RUNTIME_DIR: ''}, 0, ofPodman), '/run/ctnative');
});

test('the map is asked for only where it decides', t => {
	t.true(dependsOnUidMap(own, 0));
	t.false(dependsOnUidMap({}, 0));
	t.false(dependsOnUidMap(own, 1000));
	t.false(dependsOnUidMap({...own, USER: 'root'}, 0));
});
