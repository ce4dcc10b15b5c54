// exec: a further program in a container.
import type {ExecOptions} from '../../container/exec.js';
import {CtnError} from '../../errors.js';
import {decodeUtf8} from '../../linux/utf8.js';
import type {Process} from '../../oci/config.js';
import {parseJson} from '../../oci/json.js';
import {checkConsole} from '../bundle.js';
import {Foreground} from '../foreground.js';
import {connectConsole, keptDescriptors, sendPidfd, writePidFile} from '../process-files.js';
import type {Call, Run} from '../verb.js';

const numberOf = (text: string, what: string): number => {
	if (!/^\d+$/.test(text)) {
		throw new CtnError('ERR_ARGUMENT', `parsing ${text} as int for ${what}: strconv.Atoi: parsing "${text}": invalid syntax`, {subject: what});
	}

	return Number(text);
};

const readProcess = async ({native, path}: Call, file: string): Promise<Process> => {
	const [text] = await native.batch([{op: 'read', path: path(file), max: 1 << 24, okErrno: 'ENOENT'}]);
	if (!(text instanceof Uint8Array)) {
		throw new CtnError('ERR_ARGUMENT', `open ${file}: no such file or directory`, {subject: file});
	}

	return parseJson(decodeUtf8(text), file) as Process;
};

/** What the flags say over the container's own process. */
const fromFlags = async ({flags, args, runtime}: Call): Promise<Process> => {
	const container = await runtime.load(args[0]!);
	const base = container.config.process;
	const [uid, gid] = (flags.text('user') ?? '').split(':');
	const capabilities = flags.list('cap');
	const add = (names: readonly string[] | undefined): string[] => [...new Set([...names ?? [], ...capabilities])];
	const groups = flags.list('additional-gids');
	return {
		...base,
		args: args.slice(1),
		terminal: flags.is('tty'),
		env: [...base.env ?? [], ...flags.list('env')],
		cwd: flags.text('cwd') ?? base.cwd,
		...(flags.is('no-new-privs') && {noNewPrivileges: true}),
		...(flags.text('apparmor') !== undefined && {apparmorProfile: flags.text('apparmor')!}),
		...(flags.text('process-label') !== undefined && {selinuxLabel: flags.text('process-label')!}),
		...(capabilities.length > 0 && {capabilities: {
			...base.capabilities,
			bounding: add(base.capabilities?.bounding),
			effective: add(base.capabilities?.effective),
			permitted: add(base.capabilities?.permitted),
		}}),
		user: {
			...base.user,
			uid: uid === '' || uid === undefined ? base.user?.uid ?? 0 : numberOf(uid, 'uid'),
			gid: gid === undefined ? base.user?.gid ?? 0 : numberOf(gid, 'gid'),
			...(groups.length > 0 && {additionalGids: groups.map(group => numberOf(group, 'gid'))}),
		},
	} as Process;
};

/** `path`, or `controller,controller:path`, as often as needed. */
const cgroupOf = ({flags}: Call): Pick<ExecOptions, 'cgroup'> => {
	const given = flags.list('cgroup');
	if (given.length === 0) {
		return {};
	}

	const plain = given.find(text => !text.includes(':'));
	return {cgroup: plain ?? Object.fromEntries(given.flatMap(text => {
		const [controllers, path] = text.split(':') as [string, string];
		return controllers.split(',').map(controller => [controller, path]);
	}))};
};

const processOf = async (call: Call): Promise<ExecOptions> => {
	const {flags, args} = call;
	const file = flags.text('process');
	if (file === undefined && args.length < 2) {
		throw new CtnError('ERR_ARGUMENT', 'process args cannot be empty', {subject: 'args'});
	}

	const process = file === undefined ? await fromFlags(call) : await readProcess(call, file);
	return {
		...process,
		...(file !== undefined && flags.is('tty') && {terminal: true}),
	} as ExecOptions;
};

export const run: Run = async call => {
	const {host, native, runtime, flags, args} = call;
	const container = await runtime.load(args[0]!);
	if (container.needsSystemd) {
		host.handOver?.();
	}

	const process = await processOf(call);
	const isDetached = flags.is('detach');
	const terminal = process.terminal === true;
	checkConsole(call, terminal, isDetached);
	const foreground = isDetached ? undefined : new Foreground(host, terminal);
	if (foreground) {
		await native.batch([{op: 'subreaper', on: 1}]);
	}

	const consoleSocket = foreground ? foreground.console?.socket : await connectConsole(call);
	const started = await container.exec({
		...process,
		stdio: 'inherit',
		...keptDescriptors(call),
		...cgroupOf(call),
		...(flags.is('ignore-paused') && {ignorePaused: true}),
		...(consoleSocket !== undefined && {consoleSocket}),
	});
	await sendPidfd(call, started.pid, 'setns');
	await writePidFile(call, started.pid);
	return foreground ? foreground.follow(started) : 0;
};
