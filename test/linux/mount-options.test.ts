import test from 'ava';
import {
	MOUNT_ATTR_NOATIME, MOUNT_ATTR_NODEV, MOUNT_ATTR_NODIRATIME, MOUNT_ATTR_NOEXEC, MOUNT_ATTR_NOSUID, MOUNT_ATTR_NOSYMFOLLOW,
	MOUNT_ATTR_RDONLY, MOUNT_ATTR_STRICTATIME, MOUNT_ATTR__ATIME, MS_PRIVATE, MS_REC, MS_SHARED, MS_SLAVE, MS_UNBINDABLE,
} from '../../ts/linux/constants.js';
import {bindAttributes, knownMountOptions, parseMountOptions, propagationFlags} from '../../ts/linux/mount-options.js';

const none = {set: 0n, clear: 0n};
const parse = (...options: string[]) => parseMountOptions(options);

test('no options are no wishes', t => {
	const {bind, rbind, remount, attributes, recursive, propagation, superblock, tmpcopyup, idmap, copySymlink, data} = parse();
	t.deepEqual({bind, rbind, remount, tmpcopyup, idmap, copySymlink}, {bind: false, rbind: false, remount: false, tmpcopyup: false, idmap: undefined, copySymlink: false});
	t.deepEqual([attributes, recursive, propagation, superblock, data], [none, none, [], [], []]);
	t.deepEqual(parse('defaults', 'silent', 'loud'), parse());
});

test('an attribute is set or cleared, on the mount or on all below', t => {
	for (const [on, off, attribute] of [
		['ro', 'rw', MOUNT_ATTR_RDONLY], ['nosuid', 'suid', MOUNT_ATTR_NOSUID], ['nodev', 'dev', MOUNT_ATTR_NODEV],
		['noexec', 'exec', MOUNT_ATTR_NOEXEC], ['nodiratime', 'diratime', MOUNT_ATTR_NODIRATIME], ['nosymfollow', 'symfollow', MOUNT_ATTR_NOSYMFOLLOW],
	] as const) {
		t.deepEqual(parse(on).attributes, {set: attribute, clear: 0n}, on);
		t.deepEqual(parse(off).attributes, {set: 0n, clear: attribute}, off);
		t.deepEqual(parse(on, off).attributes, {set: 0n, clear: attribute}, `${on},${off}`);
		t.deepEqual(parse(off, on).attributes, {set: attribute, clear: 0n}, `${off},${on}`);
		t.deepEqual(parse(`r${on}`).recursive, {set: attribute, clear: 0n}, `r${on}`);
		t.deepEqual(parse(`r${off}`).recursive, {set: 0n, clear: attribute}, `r${off}`);
		t.deepEqual(parse(`r${on}`).attributes, none, `r${on}`);
	}
});

test('an access-time option always clears the whole setting first', t => {
	for (const [option, set] of [
		['noatime', MOUNT_ATTR_NOATIME], ['strictatime', MOUNT_ATTR_STRICTATIME], ['relatime', 0n], ['norelatime', 0n], ['atime', 0n], ['nostrictatime', 0n],
	] as const) {
		t.deepEqual(parse(option).attributes, {set, clear: MOUNT_ATTR__ATIME}, option);
		t.deepEqual(parse(`r${option}`).recursive, {set, clear: MOUNT_ATTR__ATIME}, `r${option}`);
	}
});

test('only one access-time setting comes out, as mount(2) would choose', t => {
	t.deepEqual(parse('noatime', 'strictatime').attributes, {set: MOUNT_ATTR_STRICTATIME, clear: MOUNT_ATTR__ATIME});
	t.deepEqual(parse('strictatime', 'noatime').attributes, {set: MOUNT_ATTR_STRICTATIME, clear: MOUNT_ATTR__ATIME});
	t.deepEqual(parse('noatime', 'relatime').attributes, {set: MOUNT_ATTR_NOATIME, clear: MOUNT_ATTR__ATIME});
	t.deepEqual(parse('noatime', 'atime', 'nodiratime').attributes, {set: MOUNT_ATTR_NODIRATIME, clear: MOUNT_ATTR__ATIME});
});

