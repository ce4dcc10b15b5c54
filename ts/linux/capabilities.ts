// Capabilities by name and bit (capabilities(7), linux/capability.h).

/** In the order of their bits, 0 to 40. */
export const capabilities = [
	'CAP_CHOWN',
	'CAP_DAC_OVERRIDE',
	'CAP_DAC_READ_SEARCH',
	'CAP_FOWNER',
	'CAP_FSETID',
	'CAP_KILL',
	'CAP_SETGID',
	'CAP_SETUID',
	'CAP_SETPCAP',
	'CAP_LINUX_IMMUTABLE',
	'CAP_NET_BIND_SERVICE',
	'CAP_NET_BROADCAST',
	'CAP_NET_ADMIN',
	'CAP_NET_RAW',
	'CAP_IPC_LOCK',
	'CAP_IPC_OWNER',
	'CAP_SYS_MODULE',
	'CAP_SYS_RAWIO',
	'CAP_SYS_CHROOT',
	'CAP_SYS_PTRACE',
	'CAP_SYS_PACCT',
	'CAP_SYS_ADMIN',
	'CAP_SYS_BOOT',
	'CAP_SYS_NICE',
	'CAP_SYS_RESOURCE',
	'CAP_SYS_TIME',
	'CAP_SYS_TTY_CONFIG',
	'CAP_MKNOD',
	'CAP_LEASE',
	'CAP_AUDIT_WRITE',
	'CAP_AUDIT_CONTROL',
	'CAP_SETFCAP',
	'CAP_MAC_OVERRIDE',
	'CAP_MAC_ADMIN',
	'CAP_SYSLOG',
	'CAP_WAKE_ALARM',
	'CAP_BLOCK_SUSPEND',
	'CAP_AUDIT_READ',
	'CAP_PERFMON',
	'CAP_BPF',
	'CAP_CHECKPOINT_RESTORE',
] as const;

export type Capability = typeof capabilities[number];

const bits = new Map<string, bigint>(capabilities.map((name, bit) => [name, 1n << BigInt(bit)]));

/** A set of capabilities as the kernel takes it, and the names in it that we do not know. */
export interface CapabilitySet {
	readonly mask: bigint;
	/** For a warning: an older or newer kernel may know them, and OCI asks to go on without. */
	readonly unknown: readonly string[];
}

/** The set of these names; an absent list is the empty set. */
export const capabilitySet = (names: readonly string[] = []): CapabilitySet => {
	let mask = 0n;
	const unknown: string[] = [];
	for (const name of names) {
		const bit = bits.get(name);
		if (bit === undefined) {
			unknown.push(name);
		} else {
			mask |= bit;
		}
	}

	return {mask, unknown};
};

/** The names of the bits of a mask; bits that have no name are left out. */
export const capabilityNames = (mask: bigint): Capability[] =>
	capabilities.filter((_, bit) => (mask & (1n << BigInt(bit))) !== 0n);
