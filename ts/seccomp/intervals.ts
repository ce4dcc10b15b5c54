// What a profile decides for all 2^32 numbers of an entry, as intervals.
import type {Abi, Entry} from './abi.js';
import {badArchitecture, isPermissive, notImplemented} from './action.js';
import {decisions, newestKnown} from './decision.js';
import type {Decision} from './decision.js';
import type {Profile} from './profile.js';

/** Up to the `from` of the next one, or to the end. Neighbours differ. */
export interface Interval {
	readonly from: number;
	readonly decision: Decision;
}

export function intervalsOf(profile: Profile, entry: Entry): Interval[] {
	const intervals: Interval[] = [];
	const add = (from: number, decision: Decision): void => {
		if (intervals.at(-1)?.from === from) {
			intervals.pop();
		}

		if (intervals.at(-1)?.decision !== decision) {
			intervals.push({from, decision});
		}
	};

	for (const [n, abi] of entry.abis.entries()) {
		if (n === 0 || profile.architectures.has(abi.architecture)) {
			addAbi(profile, abi, add);
		} else {
			add(abi.first, badArchitecture);
			add(0xffff_ffff, profile.defaultAction); // -1 is how a tracer skips a call (seccomp(2)): libseccomp spares it
		}
	}

	return intervals;
}

function addAbi(profile: Profile, abi: Abi, add: (from: number, decision: Decision) => void): void {
	const decided = decisions(profile, abi);
	add(abi.first, profile.defaultAction);
	for (const number of Uint32Array.from(decided.keys()).sort()) { // By value, without a call for each comparison
		add(number, decided.get(number)!);
		add(number + 1, profile.defaultAction);
	}

	// A call that came to Linux after the profile was written has to look like one that the kernel does not
	// have, or libc will not fall back to an older one. As runc does it (patchbpf), whose rule this is.
	const newest = newestKnown(profile, abi);
	if (newest !== undefined && !isPermissive(profile.defaultAction)) {
		add(newest + 1, notImplemented);
	}
}
