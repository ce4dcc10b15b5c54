// Compiled filters, kept: a host starts many containers with few profiles.
import type {LinuxSeccomp} from '../oci/config.js';
import {compileSeccomp} from './compile.js';
import type {CompiledSeccomp, SeccompOptions} from './compile.js';

/** Profiles of which the filter is kept; the one not used for longest goes first. */
const capacity = 32;

const kept = new Map<string, CompiledSeccomp>();

/** The words of a profile, which are its key: written once, as a checked config does not change. */
const words = new WeakMap<LinuxSeccomp, string>();

const wordsOf = (profile: LinuxSeccomp): string => {
	const known = words.get(profile) ?? JSON.stringify(profile, exact);
	words.set(profile, known);
	return known;
};

/** Like compileSeccomp, but for a profile that was met before the filter is still there. The caller must not write to it, nor to the profile. */
export function seccompFilter(profile: LinuxSeccomp, options: SeccompOptions): CompiledSeccomp {
	const key = options.arch + wordsOf(profile);
	const compiled = kept.get(key) ?? compileSeccomp(profile, options);
	kept.delete(key);
	kept.set(key, compiled); // Last in the order of the map: used last
	if (kept.size > capacity) {
		kept.delete(kept.keys().next().value!);
	}

	return compiled;
}

const exact = (_key: string, value: unknown): unknown => typeof value === 'bigint' ? `${value}n` : value;