test('flags of the superblock are kept apart, and the last word counts', t => {
	t.deepEqual(parse('ro', 'sync', 'dirsync', 'lazytime', 'mand', 'iversion').superblock, ['ro', 'sync', 'dirsync', 'lazytime', 'mand', 'iversion']);
	t.deepEqual(parse('ro', 'sync', 'rw', 'async', 'lazytime', 'nolazytime', 'mand', 'nomand', 'iversion', 'noiversion').superblock, []);
	t.deepEqual(parse('sync', 'dirsync').attributes, none);
});

test('propagation words come out in order', t => {
	t.deepEqual(parse('private', 'rslave', 'shared', 'runbindable').propagation, [MS_PRIVATE, MS_SLAVE | MS_REC, MS_SHARED, MS_UNBINDABLE | MS_REC]);
	t.is(propagationFlags('rprivate'), MS_PRIVATE | MS_REC);
	t.is(propagationFlags('constructor'), undefined);
});

test('wishes to the runtime are told apart', t => {
	t.like(parse('bind'), {bind: true, rbind: false});
	t.like(parse('rbind'), {bind: true, rbind: true});
	t.like(parseMountOptions([], 'bind'), {bind: true, rbind: false});
	t.like(parse('remount', 'tmpcopyup', 'ridmap', 'copy-symlink'), {remount: true, tmpcopyup: true, idmap: 'ridmap', copySymlink: true});
});

test('what is left is for the filesystem, one option at a time, in order', t => {
	t.deepEqual(parse('mode=755', 'nosuid', 'size=65536k', 'newinstance', 'RO', 'acl').data, ['mode=755', 'size=65536k', 'newinstance', 'RO', 'acl']);
	t.deepEqual(parse('mode=755,size=1m', ',', 'uid=0,').data, ['mode=755', 'size=1m', 'uid=0']);
	t.deepEqual(parse('context="a:b:c1,c2"', 'lowerdir=/a\\,b:/c').data, ['context="a:b:c1,c2"', 'lowerdir=/a\\,b:/c']);
	t.deepEqual(parse('constructor', '__proto__').data, ['constructor', '__proto__']);
});

test('a bind mount keeps the attributes of its source, or has exactly the given ones', t => {
	const all = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NOSYMFOLLOW;
	t.deepEqual(bindAttributes(parse('rbind', 'rprivate')), {...none, mayClear: 0n});
	t.deepEqual(bindAttributes(parse('bind', 'ro')), {set: MOUNT_ATTR_RDONLY, clear: 0n, mayClear: all & ~MOUNT_ATTR_RDONLY});
	t.deepEqual(bindAttributes(parse('bind', 'rw')), {set: 0n, clear: MOUNT_ATTR_RDONLY, mayClear: all & ~MOUNT_ATTR_RDONLY});
	t.deepEqual(bindAttributes(parse('bind', 'noatime', 'nodev')), {set: MOUNT_ATTR_NOATIME | MOUNT_ATTR_NODEV, clear: MOUNT_ATTR__ATIME, mayClear: all & ~MOUNT_ATTR_NODEV});
});

test('every option of runc is known', t => {
	const runc = 'async atime bind defaults dev diratime dirsync exec iversion lazytime loud mand noatime nodev nodiratime noexec noiversion nolazytime '
		+ 'nomand norelatime nostrictatime nosuid nosymfollow private ratime rbind rdev rdiratime relatime remount rexec rnoatime rnodev rnodiratime '
		+ 'rnoexec rnorelatime rnostrictatime rnosuid rnosymfollow ro rprivate rrelatime rro rrw rshared rslave rstrictatime rsuid rsymfollow '
		+ 'runbindable rw shared silent slave strictatime suid symfollow sync tmpcopyup unbindable';
	t.deepEqual(runc.split(' ').filter(option => !knownMountOptions.includes(option)), []);
});
