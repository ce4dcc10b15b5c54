// What the attacks share: something of the host to go for, and the one who goes for it.
import {copyFileSync, lstatSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {CtnError, type Container} from '../../ts/index.js';
import {tempDir} from '../support/bundle.js';
import {buildWorkload} from '../support/workload.js';
import {mounts} from '../system/leftovers.js';
import {until, type World} from '../system/world.js';

export interface Victim {
	/** A directory of the host, with a file `secret`. */
	readonly path: string;
	/** What is in `secret`. */
	readonly secret: string;
	/** Says what was done to it; empty if nothing was. */
	harm(): string[];
}

/** A directory of the host that nobody has to do with. */
export const makeVictim = (world: World): Victim => {
	const path = tempDir(world);
	const secret = `secret of ${path}`;
	writeFileSync(join(path, 'secret'), secret, {mode: 0o600});
	const look = (): string[] => [path, join(path, 'secret')].map(name => {
		const {mode, uid, gid, mtimeMs} = lstatSync(name);
		return JSON.stringify({name, mode, uid, gid, mtimeMs});
	});
	const before = look();
	const mounted = mounts();
	return {
		path,
		secret,
		harm: () => [
			...look().filter(line => !before.includes(line)),
			...readdirSync(path).filter(name => name !== 'secret').map(name => `made ${name}`),
			...(readFileSync(join(path, 'secret'), 'utf8') === secret ? [] : ['secret was changed']),
			...mounts().filter(line => line.includes(path) && !mounted.includes(line)),
		],
	};
};

/** A container that has `volume` at /volume and does what the workload does, for as long as the test. */
export const startAttacker = async (world: World, workload: string, args: readonly string[], volume: string): Promise<Container> => {
	const program = buildWorkload(workload);
	const container = await world.start({
		writable: true,
		args: ['/attack', ...args],
		prepare: rootfs => copyFileSync(program, join(rootfs, 'attack')),
		edit: config => {
			config.mounts.push({destination: '/volume', type: 'bind', source: volume, options: ['bind']});
		},
	}, {stdio: ['ignore', 'pipe', 'ignore']});
	let said = '';
	container.stdout!.setEncoding('utf8').on('data', (text: string) => {
		said += text;
	});
	await until(() => said !== '', 'the attacker');
	return container;
};

/** True for a failure that says: this is not what it should be. Others are failures of the test. */
export const isRefusal = (error: unknown): boolean =>
	error instanceof CtnError && ['ERR_INIT_STEP', 'ERR_CONFIG_INVALID', 'ERR_COMMAND_NOT_FOUND', 'ERR_COMMAND_NOT_EXECUTABLE'].includes(error.code);
