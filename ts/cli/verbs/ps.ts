// ps: the processes of a container, by the machine's own ps(1), or their pids.
import {CtnError} from '../../errors.js';
import {decodeUtf8} from '../../linux/utf8.js';
import {stdioFd, type Fd, type Native} from '../../native/native.js';
import {ended} from '../../native/results.js';
import type {Run} from '../verb.js';

const path = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** What a program of this machine prints. ctn-init starts it, as it starts all others. */
const outputOf = async (native: Native, argv: readonly string[]): Promise<string> => {
	const [read, write] = native.pipe();
	const [devNull] = await native.batch([{op: 'open', path: '/dev/null', flags: 2, mode: 0}]) as [Fd];
	const {pidfd, sync} = await native.spawn({
		flags: 0n,
		stdio: [devNull, write, stdioFd(2)],
		fds: [],
		plan: [{op: 'find_program', name: argv[0]!, path}, {op: 'exec', argv, envp: [`PATH=${path.join(':')}`], skip_fds: 0, keep_fds: 0}],
	});
	native.close(write);
	const {report} = await native.report(sync);
	const parts: string[] = [];
	for (;;) {
		await native.readable(read);
		const [bytes] = await native.batch([{op: 'read_fd', fd: read, max: 1 << 16}]) as [Uint8Array];
		if (bytes.length === 0) {
			break;
		}

		parts.push(decodeUtf8(bytes));
	}

	[read, sync, devNull].forEach(fd => native.close(fd));
	const {code} = await ended(native, pidfd);
	native.close(pidfd);
	if (report?.kind === 'error' || code !== 0) {
		throw new CtnError('ERR_ARGUMENT', `${argv.join(' ')}: ${report?.kind === 'error' ? report.errno : `exit status ${code ?? 'unknown'}`}`, {subject: argv[0]});
	}

	return parts.join('');
};

export const run: Run = async ({native, runtime, flags, say, args: [id, ...options]}) => {
	const container = await runtime.load(id!);
	const pids = await container.processes();
	const format = flags.text('format') ?? 'table';
	if (format === 'json') {
		say(`${JSON.stringify(pids)}\n`);
		return 0;
	}

	if (format !== 'table') {
		throw new CtnError('ERR_ARGUMENT', 'invalid format option', {subject: 'format'});
	}

	const [header = '', ...rows] = (await outputOf(native, ['ps', ...(options.length > 0 ? options : ['-ef'])])).split('\n');
	const column = header.trim().split(/\s+/).indexOf('PID');
	if (column < 0) {
		throw new CtnError('ERR_ARGUMENT', 'couldn\'t find PID field in ps output', {subject: 'ps'});
	}

	const mine = rows.filter(row => pids.includes(Number(row.trim().split(/\s+/)[column])));
	say(`${[header, ...mine].join('\n')}\n`);
	return 0;
};
