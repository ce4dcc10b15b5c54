// systemd's manager over D-Bus: calls, and the ends of jobs. Only this file knows the library.
import library from '@homebridge/dbus-native';
import {CtnError} from '../errors.js';
import type {Systemd, UnitProperty} from '../cgroups/systemd.js';
import {connectBus, findBus} from './bus.js';

const manager = {
	destination: 'org.freedesktop.systemd1',
	path: '/org/freedesktop/systemd1',
	interface: 'org.freedesktop.systemd1.Manager',
} as const;

/** How long systemd may take for a job. */
const timeoutMs = 30_000;

const failure = (what: string, reason: string, cause?: unknown): CtnError =>
	new CtnError('ERR_SYSTEMD', `systemd could not ${what}: ${reason}`, {cause, subject: what});

/** The library takes integers of 64 bits as text, too, which no number could hold. */
const plain = (value: unknown): unknown => Array.isArray(value) ? value.map(plain) : typeof value === 'bigint' ? String(value) : value;

const toWire = ([name, signature, value]: UnitProperty): unknown => [name, [signature, plain(value)]];

type Bus = ReturnType<typeof library.createClient>;

/** One connection for as long as there is something to do; it never keeps the program alive by itself. */
class Connection implements Systemd {
	readonly #bus: Bus;
	readonly #jobs = new Map<string, (result: string) => void>();
	/** Jobs that were over before we knew their names. */
	readonly #over = new Map<string, string>();
	readonly #failures = new Set<(error: CtnError) => void>();
	isClosed = false;
	delegated: string | undefined;

	constructor(bus: Bus) {
		this.#bus = bus;
		bus.connection.on('message', ({interface: from, member, body}) => {
			if (from === manager.interface && member === 'JobRemoved') {
				this.#jobRemoved(String(body?.[1]), String(body?.[3]));
			}
		});
		bus.connection.on('error', error => this.#close(error));
		bus.connection.on('end', () => this.#close(new Error('the connection was closed')));
	}

	/** @param isUsers It is a user's own, and tells what was delegated to it. */
	async open(isUsers: boolean): Promise<void> {
		await this.#wait('be reached', async () => new Promise<void>((resolve, reject) => {
			this.#bus.addMatch(`type='signal',interface='${manager.interface}',member='JobRemoved'`, error => {
				if (error) {
					reject(failure('be reached', `${error.name}: ${error.message}`));
				} else {
					resolve();
				}
			});
		}));
		await this.#call('be subscribed to', 'Subscribe');
		this.delegated = isUsers ? await this.#controlGroup() : undefined;
	}

	async start(unit: string, properties: readonly UnitProperty[]): Promise<void> {
		await this.#job(`start ${unit}`, 'StartTransientUnit', 'ssa(sv)a(sa(sv))', [unit, 'fail', properties.map(property => toWire(property)), []]);
	}

	async set(unit: string, properties: readonly UnitProperty[]): Promise<void> {
		await this.#call(`set properties of ${unit}`, 'SetUnitProperties', 'sba(sv)', [unit, true, properties.map(property => toWire(property))]);
	}

	async stop(unit: string): Promise<void> {
		try {
			await this.#job(`stop ${unit}`, 'StopUnit', 'ss', [unit, 'replace']);
			await this.#call(`reset ${unit}`, 'ResetFailedUnit', 's', [unit]);
		} catch (error) {
			if (!(error instanceof CtnError) || error.errno !== 'NoSuchUnit') {
				throw error;
			}
		}
	}

	async attach(unit: string, path: string, pids: readonly number[]): Promise<void> {
		await this.#call(`move a process to ${unit}`, 'AttachProcessesToUnit', 'ssau', [unit, path, pids]);
	}

	async #controlGroup(): Promise<string> {
		// A variant is [its signature, its values]
		const [, [path]] = await this.#call('tell its cgroup', 'Get', 'ss', [manager.interface, 'ControlGroup'], 'org.freedesktop.DBus.Properties') as [unknown, [string]];
		return path;
	}

	#jobRemoved(path: string, result: string): void {
		const done = this.#jobs.get(path);
		if (done) {
			done(result);
		} else if (this.#over.size < 1000) {
			this.#over.set(path, result);
		}
	}

	#close(cause: Error): void {
		this.isClosed = true;
		for (const fail of this.#failures) {
			fail(failure('be reached', cause.message, cause));
		}
	}

	/** Runs it with the program kept alive, and fails it when the connection does, or time is up. */
	async #wait<Result>(what: string, run: () => Promise<Result>): Promise<Result> {
		let fail: (error: CtnError) => void = () => {};
		const broken = new Promise<never>((_, reject) => {
			fail = reject;
		});
		this.#failures.add(fail);
		this.#bus.connection.stream.ref();
		const timer = setTimeout(() => fail(failure(what, `no answer for ${timeoutMs / 1000} s`)), timeoutMs);
		try {
			return await Promise.race([run(), broken]);
		} finally {
			clearTimeout(timer);
			this.#failures.delete(fail);
			if (this.#failures.size === 0) {
				this.#bus.connection.stream.unref();
			}
		}
	}

	async #call(what: string, member: string, signature?: string, body?: readonly unknown[], of: string = manager.interface): Promise<unknown> {
		return this.#wait(what, async () => new Promise((resolve, reject) => {
			this.#bus.invoke({...manager, interface: of, member, ...(signature !== undefined && {signature, body: body!})}, (error, value) => {
				if (error) {
					const name = error.name.slice(error.name.lastIndexOf('.') + 1);
					reject(new CtnError('ERR_SYSTEMD', `systemd could not ${what}: ${error.message || error.name}`, {errno: name, syscall: member, subject: what}));
				} else {
					resolve(value);
				}
			});
		}));
	}

	/** Calls what answers with a job, and waits for its end. */
	async #job(what: string, member: string, signature: string, body: readonly unknown[]): Promise<void> {
		this.#over.clear();
		const path = String(await this.#call(what, member, signature, body));
		const result = this.#over.get(path) ?? await this.#wait(what, async () => new Promise<string>(resolve => {
			this.#jobs.set(path, resolve);
		}));
		this.#jobs.delete(path);
		if (result !== 'done') {
			throw failure(what, `its job was ${result}`);
		}
	}
}

let shared: Promise<Connection> | undefined;

/**
 * The systemd of whoever runs this program, the system's for root, by one connection.
 *
 * @throws CtnError `ERR_SYSTEMD` if it cannot be reached.
 */
export const connectSystemd = async (): Promise<Systemd> => {
	const before = await shared?.catch(() => undefined);
	if (before === undefined || before.isClosed) {
		shared = (async () => {
			const bus = await findBus(process.env, process.geteuid!());
			const connection = new Connection(library.createClient({stream: connectBus(bus)}));
			await connection.open(bus.isUsers);
			return connection;
		})();
	}

	return shared!;
};
