// Words that no real run of a moment can be made to say: those of a container that has just ended, and of errnos.
import test from 'ava';
import {describeFailure} from '../../ts/cli/words.js';
import {CtnError} from '../../ts/errors.js';

test('what is asked of one that has ended is refused as runc does', t => {
	const stopped = new CtnError('ERR_CONTAINER_STATUS', 'cannot update container web: it is stopped, not created or running or paused');
	t.is(describeFailure(stopped, 'update', 'web'), 'container not running');
	t.is(describeFailure(stopped, 'exec', 'web'), 'exec failed: cannot exec in a stopped container');
	t.is(describeFailure(stopped, 'resume', 'web'), 'container not paused');
});

test('a failed system call ends in Go\'s words, which engines look for, with its cure behind them', t => {
	const failure = (message: string, cure?: string): string => describeFailure(new CtnError('ERR_NATIVE', message, cure === undefined ? {} : {cure}), 'create', 'web');
	t.is(failure('mkdir /run/ctnative/web: EACCES'), 'mkdir /run/ctnative/web: permission denied');
	t.is(failure('open /nowhere: ENOENT', 'make it'), 'open /nowhere: no such file or directory (make it)');
	t.is(failure('ioctl x: ENOTTY'), 'ioctl x: ENOTTY');
});
