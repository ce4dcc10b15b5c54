// ctn-init while it waits, and what is left of it: nobody may look into it, or get at its file (CVE-2019-5736).
import {readFileSync, readlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import type {Spec} from '../support/bundle.js';
import type {Container} from '../../ts/index.js';
import {execOutput, outputOf, systemTest as test, World} from './world.js';

const mighty = (config: Spec): void => {
	delete config.process.capabilities; // Nothing but the kernel's rules holds it back
	config.process.noNewPrivileges = false;
};

const inPidNamespaceOf = (other: Container) => (config: Spec): void => {
	config.linux.namespaces = config.linux.namespaces!.map(namespace => namespace.type === 'pid' ? {type: 'pid', path: `/proc/${other.pid}/ns/pid`} : namespace);
};

test('an init that waits can be seen by the neighbours in its pid namespace, but not looked into', async t => {
	const world = new World(t);
	const other = await world.start(); // With the same user and the same capabilities
	const waiting = await world.create({edit: inPidNamespaceOf(other)});
	const {stdout: pid} = await execOutput(other, ['sh', '-c', 'for p in /proc/[0-9]*; do grep -q init $p/comm && basename $p; done']);
	t.regex(pid, /^\d+\n$/);

	for (const path of ['fd/0', 'exe', 'cwd', 'root', 'environ', 'maps', 'mem', 'ns/mnt']) {
		const {stdout, code} = await execOutput(other, ['sh', '-c', `cat /proc/${pid.trim()}/${path} || ls /proc/${pid.trim()}/${path}/ || readlink /proc/${pid.trim()}/${path}`]);
		t.not(code, 0, path);
		t.is(stdout, '', path);
	}

	t.is(await waiting.status(), 'created');
});

test('the program is itself, and nothing of ctn-init or node is in its memory', async t => {
	const world = new World(t);
	const container = await world.start({args: ['busybox', 'sleep', '1000']});
	t.is(readlinkSync(`/proc/${container.pid}/exe`), '/bin/busybox');
	t.is((await execOutput(container, ['readlink', '/proc/self/exe'])).stdout, '/bin/busybox\n');
	t.notRegex(readFileSync(`/proc/${container.pid}/maps`, 'utf8'), /ctn-init|node/);
	t.deepEqual(readFileSync(`/proc/${container.pid}/environ`, 'utf8').split('\0').filter(Boolean).map(entry => entry.split('=')[0]).sort(), ['HOME', 'PATH', 'TERM']);
});

test('a program that is /proc/self/exe gets a ctn-init that does nothing and cannot be changed', async t => {
	const world = new World(t);
	const bundle = world.bundle({writable: true, args: ['/proc/self/exe'], edit: mighty});
	const container = await world.runtime.create(world.id(), {bundle, stdio: ['ignore', 'pipe', 'pipe']});
	await container.start().catch(() => {});
	const {stdout, code, signal} = await outputOf(container);
	t.is(stdout, '');
	t.true(code !== 0 || signal !== null);
	await container.delete();

	// As an interpreter, while somebody else holds it open and tries to write to it when it is over
	const attack = 'exec 9< /proc/self/exe; while :; do for p in /proc/[0-9]*; do if grep -q init $p/comm 2>/dev/null; then exec 9< $p/exe && echo "got $(readlink $p/exe)" && (echo x > /proc/self/fd/9) ; fi; done; done 2>&1 | grep -v "No such"';
	const attacked = await world.start({writable: true, args: ['sh', '-c', attack], edit: mighty, prepare(rootfs) {
		writeFileSync(join(rootfs, 'script'), '#!/proc/self/exe\n', {mode: 0o755});
	}}, {stdio: ['ignore', 'pipe', 'ignore']});
	for (let round = 0; round < 30; round++) {
		const process = await attacked.exec({args: ['/script']}).catch(() => undefined);
		await process?.wait();
	}

	await attacked.delete({force: true});
	attacked.stdout!.destroy();
	t.like(await world.run({args: ['echo', 'unharmed']}), {stdout: 'unharmed\n', code: 0});
});

test('the container knows nothing of where it is on the host', async t => {
	const world = new World(t);
	const {stdout} = await world.run({args: ['cat', '/proc/self/mountinfo', '/proc/self/environ', '/proc/1/cmdline', '/proc/1/maps']});
	const secrets = [world.root, process.cwd(), '/node', 'ctn-init'];
	t.deepEqual(secrets.filter(secret => stdout.replace(/^\S+ \S+ \S+ \/\S* \/ .*$/m, '').includes(secret)), []);
	t.is((await world.run({args: ['sh', '-c', 'ls -A /proc/1/root/../../ | sort | head -3; ls -A / | sort | head -3']})).stdout.split('\n').length, 7);
});

test('the old root is gone: nothing of it is mounted, or reached by any number of ..', async t => {
	const world = new World(t);
	const {stdout} = await world.shell('awk \'{print $5}\' /proc/self/mountinfo | grep -vE "^/(proc|dev|sys)?(/|$)"; ls -d ../../../../../../bin/busybox; cat /proc/self/mountinfo | grep -c " / / "', {edit: mighty});
	t.true(stdout.startsWith('../../../../../../bin/busybox\n'), stdout);
});
