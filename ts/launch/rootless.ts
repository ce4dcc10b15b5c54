// What init has to do itself for a host that has no privileges.
import {O_PATH} from '../linux/constants.js';
import type {Fd, HostOp, Step} from '../plan/wire.gen.js';
import {wire} from '../plan/wire.gen.js';

/** A host op that makes a detached mount, as a step of init that puts it at the number `as`. */
export const treeStep = (op: Extract<HostOp, {op: 'open_tree' | 'bind_tree'}>, as: Fd): Step => {
	const {set, clear, all_set, all_clear, propagation, path} = op;
	const shared = {op: 'tree', as, set, clear, all_set, all_clear, propagation, path} as const;
	return op.op === 'bind_tree'
		? {...shared, may_clear: op.may_clear, flags: op.flags}
		: {...shared, may_clear: 0n, flags: op.recursive ? wire.bind.recursive : 0};
};

/** Keeps the number until then. */
export const placeholder: HostOp = {op: 'open', path: '/dev/null', flags: O_PATH, mode: 0};
