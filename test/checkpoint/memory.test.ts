// When the page daemon brings memory back in CRIU's place.
import test from 'ava';
import type {Manifest} from '../../ts/checkpoint/manifest.js';
import {isFilledAhead} from '../../ts/checkpoint/memory.js';
import type {ValidConfig} from '../../ts/oci/config.js';

const mib = 1 << 20;
const namespaces = (...types: readonly string[]) => ({linux: {namespaces: types.map(type => ({type}))}}) as unknown as ValidConfig;
const config = namespaces('pid', 'mount');
const able = {lazyPages: true};

const manifest = (sizes: Readonly<Record<string, number>>, more: Partial<Manifest> = {}): Manifest => ({
	version: 1, id: 'a', created: '', criu: '4.2', mounts: [], stdio: [], network: 'own', terminal: false,
	files: Object.fromEntries(Object.entries(sizes).map(([name, size]) => [name, {size}])), ...more,
});

const one = {'mm-1.img': 500, 'pages-1.img': 512 * mib};

test('much memory of one process is filled by the page daemon', t => {
	t.true(isFilledAhead(manifest(one), config, able, {}));
	t.true(isFilledAhead(manifest({'mm-1.img': 500, 'pages-1.img': 64 * mib, 'pages-2.img': 64 * mib}), config, able, {}), 'some of it shared memory');
});

test('little memory, several processes, a user namespace, a parent and images that give way are left to CRIU', t => {
	t.false(isFilledAhead(manifest({'mm-1.img': 500, 'pages-1.img': 127 * mib, 'dump.log': 512 * mib}), config, able, {}));
	t.false(isFilledAhead(manifest({...one, 'mm-2.img': 500}), config, able, {}), 'they may share pages');
	t.false(isFilledAhead(manifest(one), namespaces('pid', 'user'), able, {}));
	t.false(isFilledAhead(manifest(one, {parent: '../before'}), config, able, {}));
	t.false(isFilledAhead(manifest(one), config, able, {autoDedup: true}));
	t.false(isFilledAhead(manifest(one), config, {lazyPages: false}, {}), 'a kernel without userfaultfd');
	t.false(isFilledAhead(manifest({}, {files: undefined}), config, able, {}), 'images of others');
});
