import {statSync} from 'node:fs';
import {systemTest as test, World} from './world.js';

/** With every capability there is: what holds then, holds. */
const mighty: NonNullable<Parameters<World['shell']>[1]> = {edit: config => {
	delete config.process.capabilities;
	config.process.noNewPrivileges = false;
	config.linux.maskedPaths!.push('/etc/passwd', '/no/such/path');
}};

test('a masked file is empty and takes what is written, a masked directory is empty and read-only', async t => {
	const world = new World(t);
	const {stdout} = await world.shell('wc -c < /etc/passwd; echo x > /etc/passwd && echo taken; wc -c < /proc/keys; ls -A /sys/firmware; mkdir /sys/firmware/a', mighty);
	t.is(stdout, '0\ntaken\n0\n');
});

test('nothing that is done to a masked path reaches the null device of the host', async t => {
	const world = new World(t);
	const {mode, uid, gid, mtimeMs} = statSync('/dev/null');
	const {stdout} = await world.shell('chmod 0600 /proc/keys; chown 7:7 /proc/keys; touch -d 2000-01-01 /proc/keys; for p in /proc/keys /etc/passwd; do stat -c "%a %u" $p; done', mighty);
	t.is(stdout, '666 0\n'.repeat(2));
	const now = statSync('/dev/null');
	t.deepEqual([now.mode, now.uid, now.gid, now.mtimeMs], [mode, uid, gid, mtimeMs]);
});

test('a read-only path of /proc cannot be written to, whatever its mode says', async t => {
	const world = new World(t);
	const {stdout, stderr} = await world.shell('echo 1 > /proc/sys/kernel/panic_on_oops || echo refused; echo 1 > /proc/sys/vm/overcommit_memory || echo refused', mighty);
	t.is(stdout, 'refused\nrefused\n');
	t.is(stderr.match(/Read-only file system/g)?.length, 2);
});

test('paths may be given twice, and one below another', async t => {
	const world = new World(t);
	const {stdout, code} = await world.shell('ls -A /proc/irq | wc -l; touch /proc/sys/kernel 2>/dev/null || echo refused', {edit: config => {
		config.linux.maskedPaths = ['/proc/irq', '/proc/irq', '/proc/irq/0'];
		config.linux.readonlyPaths = ['/proc/sys', '/proc/sys/kernel', '/proc/sys'];
	}});
	t.is(stdout, '0\nrefused\n');
	t.is(code, 0);
});
