// The check: looks at the machine, then judges.
import type {Native} from '../native/native.js';
import {wire} from '../plan/wire.gen.js';
import {cgroupFindings} from './cgroups.js';
import {criuFindings} from './criu.js';
import {kernelFindings} from './kernel.js';
import {gatherFacts, type CheckOptions, type MachineFacts} from './look.js';
import {privilegeFindings} from './privileges.js';
import {reportOf, type CheckReport, type Finding} from './report.js';
import {storageFindings} from './storage.js';

export type {CheckOptions} from './look.js';
export type {CheckItem, CheckLevel, CheckReport} from './report.js';

/** That there is a Native says that the addon loads and speaks our version of the wire format. */
const nativeParts = ({addon, hasInit}: MachineFacts): Finding => ({
	name: 'native parts',
	level: 'required',
	ok: hasInit,
	value: `${addon === undefined ? 'of another host' : addon.includes('/prebuilds/') ? 'prebuilt' : 'built on this machine'}, wire format ${wire.hash.toString(16)}${hasInit ? '' : ', without ctn-init'}`,
	missing: 'ctn-init, the first process of every container, is not beside the addon',
	cure: 'run "npm rebuild ctnative"; it needs a C and C++ compiler, make and python3',
});

/** What these facts mean. */
export const judge = (facts: MachineFacts): CheckReport => reportOf([
	nativeParts(facts),
	...kernelFindings(facts),
	...privilegeFindings(facts),
	...cgroupFindings(facts),
	...storageFindings(facts),
	...criuFindings(facts),
]);

/**
 * Tells what this machine can do. A thing that is missing is an item of the report, not an error.
 *
 * It changes nothing; a mount is made and let go, and CRIU is asked what it can do.
 *
 * @throws CtnError `ERR_NATIVE` if the machine is too broken to be looked at: no descriptors left, no /proc.
 */
export const checkMachine = async (native: Native, options: CheckOptions): Promise<CheckReport> => judge(await gatherFacts(native, options));
