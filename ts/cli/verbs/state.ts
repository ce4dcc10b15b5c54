// state: JSON, without a newline at the end, as runc prints it; a table on a terminal.
import {formatOf} from '../format.js';
import {stateColumns, stateJson, stateRow} from '../state-json.js';
import {tabTable} from '../tab-table.js';
import type {Run} from '../verb.js';

export const run: Run = async call => {
	const {runtime, say, args: [id]} = call;
	const format = formatOf(call, 'by-reader');
	const state = await (await runtime.load(id!)).state();
	say(format === 'json' ? JSON.stringify(stateJson(state, ''), undefined, 2) : tabTable([stateColumns, stateRow(state)]));
	return 0;
};
