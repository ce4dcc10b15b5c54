// Network namespaces and cgroups that are made before they are needed: create takes them, and is faster.
import {planCgroup, type CgroupPlan} from '../cgroups/plan.js';
import {CtnError} from '../errors.js';
import {takesNetwork} from '../launch/namespaces.js';
import {parseProcessStat} from '../linux/proc.js';
import type {Fd, HostOp, Native} from '../native/native.js';
import {namesOf, textOf} from '../native/results.js';
import type {ValidConfig} from '../oci/config.js';
import type {Machine} from './machine.js';

/** How many of each are to be ready. Default: 0. */
export interface PoolOptions {
	/** For containers with a new network namespace and no user namespace. */
	readonly networkNamespaces?: number;
	/** For containers whose config has no `linux.cgroupsPath`: theirs is named after the pool then. */
	readonly cgroups?: number;
}

export interface PooledCgroup {
	readonly path: string;
	readonly directories: readonly string[];
	/** What is done already of a plan for a cgroup at this path. */
	readonly made: ReadonlySet<string>;
}

export interface Taken {
	readonly network: Fd | undefined;
	readonly cgroup: PooledCgroup | undefined;
}

/** Names of cgroups of pools: the pid namespace, pid and start time of who made them, which of its pools, and a number. */
const prefix = 'ctnative-pool-';

/** So long nobody has asked for anything when the pool is filled again. */
const quietMs = 15;

const keyOf = (op: HostOp): string => `${op.op} ${'path' in op ? op.path : ''}`;

/** The plan without what the pool has done. */
export const withoutMade = (plan: CgroupPlan, cgroup: PooledCgroup | undefined): CgroupPlan =>
	cgroup === undefined ? plan : {...plan, create: plan.create.filter(op => !cgroup.made.has(keyOf(op)))};

/** What it would be at another path. */
export const renamed = ({path, directories, made}: PooledCgroup, to: string): PooledCgroup => ({
	path: to,
	directories: directories.map(directory => directory.replace(path, to)),
	made: new Set([...made].map(key => key.replace(path, to))),
});

const removeOps = (directories: readonly string[]): HostOp[] => directories.map(path => ({op: 'rmdir', path, okErrno: 'any'}));

const checkCount = (value: unknown, name: string): number => {
	if (value !== undefined && (!Number.isInteger(value) || (value as number) < 0 || (value as number) > 1024)) {
		throw new CtnError('ERR_ARGUMENT', `pool.${name} must be an integer from 0 to 1024, not ${JSON.stringify(value)}`, {subject: `pool.${name}`});
	}

	return (value as number | undefined) ?? 0;
};

export class Pool {
	readonly #native: Native;
	readonly #machine: () => Promise<Machine>;
	readonly #wanted: {readonly networks: number; readonly cgroups: number};
	#networks: Fd[] = [];
	#cgroups: PooledCgroup[] = [];
	#owner: string | undefined;
	readonly #name = Math.random().toString(36).slice(2, 10);
	#count = 0;
	/** How often something was asked for. */
	#takes = 0;
	#filling: Promise<void> | undefined;
	#isClosed = false;

	/** @throws CtnError `ERR_ARGUMENT` */
	constructor(native: Native, machine: () => Promise<Machine>, options: PoolOptions) {
		this.#native = native;
		this.#machine = machine;
		this.#wanted = {networks: checkCount(options.networkNamespaces, 'networkNamespaces'), cgroups: checkCount(options.cgroups, 'cgroups')};
		this.#refill();
	}

	/** What there is of use for this config; the caller owns it. Nobody else gets it. */
	take(config: ValidConfig): Taken {
		this.#takes++;
		const taken = {
			network: takesNetwork(config.linux.namespaces) ? this.#networks.shift() : undefined,
			cgroup: config.linux.cgroupsPath ? undefined : this.#cgroups.shift(),
		};
		this.#refill();
		return taken;
	}

	/** Takes away what nobody took. */
	async close(): Promise<void> {
		this.#isClosed = true;
		await this.#filling;
		for (const fd of this.#networks.splice(0)) {
			this.#native.close(fd);
		}

		await this.#native.batch(removeOps(this.#cgroups.splice(0).flatMap(({directories}) => directories)));
	}

