import {chownSync, mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {Spec} from '../support/bundle.js';
import {systemTest as test, World} from './world.js';

const as = (user: NonNullable<Spec['process']['user']>, change: (config: Spec) => void = () => {}) => ({
	edit: (config: Spec): void => {
		config.process.user = user;
		change(config);
	},
});

test('the program runs as the user of config.json, with its groups and umask', async t => {
	const world = new World(t);
	const options = as({uid: 1000, gid: 5, additionalGids: [1001, 20], umask: 0o027});
	const script = 'id -u; id -g; id -G; umask; grep -E "^(Uid|Gid|Groups)" /proc/self/status';
	const {stdout} = await world.shell(script, options);
	t.true(stdout.startsWith('1000\n5\n5 20 1001\n0027\nUid:\t1000\t1000\t1000\t1000\nGid:\t5\t5\t5\t5\n'), stdout);
	t.is(stdout, (await world.runc({...options, args: ['sh', '-c', script]})).stdout);
});

test('HOME is that of /etc/passwd by uid, or / for a user that is not there', async t => {
	const world = new World(t);
	t.is((await world.shell('echo $HOME')).stdout, '/root\n');
	t.is((await world.shell('echo $HOME', as({uid: 1000, gid: 1000}))).stdout, '/tmp\n');
	t.is((await world.shell('echo $HOME', as({uid: 4711, gid: 4711}))).stdout, '/\n');
	t.is((await world.shell('echo $HOME', as({uid: 1000, gid: 1000}, config => {
		config.process.env!.push('HOME=/elsewhere');
	}))).stdout, '/elsewhere\n');
});

test('an empty HOME is replaced, and of a variable that is given twice the last one counts', async t => {
	const world = new World(t);
	const options = {args: ['env'], edit: (config: Spec): void => {
		config.process.env!.push('HOME=', 'TWICE=first', 'A=1', 'TWICE=second', 'EMPTY=');
	}};
	const lines = (await world.run(options)).stdout.trim().split('\n').sort();
	t.deepEqual(lines.filter(line => /^(HOME|TWICE|EMPTY)=/.test(line)), ['EMPTY=', 'HOME=/root', 'TWICE=second']);
	t.deepEqual(lines, (await world.runc(options)).stdout.trim().split('\n').sort());
});

test('the program is looked up in the PATH of config.json', async t => {
	const world = new World(t);
	const bundle = {
		writable: true,
		prepare: (rootfs: string): void => {
			mkdirSync(join(rootfs, 'opt'));
			writeFileSync(join(rootfs, 'opt/sleep'), '#!/bin/sh\necho mine $1\n', {mode: 0o755});
			writeFileSync(join(rootfs, 'opt/echo'), 'not executable', {mode: 0o644});
		},
	};
	const path = (value: string) => ({edit: (config: Spec): void => {
		config.process.env = [`PATH=${value}`];
	}});
	t.is((await world.run({...bundle, ...path('/opt:/bin'), args: ['sleep', 'x']})).stdout, 'mine x\n');
	t.is((await world.run({...bundle, ...path('/opt:/bin'), args: ['echo', 'the real one']})).stdout, 'the real one\n');
	await t.throwsAsync(world.run({...bundle, ...path('/opt'), args: ['echo']}), {code: 'ERR_COMMAND_NOT_EXECUTABLE'});
	await t.throwsAsync(world.run({...bundle, ...path('/opt'), args: ['cat']}), {code: 'ERR_COMMAND_NOT_FOUND'});
	t.is((await world.run({args: ['echo', 'without PATH'], edit: config => {
		config.process.env = [];
	}})).stdout, 'without PATH\n');
});

test('cwd is made if it is missing, and the program begins there', async t => {
	const world = new World(t);
	const options = as({uid: 1000, gid: 1000}, config => {
		config.process.cwd = '/var/new/other/..//dir/';
	});
	t.is((await world.shell('pwd; stat -c "%a %u" .', {...options, writable: true})).stdout, '/var/new/dir\n755 0\n');
});

test('cwd may be a directory that only root, or only the user may enter', async t => {
	const world = new World(t);
	const bundle = (mode: number, uid: number) => ({
		writable: true,
		...as({uid: 1000, gid: 1000}, config => {
			config.process.cwd = '/closed';
			config.process.capabilities = {bounding: []};
		}),
		prepare: (rootfs: string): void => {
			mkdirSync(join(rootfs, 'closed'), {mode});
			chownSync(join(rootfs, 'closed'), uid, uid);
		},
	});
	t.is((await world.run({...bundle(0o700, 0), args: ['pwd']})).stdout, '/closed\n');
	t.is((await world.run({...bundle(0o700, 1000), args: ['pwd']})).stdout, '/closed\n');
});

test('cwd that is a file is refused', async t => {
	const world = new World(t);
	await t.throwsAsync(world.shell('pwd', as({uid: 0, gid: 0}, config => {
		config.process.cwd = '/etc/passwd';
	})), {code: 'ERR_INIT_STEP', message: 'container init could not chdir /etc/passwd: ENOTDIR'});
});

test('umask is 022 if nothing is said', async t => {
	const world = new World(t);
	const old = process.umask(0o077);
	try {
		t.is((await world.shell('umask; mkdir /a; stat -c %a /a', {writable: true})).stdout, '0022\n755\n');
	} finally {
		process.umask(old);
	}
});
