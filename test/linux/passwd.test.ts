import test from 'ava';
import {homeOf, parseGroup, parsePasswd} from '../../ts/linux/passwd.js';

const passwd = 'root:x:0:0:root:/root:/bin/sh\n# comment\n\n1000:x:5:5::/five:/bin/sh\nweb:x:1000:33:,,,:/srv/web\nweb2:x:1000:34::/other:\n'
	+ 'bad:x:-1:0::/bad:\nworse:x::0::/worse:\nhuge:x:4294967295:0::/huge:\n:x:7:7::/nameless:\nshort\n';

test('lines with a name and ids are entries', t => {
	t.deepEqual(parsePasswd(passwd).map(({name, uid, gid}) => [name, uid, gid]), [['root', 0, 0], ['1000', 5, 5], ['web', 1000, 33], ['web2', 1000, 34]]);
	t.deepEqual(parsePasswd(passwd)[2], {name: 'web', uid: 1000, gid: 33, home: '/srv/web', shell: ''});
});

test('a home is found by uid, never by a name that looks like one', t => {
	t.is(homeOf(passwd, 1000), '/srv/web');
	t.is(homeOf(passwd, 0), '/root');
	t.is(homeOf(passwd, 4711), '/');
	t.is(homeOf('', 0), '/');
	t.is(homeOf('a:x:5:5:::\n', 5), '/');
});

test('a group has members', t => {
	t.deepEqual(parseGroup('root:x:0:\nweb:x:33:a,b,\nbad:x:z:\n'), [
		{name: 'root', gid: 0, members: []},
		{name: 'web', gid: 33, members: ['a', 'b']},
	]);
});
