// Our manifest out of an archive: it tells what was, and decides nothing about this host.
import {existsSync} from 'node:fs';
import {readFile, writeFile} from 'node:fs/promises';
import {nullDevice} from '../linux/null-device.js';
import {parseJson, toJson} from '../oci/json.js';
import {manifestFile, previousImages} from './names.js';
import type {Facts} from './origin.js';
import {refused} from './tree.js';

/** What is of no use, or would be the host's: whoever restores names it anew. */
export interface Confined {
	/** Devices and routes that the container had. */
	readonly networks: readonly Facts[];
	readonly routes: readonly Facts[];
}

const isFacts = (value: unknown): value is Facts => typeof value === 'object' && value !== null && !Array.isArray(value);

const listOf = (value: unknown, field: string): readonly Facts[] => {
	if (value !== undefined && !(Array.isArray(value) && value.every(isFacts))) {
		throw refused(manifestFile, `has no list of objects as ${field}`);
	}

	return value as readonly Facts[] | undefined ?? [];
};

/**
 * Takes out of the manifest of an import, if there is one, what would reach into this host: sources of mounts, which then
 * are those of config.json or none, and devices and routes.
 *
 * @param hasParent It builds upon images that came with it.
 * @throws CtnError `ERR_ARCHIVE`
 */
export const confineManifest = async (directory: string, hasParent: boolean): Promise<Confined> => {
	const path = `${directory}/${manifestFile}`;
	if (!existsSync(path)) {
		return {networks: [], routes: []};
	}

	let manifest: unknown;
	try {
		manifest = parseJson(await readFile(path, 'utf8'), manifestFile);
	} catch (error) {
		throw refused(manifestFile, 'is no JSON', error);
	}

	if (!isFacts(manifest)) {
		throw refused(manifestFile, 'is no object');
	}

	const {networks, routes, parent: _, mounts, ...rest} = manifest;
	const kept = listOf(mounts, 'mounts').map(({source, ...mount}) => ({...mount, ...(source === nullDevice && {source})}));
	const confined = {networks: listOf(networks, 'networks'), routes: listOf(routes, 'routes')};
	await writeFile(path, toJson({...rest, ...(hasParent && {parent: previousImages}), mounts: kept}), {mode: 0o600});
	return confined;
};
