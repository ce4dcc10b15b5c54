// ps: the processes of a container, by the machine's own ps(1), or their pids.
import {CtnError} from '../../errors.js';
import {O_RDWR} from '../../linux/constants.js';
import {programDirectories, searchPath} from '../../linux/search-path.js';
import {stdioFd, type Fd, type Native} from '../../native/native.js';
import {runToEnd} from '../../native/processes.js';
import {textOf} from '../../native/results.js';
import {formatOf} from '../format.js';
import type {Run} from '../verb.js';

const readAll = async (native: Native, fd: Fd): Promise<string> => {
	const parts: string[] = [];
	for (;;) {
		await native.readable(fd);
		const [text] = await native.batch([{op: 'read_fd', fd, max: 1 << 16}]);
		if (textOf(text) === '') {
			return parts.join('');
		}

		parts.push(textOf(text));
	}
};

/** What a program of this machine prints. ctn-init starts it, as it starts all others. */
const outputOf = async (native: Native, argv: readonly string[]): Promise<string> => {
	const [devNull] = await native.batch([{op: 'open', path: '/dev/null', flags: O_RDWR, mode: 0}]) as [Fd];
	const [read, write] = native.pipe();
	const open = new Set<Fd>([devNull, read, write]);
	const close = (fd: Fd): void => {
		open.delete(fd);
		native.close(fd);
	};

	try {
		let output: Promise<string> | undefined;
		const {failure, exit: {code}} = await runToEnd(native, {
			flags: 0n,
			stdio: [devNull, write, stdioFd(2)],
			fds: [],
			plan: [{op: 'find_program', name: argv[0]!, path: programDirectories}, {op: 'exec', argv, envp: [`PATH=${searchPath}`], skip_fds: 0, keep_fds: 0}],
		}, {started() {
			close(write); // Else there would be no end of it
			output = readAll(native, read);
		}});
		const text = await output!;
		if (failure || code !== 0) {
			throw new CtnError('ERR_ARGUMENT', `${argv.join(' ')}: ${failure ? failure.errno : `exit status ${code ?? 'unknown'}`}`, {subject: argv[0]});
		}

		return text;
	} finally {
		open.forEach(fd => close(fd));
	}
};

export const run: Run = async call => {
	const {native, runtime, say, args: [id, ...options]} = call;
	const container = await runtime.load(id!);
	const pids = await container.processes();
	if (formatOf(call, 'table') === 'json') {
		say(`${JSON.stringify(pids)}\n`);
		return 0;
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
