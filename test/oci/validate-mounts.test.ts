import test from 'ava';
import {mapping, spaces, verdict, withLinux, withMount, withProcess} from './rules.js';

const user = {namespaces: spaces('mount', 'user'), uidMappings: [mapping(0, 1000, 10)], gidMappings: [mapping(0, 2000, 10)]};

test('a bind mount has a source and no options of a filesystem', t => {
	t.is(verdict(withMount({source: '', options: ['rbind']})), 'mounts[0].source must be the path to bind, but is missing');
	t.is(verdict(withMount({options: ['bind', 'ro', 'size=1m']})), 'mounts[0].options must not have options of a filesystem for a bind mount: "size=1m"');
	t.is(verdict(withMount({type: 'bind', options: ['mode=755']})), 'mounts[0].options must not have options of a filesystem for a bind mount: "mode=755"');
	t.is(verdict(withMount({source: '/srv', options: ['rbind', 'rro', 'nosuid', 'rslave', 'defaults']})), undefined);
});

test('what is not a bind mount has a type', t => {
	t.is(verdict(withMount({type: ''})), 'mounts[0].type must be a filesystem type for what is not a bind mount, but is missing');
	t.is(verdict(withMount({type: '', source: '/srv', options: ['bind']})), undefined);
});

test('nothing but procfs becomes /proc', t => {
	for (const destination of ['/proc', 'proc', '/proc/', '/x/../proc', '//proc/.']) {
		t.is(verdict(withMount({destination})), 'mounts[0].destination cannot be /proc, as what is mounted is not procfs');
		t.regex(verdict(withMount({destination, type: 'proc', source: '/tmp/false', options: ['bind']}))!, /cannot be \/proc/);
		t.is(verdict(withMount({destination, type: 'proc', source: 'proc'})), undefined);
		t.is(verdict(withMount({destination, source: '/proc', options: ['rbind']})), undefined);
	}
});