	/** Resolves when there is as much as wanted, or no more to be had. */
	async ready(): Promise<void> {
		await this.#filling;
	}

	/** In the background. */
	#refill(): void {
		this.#filling ??= this.#fill();
	}

	/** What is made while containers are would take from them what it is to save: it waits for its time. */
	async #quiet(): Promise<void> {
		for (let takes = 0; takes !== this.#takes && !this.#isClosed;) {
			takes = this.#takes;
			await this.#native.sleep(quietMs);
		}
	}

	/** Its last look and its end are one step: whatever is taken behind that begins anew. */
	async #fill(): Promise<void> {
		await Promise.resolve(); // By then it is known as the one that fills
		try {
			while (!this.#isClosed && (this.#networks.length < this.#wanted.networks || this.#cgroups.length < this.#wanted.cgroups)) {
				await this.#quiet();
				await this.#fillUntilTaken();
			}
		} catch {
			// What cannot be had is made by create, which tells why not
		} finally {
			this.#filling = undefined;
		}
	}

	async #fillUntilTaken(): Promise<void> {
		const takes = this.#takes;
		const goesOn = (): boolean => !this.#isClosed && takes === this.#takes;
		while (goesOn() && this.#networks.length < this.#wanted.networks) {
			const [fd] = await this.#native.batch([{op: 'netns_new'}]);
			this.#networks.push(fd as Fd);
		}

		while (goesOn() && this.#cgroups.length < this.#wanted.cgroups) {
			this.#cgroups.push(await this.#makeCgroup());
		}
	}

	async #makeCgroup(): Promise<PooledCgroup> {
		const {cgroups} = await this.#machine();
		this.#owner ??= await this.#lookAround();
		const path = `/${prefix}${this.#owner}-${this.#name}-${++this.#count}`;
		const {create, record} = planCgroup(cgroups, path, path);
		const directories = [...new Set([...Object.values(record.v1), ...(record.unified === undefined ? [] : [record.unified])])];
		try {
			await this.#native.batch(create);
		} catch (error) {
			await this.#native.batch(removeOps(directories));
			throw error;
		}

		return {path, directories, made: new Set(create.map(op => keyOf(op)))};
	}

	/** Who we are; and on the way, what those left that were killed. */
	async #lookAround(): Promise<string> {
		const {cgroups} = await this.#machine();
		const roots = [...new Set([...Object.values(cgroups.v1), ...(cgroups.unified === undefined ? [] : [cgroups.unified])])];
		const [self, namespace, stat, ...lists] = await this.#native.batch([
			{op: 'readlink', path: '/proc/self'},
			{op: 'readlink', path: '/proc/self/ns/pid'},
			{op: 'read', path: '/proc/self/stat', max: 4096},
			...roots.map((path): HostOp => ({op: 'list', path, directories: 1, okErrno: 'any'})),
		]);
		const space = /\d+/.exec(textOf(namespace))?.[0] ?? '';
		const found = lists.flatMap((list, index) => namesOf(list)
			.filter(name => name.startsWith(`${prefix}${space}-`))
			.map(name => ({path: `${roots[index]!}/${name}`, owner: name.slice(prefix.length).split('-')})));
		const stats = await this.#native.batch(found.map(({owner}) => ({op: 'read', path: `/proc/${owner[1] ?? ''}/stat`, max: 4096, okErrno: 'any'})));
		const dead = found.filter(({owner}, index) => String(parseProcessStat(textOf(stats[index]))?.startTime) !== owner[2]);
		await this.#native.batch(removeOps(dead.map(({path}) => path))); // One in which a container lives stays
		return `${space}-${textOf(self)}-${parseProcessStat(textOf(stat))?.startTime ?? 0}`;
	}
}

/** Gives up what create did not put to use. */
export const dropTaken = async (native: Native, {network, cgroup}: Taken, failed: boolean): Promise<void> => {
	if (network !== undefined) {
		native.close(network);
	}

	if (failed && cgroup !== undefined) {
		await native.batch(removeOps(cgroup.directories));
	}
};
