import test from 'ava';
import {undoValue} from '../../ts/cgroups/undo.js';

test('a file with one value gets that again', t => {
	t.is(undoValue('memory.max', '4096', 'max\n'), 'max');
	t.is(undoValue('cpu.max', '1000 2000', 'max 100000\n'), 'max 100000');
	t.is(undoValue('cpuset.cpus', '0', '\n'), '\n');
	t.is(undoValue('memory.oom_control', '1', 'oom_kill_disable 0\nunder_oom 0\noom_kill 3\n'), '0');
});

test('a file with a line for each device gets the line again, or loses it', t => {
	t.is(undoValue('blkio.throttle.read_bps_device', '8:0 100', '8:16 5\n8:0 7\n'), '8:0 7');
	t.is(undoValue('blkio.throttle.read_bps_device', '8:0 100', '8:16 5\n'), '8:0 0');
	t.is(undoValue('io.max', '8:0 rbps=1', '8:0 rbps=9 wbps=max riops=max wiops=max\n'), '8:0 rbps=9 wbps=max riops=max wiops=max');
	t.is(undoValue('io.max', '8:0 rbps=1', ''), '8:0 rbps=max wbps=max riops=max wiops=max');
	t.is(undoValue('io.weight', '300', 'default 100\n8:0 5\n'), '100');
	t.is(undoValue('io.weight', '8:0 300', 'default 100\n'), '8:0 default');
	t.is(undoValue('rdma.max', 'mlx5_1 hca_handle=3', 'mlx5_0 hca_handle=1 hca_object=2\nmlx5_1 hca_handle=max hca_object=9\n'), 'mlx5_1 hca_handle=max hca_object=9');
	t.is(undoValue('net_prio.ifpriomap', 'eth0 3', 'lo 0\neth0 1\n'), 'eth0 1');
	t.is(undoValue('net_prio.ifpriomap', 'eth9 3', 'lo 0\n'), 'eth9 0');
});
