import {posix} from 'node:path';
import test from 'ava';
import {cleanPath, resolvePath} from '../../ts/oci/paths.js';

test('a clean path is what path.normalize makes of it, without a slash at the end', t => {
	for (const path of ['/', '//', '/a/../..', '/../a', 'a/..', '', '.', '..', '../a', '../../a/..', 'a//b/./c/..', '/a/b/../../..', './../a', '/a/']) {
		t.is(cleanPath(path), posix.normalize(path).replace(/(?<=.)\/$/, ''), path);
	}
});

test('a path is resolved from a directory unless it is absolute', t => {
	t.is(resolvePath('/bundle', 'rootfs'), '/bundle/rootfs');
	t.is(resolvePath('/bundle', '../other/'), '/other');
	t.is(resolvePath('/bundle', '/rootfs'), '/rootfs');
});
