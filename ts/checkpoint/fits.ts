// Whether a checkpoint can be restored on this machine as it is now. What is not would be found out by CRIU in the
// middle, or by the programs later.
import type {CgroupRecord} from '../cgroups/plan.js';
import {workingCriu, type CriuVersion} from '../criu/probe.js';
import {CtnError} from '../errors.js';
import {sha256Of} from '../images/digest.js';
import {absolutePath} from '../images/mount-entry.js';
import {readRun, splitPagemap} from '../images/pagemap.js';
import {parentLink} from '../images/parent-link.js';
import {readRecords} from '../images/records.js';
import {rootfsPath} from '../launch/build.js';
import {S_IFLNK, S_IFMT} from '../linux/constants.js';
import type {HostOp, Native} from '../native/native.js';
import {statOf} from '../native/results.js';
import type {ValidConfig} from '../oci/config.js';
import {mountImagesOf} from './directory.js';
import type {CheckpointContext} from './dump.js';
import {externalSources} from './externals.js';
import {lookAtHost, type HostFacts} from './host.js';
import {requireUserfaultfd} from './lazy-users.js';
import type {Manifest} from './manifest.js';
import type {RestoreCriuOptions} from './restore.js';
import {fileSizes, verifyImages} from './seal.js';
import {refuseBeyondConfig} from './within-config.js';

export interface FitRequest {
	readonly imagesDir: string;
	readonly manifest: Manifest;
	readonly config: ValidConfig;
	readonly bundle: string;
	readonly cgroup: CgroupRecord;
	readonly options: Pick<RestoreCriuOptions, 'cpuCap' | 'layer' | 'lazyPages' | 'rootfs' | 'verify'>;
}

const refuse = (why: string, subject: string, cure: string): CtnError => new CtnError('ERR_CHECKPOINT_IMAGES', why, {subject, cure});

const isBefore42 = ({major, minor}: Pick<CriuVersion, 'major' | 'minor'>): boolean => major < 4 || (major === 4 && minor < 2);

/**
 * CRIU 4.2 moved the count of pages in the pagemap: one before it reads all such memory as empty.
 *
 * @param pagemap Of the first process.
 * @throws CtnError `ERR_CHECKPOINT_IMAGES`
 */
export const refuseMovedCounts = (imagesDir: string, {criu}: Manifest, version: Pick<CriuVersion, 'major' | 'minor' | 'text'>, pagemap: Uint8Array): void => {
	if (isBefore42(version) && splitPagemap(pagemap).entries.slice(0, 1).some(entry => readRun(entry).isCounted42)) {
		throw refuse(`the images in ${imagesDir} are of CRIU ${criu || '4.2 or newer'}, and the one here is ${version.text}: it would read all memory as empty`, 'criu', 'restore with CRIU 4.2 or newer: ctnative setup-criu');
	}
};

/** @throws CtnError `ERR_CHECKPOINT_IMAGES` */
export const refuseForeignHost = ({host}: Manifest, here: HostFacts, hasCpuCap: boolean): void => {
	if (host && host.architecture !== here.architecture) {
		throw refuse(`the checkpoint was made on ${host.architecture}, and this is ${here.architecture}`, 'architecture', 'restore it on a machine of its kind');
	}

	const missing = (host?.cpuFeatures ?? []).filter(feature => !here.cpuFeatures.includes(feature));
	if (missing.length > 0 && !hasCpuCap) {
		throw refuse(`this CPU lacks what that of the checkpoint had: ${missing.join(', ')}`, 'cpu', 'restore on a CPU that has it, or set cpuCap if the programs need none of them');
	}
};

interface WantedFile {
	/** In the container. */
	readonly name: string;
	/** Directory of the host below which it is, and the path from there. */
	readonly base: string;
	readonly path: string;
	readonly size: bigint;
}

