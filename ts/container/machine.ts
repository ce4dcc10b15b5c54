// What a runtime knows of the machine it runs on; looked up once, at its first use.
import {layoutIn, layoutOps, type CgroupLayout} from '../cgroups/layout.js';
import {O_RDWR} from '../linux/constants.js';
import {parseProcessStatus} from '../linux/proc.js';
import {decodeUtf8} from '../linux/utf8.js';
import type {EncodedBatch, Fd, HostOp, HostResult, Native} from '../native/native.js';
import type {NamespaceType} from '../oci/config.js';
import {namespaces} from '../linux/namespaces.js';
import {isMapOfMachine} from '../linux/user-namespaces.js';
import {lineOf, namesOf, textOf} from '../native/results.js';
import {encodeBatch} from '../plan/encode.js';

export interface Machine {
	readonly cgroups: CgroupLayout;
	/** CapPrm of this process. */
	readonly capabilities: bigint;
	/** Effective uid of this process. */
	readonly uid: number;
	/** It is in a user namespace: a root with no power over what is outside, as rootless podman runs its runtime. */
	readonly nested: boolean;
	/** setgroups(2) is denied in its user namespace: user_namespaces(7). */
	readonly noSetGroups: boolean;
	/** Effective gid of this process. */
	readonly gid: number;
	/** Namespace types that the kernel has. */
	readonly namespaces: ReadonlySet<NamespaceType>;
	/** /dev/null, open for reading and writing for as long as this process lives. */
	readonly devNull: Fd;
	/** AppArmor is on. */
	readonly apparmor: boolean;
	/** SELinux is on. */
	readonly selinux: boolean;
	/** `x64` or `arm64`, for seccomp. */
	readonly arch: 'x64' | 'arm64';
	/** There is a /proc/kcore. */
	readonly kcore: boolean;
}

/** One for all runtimes of a program. */
const nullDevices = new WeakMap<Native, Fd>();

const shareNullDevice = (native: Native, opened: Fd): Fd => {
	const shared = nullDevices.get(native);
	if (shared === undefined) {
		nullDevices.set(native, opened);
		return opened;
	}

	native.close(opened);
	return shared;
};

const ops: readonly HostOp[] = [
	...layoutOps,
	{op: 'read', path: '/proc/self/status', max: 1 << 16},
	{op: 'read', path: '/proc/self/uid_map', max: 1 << 16, okErrno: 'ENOENT'},
	{op: 'read', path: '/proc/self/setgroups', max: 16, okErrno: 'ENOENT'},
	{op: 'list', path: '/proc/self/ns', directories: 0},
	{op: 'read', path: '/proc/sys/kernel/arch', max: 256, okErrno: 'any'},
	{op: 'open', path: '/dev/null', flags: O_RDWR, mode: 0},
	{op: 'stat', path: '/proc/kcore', nofollow: 1, okErrno: 'any'},
	{op: 'read', path: '/sys/module/apparmor/parameters/enabled', max: 16, okErrno: 'any'},
	{op: 'stat', path: '/sys/fs/selinux/enforce', nofollow: 1, okErrno: 'any'},
];

const encodedOps: EncodedBatch = {encoded: encodeBatch(ops), ops: () => ops};

/** Throws what detectLayout() throws. */
const machineOf = async (native: Native, results: readonly HostResult[]): Promise<Machine> => {
	const [status, uidMap, setGroups, names, machine, opened, kcore, apparmor, selinux] = results.slice(layoutOps.length);
	const devNull = shareNullDevice(native, opened as Fd);
	const cgroups = await layoutIn(native, results);
	const {capabilities, uids, gids} = parseProcessStatus(decodeUtf8(status as Uint8Array));
	const files = new Set(namesOf(names));
	return {
		cgroups,
		capabilities: capabilities.permitted,
		uid: uids[1] ?? 0,
		nested: uidMap instanceof Uint8Array && !isMapOfMachine(textOf(uidMap)),
		noSetGroups: textOf(setGroups).startsWith('deny'),
		gid: gids[1] ?? 0,
		namespaces: new Set((Object.keys(namespaces) as NamespaceType[]).filter(type => files.has(namespaces[type].file))),
		devNull,
		apparmor: textOf(apparmor).startsWith('Y'),
		selinux: selinux instanceof Uint8Array,
		arch: lineOf(machine) === 'aarch64' ? 'arm64' : 'x64',
		kcore: kcore instanceof Uint8Array,
	};
};

/** The machine, looked at once: when it is first asked for, or before. */
export class LookedAt {
	readonly #native: Native;
	#look: (() => Promise<HostResult[]>) | undefined;
	#machine: Promise<Machine> | undefined;

	constructor(native: Native) {
		this.#native = native;
	}

	/** Begins with it, where the host can do that aside. */
	begin(): void {
		this.#look ??= this.#native.aside?.(encodedOps);
	}

	/** Throws what detectLayout() throws. */
	async machine(): Promise<Machine> {
		this.#machine ??= this.#finish();
		try {
			return await this.#machine;
		} catch (error) {
			this.#machine = undefined; // To be tried again
			throw error;
		}
	}

	async #finish(): Promise<Machine> {
		const look = this.#look;
		this.#look = undefined;
		return machineOf(this.#native, await (look ? look() : this.#native.batch(ops)));
	}
}
