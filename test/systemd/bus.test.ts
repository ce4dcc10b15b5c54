import {writeFileSync} from 'node:fs';
import {createServer, type Socket} from 'node:net';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {connectBus, findBus, socketOf, uidAbove} from '../../ts/systemd/bus.js';
import {tempDir} from '../support/temp-dir.js';

const first = '         0          0 4294967295\n';

test('in a user namespace the uid is that of the one above', t => {
	t.is(uidAbove(first, 1000), undefined);
	t.is(uidAbove('0 1000 1\n1 100000 65536\n', 0), 1000);
	t.is(uidAbove('0 1000 1\n1 100000 65536\n', 5), 100_004);
	t.is(uidAbove('0 0 65536\n', 0), 0, 'of root still root');
});

test('root has the bus of the system, a user the one of the session, or that of XDG_RUNTIME_DIR', async t => {
	const directory = tempDir(t);
	writeFileSync(join(directory, 'bus'), '');
	t.deepEqual(await findBus({DBUS_SESSION_BUS_ADDRESS: 'unix:path=/a'}, 0), {address: 'unix:path=/run/dbus/system_bus_socket', uid: 0, isUsers: false});
	t.deepEqual(await findBus({DBUS_SYSTEM_BUS_ADDRESS: 'unix:path=/b'}, 0), {address: 'unix:path=/b', uid: 0, isUsers: false});
	t.deepEqual(await findBus({DBUS_SESSION_BUS_ADDRESS: 'unix:path=/a', XDG_RUNTIME_DIR: directory}, 1000), {address: 'unix:path=/a', uid: 1000, isUsers: true});
	t.deepEqual(await findBus({XDG_RUNTIME_DIR: directory}, 1000), {address: `unix:path=${directory}/bus`, uid: 1000, isUsers: true});
});

test('a user without a bus is told the cure', async t => {
	const directory = tempDir(t);
	const cure = 'install dbus-user-session, loginctl enable-linger 1000, and set XDG_RUNTIME_DIR=/run/user/1000; or use cgroupfs';
	await t.throwsAsync(findBus({XDG_RUNTIME_DIR: directory}, 1000), {code: 'ERR_SYSTEMD', message: `the systemd of user 1000 cannot be asked: there is neither DBUS_SESSION_BUS_ADDRESS nor ${directory}/bus (${cure})`});
	await t.throwsAsync(findBus({}, 1000), {code: 'ERR_SYSTEMD', message: /nor XDG_RUNTIME_DIR \(/});
});

test('an address is a list; the first unix socket counts, unescaped', t => {
	t.is(socketOf('unix:path=/run/user/1000/bus'), '/run/user/1000/bus');
	t.is(socketOf('tcp:host=a;unix:guid=5,path=/a%20b'), '/a b');
	t.is(socketOf('unix:abstract=name,guid=5'), '\0name');
	t.throws(() => socketOf('tcp:host=a,port=5'), {code: 'ERR_SYSTEMD', message: 'D-Bus address tcp:host=a,port=5 has no unix socket'});
});

/** What a server hears of two writes, the second of which the library would make. */
const heard = async (t: ExecutionContext, uid: number): Promise<string> => {
	const path = join(tempDir(t), 'bus');
	const server = createServer();
	const peer = new Promise<Socket>(resolve => {
		server.once('connection', resolve);
	});
	await new Promise<void>(resolve => {
		server.listen(path, resolve);
	});
	const socket = connectBus({address: `unix:path=${path}`, uid, isUsers: true});
	socket.write('\0');
	socket.write('AUTH EXTERNAL 30\r\n');
	socket.write(new Uint8Array([66]));
	socket.end();
	let text = '';
	for await (const chunk of await peer) {
		text += String(chunk);
	}

	server.close();
	return text;
};

test('the bus is told the uid that it sees', async t => {
	t.is(await heard(t, 1000), `\0AUTH EXTERNAL ${Buffer.from('1000').toString('hex')}\r\nB`);
});