/** Open files whose size CRIU will compare, on mounts that are there now already: root filesystem and bind mounts. */
const wantedFiles = async (native: Native, {imagesDir, manifest, config, bundle, cgroup, options}: FitRequest): Promise<WantedFile[]> => {
	const [files, ...tables] = await native.batch([
		{op: 'read', path: `${imagesDir}/files.img`, max: 1 << 26, okErrno: 'ENOENT'},
		...(await mountImagesOf(native, imagesDir)).map((path): HostOp => ({op: 'read', path, max: 1 << 26})),
	]);
	const sources = externalSources(manifest.mounts, config, bundle, cgroup);
	if (options.layer === undefined && !options.rootfs) { // Else what the container changed is elsewhere
		sources.set('/', rootfsPath(config, bundle));
	}

	const mountPoints = new Map(tables.flatMap(bytes => readRecords('mnts', bytes as Uint8Array)).map(({mnt_id: id, mountpoint}) => [id, absolutePath(mountpoint)]));
	return (files instanceof Uint8Array ? readRecords('files', files) : []).flatMap(({reg}): WantedFile[] => {
		const mountPoint = mountPoints.get(reg?.mnt_id ?? -1);
		const base = mountPoint === undefined ? undefined : sources.get(mountPoint);
		if (!reg || reg.size === undefined || reg.ext || mountPoint === undefined || base === undefined) {
			return [];
		}

		const name = absolutePath(reg.name);
		const prefix = mountPoint === '/' ? '' : mountPoint;
		return name.startsWith(`${prefix}/`) ? [{name, base, path: name.slice(prefix.length + 1), size: reg.size}] : [];
	});
};

/** Every directory on the way, and the file last: no link of the container's is followed. */
const steps = ({base, path}: WantedFile): string[] => {
	const parts = path.split('/');
	return parts.map((_, index) => `${base}/${parts.slice(0, index + 1).join('/')}`);
};

/**
 * Files that are gone are CRIU's to tell: it makes some of them again.
 *
 * @throws CtnError `ERR_CHECKPOINT_IMAGES`
 */
const refuseChangedFiles = async (native: Native, wanted: readonly WantedFile[]): Promise<void> => {
	const stats = await native.batch(wanted.flatMap(file => steps(file).map((path): HostOp => ({op: 'stat', path, nofollow: 1, okErrno: 'any'}))));
	for (const file of wanted) {
		const found = stats.splice(0, steps(file).length).map(statOf);
		const isPlain = found.every(stat => stat && (stat.mode & S_IFMT) !== S_IFLNK);
		const size = found.at(-1)?.size;
		if (isPlain && size !== file.size) {
			throw refuse(`${file.name} has ${size} bytes, and had ${file.size} when the checkpoint was made`, file.name, 'put it back as it was: the programs go on where they were in it');
		}
	}
};

/**
 * Looks whether images, machine and files are such that a restore can work. Nothing is touched.
 *
 * @throws CtnError `ERR_CHECKPOINT_IMAGES` with the cure; `ERR_CHECKPOINT_UNSUPPORTED`, `ERR_CRIU_NOT_FOUND`, `ERR_CRIU_UNUSABLE`.
 */
export const refuseUnfit = async (context: CheckpointContext, request: FitRequest): Promise<void> => {
	const {native} = context;
	const {imagesDir, manifest, config, options} = request;
	if (options.lazyPages) {
		await requireUserfaultfd(native, config);
	}

	await verifyImages(imagesDir, manifest, async names => fileSizes(native, imagesDir, names), options.verify ? async name => sha256Of(`${imagesDir}/${name}`) : undefined);
	const [{version}, here, wanted] = await Promise.all([workingCriu(native, context.criu), lookAtHost(native), wantedFiles(native, request)]);
	refuseForeignHost(manifest, here, options.cpuCap !== undefined);
	const [link, pagemap] = await native.batch([
		{op: 'stat', path: `${imagesDir}/${parentLink}`, nofollow: 1, okErrno: 'any'},
		...(version && isBefore42(version) ? [{op: 'read', path: `${imagesDir}/pagemap-1.img`, max: 1 << 26, okErrno: 'any'} as const] : []),
	]);
	if (version && pagemap instanceof Uint8Array) {
		refuseMovedCounts(imagesDir, manifest, version, pagemap);
	}

	if (link instanceof Uint8Array) {
		const [inventory] = await native.batch([{op: 'stat', path: `${imagesDir}/${parentLink}/inventory.img`, nofollow: 0, okErrno: 'any'}]);
		if (!(inventory instanceof Uint8Array)) {
			throw refuse(`the checkpoint that ${imagesDir} builds on is not there`, `${imagesDir}/${parentLink}`, 'put it back where the link parent leads to');
		}
	}

	await refuseChangedFiles(native, wanted);
	await refuseBeyondConfig(native, request);
};
