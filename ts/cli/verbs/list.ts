// list: all containers of a root, as a table or as JSON.
import {CtnError} from '../../errors.js';
import {parsePasswd} from '../../linux/passwd.js';
import type {HostOp} from '../../native/native.js';
import {textOf} from '../../native/results.js';
import {formatOf} from '../format.js';
import {stateColumns, stateJson, stateRow} from '../state-json.js';
import {tabTable} from '../tab-table.js';
import type {Call, Run} from '../verb.js';

/** Offset of `uid` in struct ctn_stat. */
const uidOffset = 44;

/** The owners of the state directories, by name where /etc/passwd has one. */
const ownersOf = async ({native, runtime}: Call, ids: readonly string[]): Promise<string[]> => {
	const [passwd, ...stats] = await native.batch([
		{op: 'read', path: '/etc/passwd', max: 1 << 24, okErrno: 'any'},
		...ids.map((id): HostOp => ({op: 'stat', path: `${runtime.root}/${id}`, nofollow: 1, okErrno: 'any'})),
	]);
	const users = parsePasswd(textOf(passwd));
	return stats.map(stat => {
		const uid = stat instanceof Uint8Array ? new DataView(stat.buffer, stat.byteOffset).getUint32(uidOffset, true) : 0;
		return users.find(user => user.uid === uid)?.name ?? `#${uid}`;
	});
};

const refuseMissingRoot = async ({native, runtime, global}: Call): Promise<void> => {
	const [exists] = await native.batch([{op: 'stat', path: runtime.root, nofollow: 0, okErrno: 'ENOENT'}]);
	if (!(exists instanceof Uint8Array) && global.text('root') !== undefined) {
		throw new CtnError('ERR_ARGUMENT', `open ${runtime.root}: no such file or directory`, {subject: runtime.root});
	}
};

export const run: Run = async call => {
	const {runtime, flags, say} = call;
	const format = formatOf(call, 'table');
	await refuseMissingRoot(call);
	const states = await runtime.list();
	if (flags.is('quiet')) {
		say(states.map(({id}) => `${id}\n`).join(''));
		return 0;
	}

	const owners = await ownersOf(call, states.map(({id}) => id));
	if (format === 'json') {
		say(`${JSON.stringify(states.length === 0 ? null : states.map((state, index) => stateJson(state, owners[index]!)))}\n`);
		return 0;
	}

	say(tabTable([[...stateColumns, 'OWNER'], ...states.map((state, index) => [...stateRow(state), owners[index]!])]));
	return 0;
};
