// With the tasks still frozen: CRIU's images are made right, and completed with what is ours.
import {captureRootfs} from '../archive/capture.js';
import type {CriuOpts} from '../criu/opts.js';
import {forgetExternalFiles, separateStdio, type OwnNull} from '../images/external-files.js';
import {separateMasters} from '../images/mounts.js';
import {inheritCgroup} from '../images/inherit-cgroup.js';
import {repairTimerfds} from '../images/timerfd.js';
import {rootfsPath} from '../launch/build.js';
import {O_CREAT, O_TRUNC} from '../linux/constants.js';
import type {HostOp, Native} from '../native/native.js';
import type {MountInfo} from '../linux/mountinfo.js';
import type {SavedContainer} from '../state/record.js';
import {filesOf} from './directory.js';
import {forgetEmptyMounts} from './empty-mounts.js';
import type {ContainerFacts} from './look.js';
import {manifestOps, manifestVersion, networkStatusOp, type Manifest} from './manifest.js';
import {rootfsSource} from './rootfs.js';
import type {CheckpointOptions} from './dump.js';
import {together} from './together.js';

/** What the manifest is told of the container. */
export type Found = Pick<Manifest, 'criu' | 'mounts' | 'stdio' | 'network' | 'host' | 'parent'>;

export interface Completion {
	readonly directory: string;
	readonly saved: SavedContainer;
	readonly facts: ContainerFacts;
	/** Mounts that have nothing in them. */
	readonly empty: readonly MountInfo[];
	readonly manifest: Found;
	readonly ownNull: OwnNull | undefined;
}

/** CRIU's images are made right. The result is how they name each of stdio. */
const finishImages = async (native: Native, directory: string, {ownNull, manifest: {stdio}}: Completion, mode: CriuOpts['manageCgroupsMode'] = 'ignore'): Promise<Manifest['stdio']> => {
	const paths = (await filesOf(native, directory)).filter(path => /\/(?:files|inventory|core-1|mountpoints-\d+)\.img$/.test(path));
	const images = await native.batch(paths.map(path => ({op: 'read', path, max: 1 << 28}))) as Uint8Array[];
	const core = images[paths.indexOf(`${directory}/core-1.img`)];
	let names = stdio;
	const repaired = (path: string, bytes: Uint8Array): Uint8Array => {
		switch (path.slice(directory.length + 1)) {
			case 'files.img': {
				const separate = separateStdio(forgetExternalFiles(repairTimerfds(bytes), ownNull), stdio);
				({names} = separate);
				return separate.bytes;
			}

			case 'inventory.img': {
				return mode === 'ignore' && core ? inheritCgroup(bytes, core) : bytes;
			}

			case 'core-1.img': {
				return bytes;
			}

			default: {
				return separateMasters(bytes);
			}
		}
	};

	await native.batch(paths.flatMap((path, index): HostOp[] => {
		const bytes = images[index]!;
		const data = repaired(path, bytes);
		return data === bytes ? [] : [{op: 'write', path, data, flags: O_CREAT | O_TRUNC, mode: 0o600}];
	}));
	return names;
};

const manifestOf = ({record, config}: SavedContainer, found: Found): Manifest => ({
	...found,
	version: manifestVersion,
	id: record.id,
	created: new Date().toISOString(),
	terminal: config.process.terminal ?? false,
	spec: config,
	cgroup: record.cgroup,
	networks: record.networks,
	routes: record.routes,
	cni: record.cni?.attachments.map(({network}) => network.name),
});

export const completeImages = async (native: Native, completion: Completion, {manageCgroupsMode, rootfs}: Pick<CheckpointOptions, 'manageCgroupsMode' | 'rootfs'>): Promise<void> => {
	const {directory, saved, facts, empty, manifest} = completion;
	const finish = async (): Promise<void> => {
		const stdio = await finishImages(native, directory, completion, manageCgroupsMode);
		await together(
			forgetEmptyMounts(native, directory, empty),
			native.batch([
				...manifestOps(directory, manifestOf(saved, {...manifest, stdio}), saved.record.stdio.map(given => given ?? '')),
				...(saved.record.cni ? [networkStatusOp(directory, saved.record.cni.status)] : []),
			]),
		);
	};

	const capture = async (): Promise<void> => {
		if (rootfs) {
			await captureRootfs(native, rootfsSource(facts.mounts, rootfsPath(saved.config, saved.record.bundle), rootfs), directory);
		}
	};

	// At once, as the container stands still
	await together(finish(), capture());
};
