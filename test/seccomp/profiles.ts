// Profiles as engines ship them, turned into what they hand to an OCI runtime.
import {existsSync, readFileSync} from 'node:fs';
import type {LinuxSeccomp, SeccompAction, SeccompArchitecture, SeccompArg} from '../../ts/oci/config.js';

interface Filter {
	readonly caps?: readonly string[];
	readonly arches?: readonly string[];
	readonly minKernel?: string;
}

/** A profile of containers/common or moby. */
interface EngineProfile {
	readonly defaultAction: SeccompAction;
	readonly defaultErrnoRet?: number;
	readonly archMap: readonly {readonly architecture: SeccompArchitecture; readonly subArchitectures: readonly SeccompArchitecture[]}[];
	readonly syscalls: readonly {
		readonly names: readonly string[];
		readonly action: SeccompAction;
		readonly args?: readonly SeccompArg[] | null;
		readonly errnoRet?: number;
		readonly includes?: Filter;
		readonly excludes?: Filter;
	}[];
}

/** Debian package golang-github-containers-common. */
const podmanPath = '/usr/share/containers/seccomp.json';

/** Of Debian's package golang-github-docker-docker-dev, by scripts/setup. */
const dockerPath = '/opt/ctnative/profiles/docker.json';

/** What podman and Docker give a container by default and their profiles ask for. */
export const defaultCapabilities = ['CAP_AUDIT_WRITE', 'CAP_SYS_CHROOT'];

const read = (path: string): EngineProfile => JSON.parse(readFileSync(path, 'utf8')) as EngineProfile;

export const podmanProfile = (native: SeccompArchitecture, capabilities: readonly string[] = defaultCapabilities): LinuxSeccomp =>
	toOci(read(podmanPath), native, capabilities);

export const dockerProfile = (native: SeccompArchitecture, capabilities: readonly string[] = defaultCapabilities): LinuxSeccomp =>
	toOci(read(dockerPath), native, capabilities);

export const dockerProfileMissing = existsSync(dockerPath) ? undefined : `there is no ${dockerPath}`;

function toOci(profile: EngineProfile, native: SeccompArchitecture, capabilities: readonly string[]): LinuxSeccomp {
	const goArch = native === 'SCMP_ARCH_AARCH64' ? 'arm64' : 'amd64';
	const applies = ({includes = {}, excludes = {}}: {includes?: Filter; excludes?: Filter}): boolean =>
		(includes.arches?.includes(goArch) ?? true) && (includes.caps?.every(cap => capabilities.includes(cap)) ?? true)
		&& !excludes.arches?.includes(goArch) && !excludes.caps?.some(cap => capabilities.includes(cap));
	const arches = profile.archMap.find(({architecture}) => architecture === native)!;
	return {
		defaultAction: profile.defaultAction,
		...(profile.defaultErrnoRet === undefined ? {} : {defaultErrnoRet: profile.defaultErrnoRet}),
		architectures: [native, ...arches.subArchitectures],
		syscalls: profile.syscalls.filter(applies).map(({names, action, args, errnoRet}) => ({
			names,
			action,
			...(errnoRet === undefined ? {} : {errnoRet}),
			...(args ? {args} : {}),
		})),
	};
}
