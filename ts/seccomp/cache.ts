// Compiled filters, kept: a host starts many containers with few profiles.
import type {LinuxSeccomp} from '../oci/config.js';
import {compileSeccomp} from './compile.js';
import type {CompiledSeccomp, SeccompOptions} from './compile.js';

/** Profiles of which the filter is kept; the one not used for longest goes first. */
const capacity = 32;

const kept = new Map<string, CompiledSeccomp>();

/** The words of a profile, which are its key: written once, as a checked config does not change. */
const words = new WeakMap<LinuxSeccomp, string>();

const exact = (_key: string, value: unknown): unknown => typeof value === 'bigint' ? `${value}n` : value;

/** Without a function for each value, which few profiles need. */
const write = (profile: LinuxSeccomp): string => {
	try {
		return JSON.stringify(profile);
	} catch { // TypeError: a number beyond 2^53
		return JSON.stringify(profile, exact);
	}
};

/** What a filter depends on, in words that are no other filter's. */
export const filterKey = (profile: LinuxSeccomp, {arch}: SeccompOptions): string => {
	const known = words.get(profile) ?? write(profile);
	words.set(profile, known);
	return arch + known;
};

/** The filter of a profile that was met before, if it is still there. */
export const keptFilter = (key: string): CompiledSeccomp | undefined => kept.get(key);

/** Keeps a filter that was compiled of this key. */
export const keepFilter = (key: string, compiled: CompiledSeccomp): void => {
	kept.delete(key);
	kept.set(key, compiled); // Last in the order of the map: used last
	if (kept.size > capacity) {
		kept.delete(kept.keys().next().value!);
	}
};

/** Like compileSeccomp, but for a profile that was met before the filter is still there. The caller must not write to it, nor to the profile. */
export function seccompFilter(profile: LinuxSeccomp, options: SeccompOptions): CompiledSeccomp {
	const key = filterKey(profile, options);
	const compiled = keptFilter(key) ?? compileSeccomp(profile, options);
	keepFilter(key, compiled);
	return compiled;
}
