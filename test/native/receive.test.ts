import test from 'ava';
import {linuxNative} from '../../ts/native/linux.js';

test('what was sent comes, though the sender left without reading what it was sent', async t => {
	const native = linuxNative();
	const [ours, theirs] = native.socketpair();
	native.send(theirs, new Uint8Array([1]));
	native.send(theirs, new Uint8Array([2]));
	native.send(ours, new Uint8Array([3]));
	native.close(theirs);
	t.like(await native.receive(ours), {data: new Uint8Array([1])});
	t.like(await native.receive(ours), {data: new Uint8Array([2])});
	t.is((await native.receive(ours)).data.length, 0);
	native.close(ours);
});

test('one who left without reading is told of at the end', async t => {
	const native = linuxNative();
	const [ours, theirs] = native.socketpair();
	native.send(ours, new Uint8Array([3]));
	native.close(theirs);
	const {data, unread} = await native.receive(ours);
	t.deepEqual([data.length, unread], [0, true]);
	native.close(ours);
});
