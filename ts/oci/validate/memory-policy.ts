// `linux.memoryPolicy`
import type {MemoryPolicy} from '../config.js';
import {array, broken, cpuList, object, oneOf, optional, optionalText} from './check.js';

export const memoryPolicyModes = ['MPOL_DEFAULT', 'MPOL_BIND', 'MPOL_INTERLEAVE', 'MPOL_WEIGHTED_INTERLEAVE', 'MPOL_PREFERRED', 'MPOL_PREFERRED_MANY', 'MPOL_LOCAL'] as const;
export const memoryPolicyFlags = ['MPOL_F_NUMA_BALANCING', 'MPOL_F_RELATIVE_NODES', 'MPOL_F_STATIC_NODES'] as const;

export const checkMemoryPolicy = object<MemoryPolicy>({
	mode: oneOf(...memoryPolicyModes),
	nodes: optionalText('a list of NUMA nodes such as "0-3,7"', cpuList),
	flags: optional(array(oneOf(...memoryPolicyFlags))),
});

/** Which modes take nodes: set_mempolicy(2). */
export const memoryPolicyRules = ({mode, nodes, flags = []}: MemoryPolicy): void => {
	const takesNone = mode === 'MPOL_DEFAULT' || mode === 'MPOL_LOCAL';
	if (takesNone && nodes !== undefined) {
		broken('linux.memoryPolicy.nodes', `must be absent for ${mode}`);
	}

	if (!takesNone && mode !== 'MPOL_PREFERRED' && nodes === undefined) {
		broken('linux.memoryPolicy.nodes', `must be a list of NUMA nodes for ${mode}, but is missing`);
	}

	if (nodes === undefined && flags.some(flag => flag !== 'MPOL_F_NUMA_BALANCING')) {
		broken('linux.memoryPolicy.flags', 'needs nodes');
	}
};
