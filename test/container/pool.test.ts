import test from 'ava';
import {Pool} from '../../ts/container/pool.js';
import type {Machine} from '../../ts/container/machine.js';
import type {Native} from '../../ts/native/native.js';
import type {ValidConfig} from '../../ts/oci/config.js';

const config = {linux: {namespaces: [{type: 'network'}]}} as unknown as ValidConfig;

test('what is taken while the pool has just been filled is made again, in whichever of the steps that is', async t => {
	for (let steps = 0; steps < 12; steps++) {
		let made = 0;
		const native: Partial<Native> = {
			async batch() {
				if (++made === 2) {
					let turn = Promise.resolve();
					for (let step = 0; step < steps; step++) {
						turn = turn.then(() => {});
					}

					void turn.then(() => pool.take(config));
				}

				return [made];
			},
			sleep: async () => {},
			close() {},
		};
		const pool = new Pool(native as Native, async () => ({}) as Machine, {networkNamespaces: 2});
		await new Promise(resolve => {
			setTimeout(resolve, 5);
		});
		await pool.ready();
		t.is(made, 3, `after ${steps} steps`);
	}
});
