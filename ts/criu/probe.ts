// What a CRIU can do on this kernel: asked of CRIU itself, once per executable.
import {CtnError} from '../errors.js';
import type {Native} from '../native/native.js';
import {lineOf} from '../native/results.js';
import {findCriu, installCure, type FindCriu, type FoundCriu} from './find.js';
import {keepKerndat, kerndatSurroundings} from './kerndat.js';
import {headline, tellingLines} from './log.js';
import type {CriuFeatures, CriuVersion as VersionMessage} from './rpc.gen.js';
import {startCriu} from './start.js';

export interface CriuVersion {
	readonly major: number;
	readonly minor: number;
	readonly sublevel: number;
	/** Set for one that was built between releases. */
	readonly gitid: string | undefined;
	/** `4.2.1` */
	readonly text: string;
}

/** Something that does not work here. */
export interface CriuFinding {
	/** `criu`: nothing works. */
	readonly feature: 'criu' | 'lazyPages' | 'memTrack';
	readonly reason: string;
	/** What to do, or do instead. */
	readonly cure: string;
}

export interface CriuProbe {
	readonly path: string;
	/** Undefined if it did not even say that. */
	readonly version: CriuVersion | undefined;
	/** It can dump and restore on this kernel, as far as it knows itself and we know of it. */
	readonly works: boolean;
	/** Post-copy: the kernel has userfaultfd, with its events. */
	readonly lazyPages: boolean;
	/** Pre-dump, and dumps that build upon others: the kernel has soft-dirty bits. */
	readonly memTrack: boolean;
	readonly pidfdStore: boolean;
	readonly findings: readonly CriuFinding[];
}

const versionOf = ({major_number: major, minor_number: minor, sublevel = 0, gitid}: VersionMessage): CriuVersion =>
	({major, minor, sublevel, gitid, text: sublevel === 0 ? `${major}.${minor}` : `${major}.${minor}.${sublevel}`});

const isBefore = (version: CriuVersion, major: number, minor: number): boolean =>
	version.major < major || (version.major === major && version.minor < minor);

interface Facts {
	readonly version: CriuVersion | undefined;
	/** Undefined if it could not look. */
	readonly features: CriuFeatures | undefined;
	/** What it printed, or why it could not be started. */
	readonly said: string;
}

/** VERSION and FEATURE_CHECK, of one process; and on the way, what it writes down of the kernel. */
const askFacts = async (native: Native, path: string): Promise<Facts> => {
	const inside = await kerndatSurroundings(native);
	const process = await startCriu(native, {path, inside}).finally(() => inside?.close());
	try {
		const version = await process.session.request({type: 'VERSION', keep_open: true});
		const features = version.response?.success
			? await process.session.request({type: 'FEATURE_CHECK', features: {mem_track: true, lazy_pages: true, pidfd_store: true}, keep_open: true})
			: undefined;
		if (inside) {
			await keepKerndat(native, path, process.pid);
		}

		return {
			version: version.response?.version && versionOf(version.response.version),
			features: features?.response?.success ? features.response.features ?? {} : undefined,
			said: process.output,
		};
	} finally {
		await process.end();
	}
};

/** CHECK: whether it is content with the kernel. It needs a process of its own, and no options. */
const askCheck = async (native: Native, path: string): Promise<{good: boolean; said: string}> => {
	const process = await startCriu(native, {path});
	let good = false;
	try {
		const {response} = await process.session.request({type: 'CHECK'});
		good = response?.success === true;
	} finally {
		await process.end();
	}

	return {good, said: process.output};
};

const readRelease = async (native: Native): Promise<string> => {
	const [bytes] = await native.batch([{op: 'read', path: '/proc/sys/kernel/osrelease', max: 4096}]);
	return lineOf(bytes);
};

/** Since 6.16 a socket refuses an option that CRIU read of all sockets until 4.2 (CRIU issue 2705); its own check does not notice. */
const cannotReadSockets = (version: CriuVersion, release: string): boolean => {
	const [major = 0, minor = 0] = release.split('.').map(part => Number.parseInt(part, 10));
	return (major > 6 || (major === 6 && minor >= 16)) && isBefore(version, 4, 2);
};