test('nothing is mounted inside /proc, but for the files that lxcfs makes', t => {
	for (const destination of ['/proc/self', '/proc/sys/kernel', '/proc/../proc/1/attr']) {
		t.regex(verdict(withMount({destination}))!, /^mounts\[0\]\.destination cannot be inside \/proc: "\/proc\//);
	}

	t.is(verdict(withMount({destination: '/proc/cpuinfo', source: '/var/lib/lxcfs/proc/cpuinfo', options: ['bind']})), undefined);
	t.is(verdict(withMount({destination: '/process'})), undefined);
});

test('an id-mapped mount is a bind mount with both maps, made with privileges', t => {
	const maps = {uidMappings: [mapping(0, 1, 1)], gidMappings: [mapping(0, 1, 1)]};
	const bind = {source: '/srv', options: ['bind']};
	t.is(verdict(withMount({...bind, ...maps})), undefined);
	t.is(verdict(withMount(maps)), 'mounts[0].uidMappings makes an id-mapped mount, which has to be a bind mount');
	t.is(verdict(withMount({...bind, ...maps, gidMappings: []})), 'mounts[0].uidMappings needs mappings for both users and groups');
	t.is(verdict(withMount({...bind, ...maps}, user), {rootless: true}), 'mounts[0].uidMappings makes an id-mapped mount, which needs privileges');
	t.is(verdict(withMount({...bind, options: ['bind', 'idmap']})), 'mounts[0].options has idmap without mappings, which needs a user namespace to take them from');
	t.is(verdict(withMount({...bind, options: ['bind', 'ridmap']}, user)), undefined);
	t.is(verdict(withMount({...bind, ...maps, uidMappings: [mapping(0, 1, 5), mapping(3, 10, 1)]})), 'mounts[0].uidMappings[1].containerID makes a range that overlaps with one before it');
});

test('without privileges, owners of a new filesystem have to be mapped', t => {
	t.is(verdict(withMount({options: ['mode=755', 'gid=10']}, user), {rootless: true}), 'mounts[0].options[1] must have an id that is mapped in linux.gidMappings, not 10');
	t.is(verdict(withMount({options: ['uid=9', 'gid=9']}, user), {rootless: true}), undefined);
	t.is(verdict(withMount({options: ['gid=10']}, user)), undefined);
});

test('a user namespace has mappings for users and groups, and id 0 is mapped', t => {
	t.is(verdict(withLinux({namespaces: spaces('mount', 'user')})), 'linux.uidMappings must be a non-empty array, as there is a new user namespace');
	t.is(verdict(withLinux({...user, gidMappings: []})), 'linux.gidMappings must be a non-empty array, as there is a new user namespace');
	t.is(verdict(withLinux({...user, uidMappings: [mapping(1, 1, 1)]})), 'linux.uidMappings must map id 0, which sets the container up');
	t.is(verdict(withLinux(user)), undefined);
});

test('mappings without a user namespace are refused', t => {
	t.is(verdict(withLinux({uidMappings: user.uidMappings})), 'linux.uidMappings needs a user namespace in linux.namespaces');
	t.is(verdict(withLinux({gidMappings: user.gidMappings})), 'linux.gidMappings needs a user namespace in linux.namespaces');
	t.is(verdict(withLinux({gidMappings: []})), undefined);
});

test('mappings for a joined user namespace are accepted with a warning', t => {
	const warnings: string[] = [];
	const linux = {...user, namespaces: [...spaces('mount'), {type: 'user' as const, path: '/proc/1/ns/user'}]};
	t.is(verdict(withLinux(linux), {warn: message => warnings.push(message)}), undefined);
	t.deepEqual(warnings, ['uid', 'gid'].map(kind => `config.json: linux.${kind}Mappings does nothing, as the user namespace is joined by path`));
});

test('mappings are what the kernel takes', t => {
	const uid = (...uidMappings: typeof user.uidMappings) => verdict(withLinux({...user, uidMappings}));
	t.is(uid(mapping(0, 0, 0)), 'linux.uidMappings[0].size must be an integer from 1 to 4294967295, not 0');
	t.is(uid(mapping(0, 4_294_967_290, 6)), 'linux.uidMappings[0].size makes the range from hostID 4294967290 on end above 4294967294');
	t.is(uid(mapping(0, 0, 4_294_967_295)), undefined);
	t.is(uid(mapping(0, 0, 10), mapping(9, 100, 1)), 'linux.uidMappings[1].containerID makes a range that overlaps with one before it');
	t.is(uid(mapping(0, 0, 10), mapping(10, 9, 1)), 'linux.uidMappings[1].hostID makes a range that overlaps with one before it');
	t.is(uid(mapping(10, 10, 5), mapping(0, 0, 10)), undefined);
	const lines = Array.from({length: 341}, (_, index) => mapping(index, index, 1));
	t.is(uid(...lines), 'linux.uidMappings must have at most 340 entries, not 341');
	t.is(uid(...lines.slice(1).map(line => ({...line, containerID: line.containerID - 1}))), undefined);
});

test('the user of the process has to be mapped', t => {
	const as = (process: object) => verdict({...withProcess({user: process}), linux: user});
	t.is(as({uid: 9, gid: 9}), undefined);
	t.is(as({uid: 10}), 'process.user.uid must be an id that linux.uidMappings maps, not 10');
	t.is(as({gid: 10}), 'process.user.gid must be an id that linux.gidMappings maps, not 10');
	t.is(as({additionalGids: [1, 11]}), 'process.user.additionalGids[1] must be an id that linux.gidMappings maps, not 11');
});

test('without privileges there is a user namespace', t => {
	t.is(verdict(withLinux({}), {rootless: true}), 'linux.namespaces must have a user namespace, as the runtime has no privileges');
	t.is(verdict(withLinux(user), {rootless: true}), undefined);
});

test('the root is what root.path says, and no mount', t => {
	for (const destination of ['/', '', './', '/a/..']) {
		const said = verdict(withMount({destination, type: 'tmpfs', source: 'tmpfs'}));
		t.regex(said!, /^mounts\[0\]\.destination (cannot be \/: what is there is root\.path|must be)/, destination);
	}

	t.is(verdict(withMount({destination: '/', type: 'none', source: 'none', options: ['remount', 'ro']})), undefined);
});

test('a user namespace needs a mount namespace beside it', t => {
	const maps = {uidMappings: [mapping(0, 0, 1)], gidMappings: [mapping(0, 0, 1)]};
	t.is(verdict(withLinux({namespaces: spaces('user'), ...maps})), 'linux.namespaces needs a mount namespace beside the user namespace: its root may mount nothing on the host');
	t.is(verdict(withLinux({namespaces: spaces('user', 'mount'), ...maps})), undefined);
});
