import {readImage} from '../../ts/images/codec.js';
import {inheritCgroup} from '../../ts/images/inherit-cgroup.js';
import {readRecord} from '../../ts/images/records.js';
import {dumpByCli, imagesIn, noCriu, startPerl} from '../support/criu-cli.js';
import {steady} from '../support/hierarchies.js';
import {testUnless} from '../support/skip.js';

steady(testUnless(noCriu))('init of real images stays in the cgroup of who restores it, and nothing else is changed', async t => {
	const {pid} = await startPerl(t, '');
	const images = imagesIn(dumpByCli(t, pid));
	const before = images.get('inventory.img')!;
	const core = images.get(`core-${pid}.img`)!;
	const after = inheritCgroup(before, core);
	const {root_cg_set: was, ...others} = readRecord('inventory', before);
	const {tc, thread_core: thread} = readRecord('core', core);
	t.not(was, undefined);
	t.deepEqual(readRecord('inventory', after), {...others, root_cg_set: (tc?.cg_set ?? thread?.cg_set)!});
	t.is(readImage(after).type, 'inventory');
	t.throws(() => inheritCgroup(core, core), {code: 'ERR_CHECKPOINT_IMAGES'});
});
