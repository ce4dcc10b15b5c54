import {statSync} from 'node:fs';
import {join} from 'node:path';
import type {Spec} from '../support/bundle.js';
import {cgroupV1Test, systemTest as test, World} from './world.js';

/** With the right to make device nodes: what then holds back is the cgroup. */
const maker = (config: Spec): void => {
	delete config.process.capabilities;
	config.process.noNewPrivileges = false;
};

const rules = (...devices: NonNullable<NonNullable<Spec['linux']['resources']>['devices']>) => (config: Spec): void => {
	maker(config);
	config.linux.resources = {devices};
};

const deny = {allow: false, access: 'rwm'};

/** Makes a node and opens it for reading; a loop device may not be there, which is another error. */
const tryToOpen = (type: string, number: string, how = '<') => `mknod /node ${type} ${number}; : ${how} /node && echo opened`;

const refused = /Operation not permitted/;

test('a program cannot open a device of the host, though it may make its node', async t => {
	const world = new World(t);
	for (const [type, number] of [['b', '7 0'], ['c', '1 11'], ['c', '10 237']] as const) {
		const {stdout, stderr} = await world.shell(`ls /node; ${tryToOpen(type, number)}`, {writable: true, edit: maker});
		t.is(stdout, '');
		t.regex(stderr, refused, `${type} ${number}`);
	}
});

test('without any device rule everything but the default devices is denied', async t => {
	const world = new World(t);
	const {stderr} = await world.shell(tryToOpen('c', '1 11'), {writable: true, edit(config) {
		maker(config);
		config.linux.resources = {};
	}});
	t.regex(stderr, refused);
});

test('a device that a rule allows can be opened, for as much as it allows', async t => {
	const world = new World(t);
	const kmsg = {type: 'c', major: 1, minor: 11} as const;
	const read = rules(deny, {allow: true, ...kmsg, access: 'r'});
	t.is((await world.shell(tryToOpen('c', '1 11'), {writable: true, edit: read})).stdout, 'opened\n');
	t.regex((await world.shell(tryToOpen('c', '1 11', '<>'), {writable: true, edit: read})).stderr, refused);
	t.regex((await world.shell(tryToOpen('c', '1 12'), {writable: true, edit: read})).stderr, refused);

	const both = rules(deny, {allow: true, ...kmsg, access: 'rw'});
	t.is((await world.shell(tryToOpen('c', '1 11', '<>'), {writable: true, edit: both})).stdout, 'opened\n');
	const wide = rules(deny, {allow: true, type: 'b', major: 7, access: 'rwm'});
	t.notRegex((await world.shell(tryToOpen('b', '7 0'), {writable: true, edit: wide})).stderr, refused);
	const all = rules({allow: true, access: 'rwm'});
	t.is((await world.shell(tryToOpen('c', '1 11', '<>'), {writable: true, edit: all})).stdout, 'opened\n');
});

test('of two rules the later one wins', async t => {
	const world = new World(t);
	const edit = rules({allow: true, access: 'rwm'}, {allow: false, type: 'c', major: 1, minor: 11, access: 'r'});
	t.regex((await world.shell(tryToOpen('c', '1 11'), {writable: true, edit})).stderr, refused);
});

test('the default devices work, also for a plain user', async t => {
	const world = new World(t);
	const script = 'echo x > /dev/null; head -c 10 /dev/zero | wc -c; head -c 10 /dev/urandom | wc -c; head -c 10 /dev/random | wc -c; echo x > /dev/full; ls -l /dev/stdin /dev/fd /dev/ptmx | grep -o "/dev/.*"; echo ok > /dev/stdout';
	for (const uid of [0, 1000]) {
		const {stdout, stderr} = await world.shell(script, {edit(config) {
			config.process.user = {uid, gid: uid};
		}});
		t.is(stdout, '10\n10\n10\n/dev/fd -> /proc/self/fd\n/dev/ptmx -> pts/ptmx\n/dev/stdin -> /proc/self/fd/0\nok\n');
		t.regex(stderr, /No space left on device/);
	}
});

test('devices of config.json are made, with their mode and owner', async t => {
	const world = new World(t);
	const {stdout} = await world.shell('stat -c "%F %a %u:%g %t:%T %n" /dev/fuse /dev/deep/er/zero /dev/pipe /dev/null; head -c 4 /dev/deep/er/zero | wc -c', {edit(config) {
		config.linux.devices = [
			{path: '/dev/fuse', type: 'c', major: 10, minor: 229, fileMode: 0o660, uid: 1000, gid: 5},
			{path: '/dev/deep/er/zero', type: 'c', major: 1, minor: 5},
			{path: '/dev/pipe', type: 'p', fileMode: 0o600},
			{path: '/dev/null', type: 'c', major: 1, minor: 3, fileMode: 0o640},
		];
	}});
	t.is(stdout, [
		'character special file 660 1000:5 a:e5 /dev/fuse',
		'character special file 666 0:0 1:5 /dev/deep/er/zero',
		'fifo 600 0:0 0:0 /dev/pipe',
		'character special file 640 0:0 1:3 /dev/null',
		'4\n',
	].join('\n'));
});

test('a large device number arrives whole', async t => {
	const world = new World(t);
	const {stdout} = await world.shell('stat -c "%t:%T" /dev/large', {edit(config) {
		config.linux.devices = [{path: '/dev/large', type: 'b', major: 0xabc, minor: 0x98765}];
	}});
	t.is(stdout, 'abc:98765\n');
});

test('exec is held by the same device rules', async t => {
	const world = new World(t);
	const bundle = world.bundle({writable: true, args: ['sleep', '1000'], edit: maker});
	const container = await world.runtime.run(world.id(), {bundle, stdio: 'ignore'});
	const process = await container.exec({args: ['sh', '-c', tryToOpen('c', '1 11')]});
	t.is((await process.wait()).code, 1);
	t.true(statSync(join(bundle, 'rootfs/node')).isCharacterDevice());
});

cgroupV1Test('a container is allowed what runc allows', async t => {
	const world = new World(t);
	const options = {args: ['sort', '/sys/fs/cgroup/devices/devices.list'], edit: rules(deny, {allow: true, type: 'c', major: 10, minor: 229, access: 'rw'})};
	const {stdout} = await world.run(options);
	t.true(stdout.includes('c 10:229 rw\n'));
	t.is(stdout, (await world.runc(options)).stdout);
});
