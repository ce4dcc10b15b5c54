import test from 'ava';
import {addonPath} from '../../ts/preflight/addon-path.js';

const line = (path: string): string => `7f0000000000-7f0000001000 r-xp 00000000 fe:00 1234                       ${path}\n`;

test('the addon is found where it was built, and where npm put it', t => {
	t.is(addonPath(line('/usr/lib/libc.so.6') + line('/a b/build/Release/ctnative.node')), '/a b/build/Release/ctnative.node');
	t.is(addonPath(line('/a/prebuilds/linux-x64/node.napi.node')), '/a/prebuilds/linux-x64/node.napi.node');
	t.is(addonPath(line('/a/build/Release/ctnative.node (deleted)')), '/a/build/Release/ctnative.node');
});

test('other addons and an empty list are none', t => {
	t.is(addonPath(line('/a/build/Release/other.node') + line('/a/ctnative.node')), undefined);
	t.is(addonPath(''), undefined);
});