const brokenBecause = (path: string, {version, features, said}: Facts, check: {good: boolean; said: string}, release: string): string | undefined => {
	const name = version === undefined ? `CRIU at ${path}` : `CRIU ${version.text} at ${path}`;
	if (version === undefined || features === undefined || !check.good) {
		const why = headline(tellingLines(`${check.said}\n${said}`));
		return `${name} does not run on kernel ${release}${why === undefined ? '' : `: ${why}`}`;
	}

	if (isBefore(version, 3, 17)) {
		return `${name} is too old: 3.17 is the first that can lock a network by nftables`;
	}

	return cannotReadSockets(version, release)
		? `${name} cannot checkpoint programs with network sockets on kernel ${release}: that needs CRIU 4.2`
		: undefined;
};

const probe = async (native: Native, path: string): Promise<CriuProbe> => {
	const [facts, check, release] = await Promise.all([askFacts(native, path), askCheck(native, path), readRelease(native)]);
	const broken = brokenBecause(path, facts, check, release);
	const {lazy_pages: lazyPages = false, mem_track: memTrack = false, pidfd_store: pidfdStore = false} = facts.features ?? {};
	const findings: CriuFinding[] = [];
	if (broken !== undefined) {
		findings.push({feature: 'criu', reason: broken, cure: installCure});
	} else {
		if (!lazyPages) {
			findings.push({feature: 'lazyPages', reason: 'this kernel does not offer userfaultfd with events', cure: 'restore without lazyPages'});
		}

		if (!memTrack) {
			findings.push({feature: 'memTrack', reason: 'this kernel has no CONFIG_MEM_SOFT_DIRTY', cure: 'take full checkpoints, or use lazyPages'});
		}
	}

	return {path, version: facts.version, works: broken === undefined, lazyPages, memTrack, pidfdStore, findings};
};

const known = new WeakMap<Native, Map<string, Promise<CriuProbe>>>();

/**
 * What the CRIU at a path can do. It is asked once, and again when the file changes.
 *
 * @throws CtnError `ERR_CRIU_NOT_FOUND`, or `ERR_CRIU_UNUSABLE` if it cannot be started at all.
 */
export const probeCriu = async (native: Native, path: string): Promise<CriuProbe> => {
	const [found] = await findCriu(native, {path});
	return probeFound(native, found!);
};

const probeFound = async (native: Native, {path, stamp}: FoundCriu): Promise<CriuProbe> => {
	const answers = known.get(native) ?? new Map<string, Promise<CriuProbe>>();
	known.set(native, answers);
	const key = `${path} ${stamp}`;
	const answer = answers.get(key) ?? probe(native, path);
	answers.set(key, answer);
	let works = false;
	try {
		const result = await answer;
		works = result.works;
		return result;
	} finally {
		if (!works) {
			answers.delete(key); // It was killed, perhaps, or memory or descriptors were short: another time it may work
		}
	}
};

/**
 * The first CRIU that works here.
 *
 * @throws CtnError `ERR_CRIU_NOT_FOUND` if there is none.
 * @throws CtnError `ERR_CRIU_UNUSABLE` with the reasons if none of those that are there does.
 */
export const workingCriu = async (native: Native, options: FindCriu = {}): Promise<CriuProbe> => {
	const reasons: string[] = [];
	const found = await findCriu(native, options);
	for (const file of found) {
		try {
			const answer = await probeFound(native, file);
			if (answer.works) {
				return answer;
			}

			reasons.push(answer.findings[0]!.reason);
		} catch (error) {
			if (!(error instanceof CtnError && error.code === 'ERR_CRIU_UNUSABLE')) {
				throw error;
			}

			reasons.push(error.message);
		}
	}

	throw new CtnError('ERR_CRIU_UNUSABLE', reasons.join('; '), {subject: found[0]!.path, cure: installCure});
};
