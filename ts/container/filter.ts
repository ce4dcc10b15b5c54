// The seccomp filter of a container, from where one was kept: in memory, or beside the containers of its root.
import type {ValidConfig} from '../oci/config.js';
import {filterKey, keepFilter, keptFilter} from '../seccomp/cache.js';
import {compileSeccomp} from '../seccomp/compile.js';
import type {Context} from './context.js';
import type {Machine} from './machine.js';

/** From here on seccompFilter() finds it. Throws what compileSeccomp() throws. */
export const prepareFilter = async ({filters}: Context, {linux: {seccomp}}: ValidConfig, {arch, uid}: Machine): Promise<void> => {
	const key = filters && seccomp && filterKey(seccomp, {arch});
	if (key !== undefined && keptFilter(key) === undefined) {
		keepFilter(key, await filters!.find(key, uid, () => compileSeccomp(seccomp!, {arch})));
	}
};
