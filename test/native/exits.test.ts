import test from 'ava';
import {O_RDWR} from '../../ts/linux/constants.js';
import {linuxNative} from '../../ts/native/linux.js';
import type {Exit, Fd} from '../../ts/native/native.js';
import {tries} from '../support/tries.js';

/** A program that waits to be killed, and is ours. */
const startSleep = async (): Promise<{pid: number; pidfd: Fd}> => {
	const native = linuxNative();
	const [devNull] = await native.batch([{op: 'open', path: '/dev/null', flags: O_RDWR, mode: 0}]) as [Fd];
	const {pid, pidfd, sync} = await native.spawn({
		flags: 0n, stdio: [devNull, devNull, devNull], fds: [],
		plan: [{op: 'find_program', name: '/bin/sleep', path: []}, {op: 'exec', argv: ['sleep', '1000'], envp: [], skip_fds: 0, keep_fds: 0}],
	});
	await native.report(sync);
	[devNull, sync].forEach(fd => native.close(fd));
	return {pid, pidfd};
};

test('of several descriptors of a process the first that was watched hears how it ended', async t => {
	const native = linuxNative();
	const watch = async (fd: Fd): Promise<Exit> => {
		const {exit, ref} = native.watchExit(fd);
		ref();
		return exit;
	};
	for (let round = 0; round < tries(200); round++) {
		const {pid, pidfd} = await startSleep();
		const others = Array.from({length: round === 0 ? 100 : 10}, () => native.pidfdOpen(pid));
		const before = [native.sleep(1), native.sleep(1)]; // Those that wait in QuickJS have places, and new ones get the places of old ones
		const first = watch(pidfd);
		await Promise.all(before);
		const rest = Promise.all(others.map(watch));
		process.kill(pid, 'SIGKILL');
		t.deepEqual([await first, ...await rest], [{code: null, signal: 9}, ...others.map(() => ({code: null, signal: null}))]);
		[pidfd, ...others].forEach(fd => native.close(fd));
	}
});
