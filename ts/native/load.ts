// Finds the addon and ctn-init: what this machine built, or what npm brought.
import {existsSync, readFileSync} from 'node:fs';
import path from 'node:path';
import bindings from 'bindings';
import {CtnError} from '../errors.js';
import {wire} from '../plan/wire.gen.js';
import type {Addon} from './addon.js';

/** The package's own directory: this file is dist/ts/native/load.js in it. */
const packageRoot = path.join(__dirname, '..', '..', '..');
const prebuilt = path.join('prebuilds', `${process.platform}-${process.arch}`);

const cure = 'run "npm rebuild ctnative" on this machine; it needs a C and C++ compiler, make and python3';

/** Both parts must come from one place, or they may not understand each other. */
const places = [path.join('build', 'Release'), prebuilt];

const addonNames = ['ctnative.node', 'node.napi.node'];

/**
 * Loads the addon.
 *
 * @throws CtnError `ERR_NATIVE_LOAD` if there is none for this machine, or one of another version.
 */
export const loadAddon = (): Addon => {
	let addon: Addon;
	try {
		addon = bindings({
			bindings: 'ctnative',
			module_root: packageRoot,
			try: places.flatMap(place => addonNames.map(name => [packageRoot, place, name])),
		}) as Addon;
	} catch (cause) {
		throw new CtnError('ERR_NATIVE_LOAD', `the native addon of ctnative could not be loaded for ${process.platform}-${process.arch}`, {cause, cure});
	}

	if (addon.wireHash !== wire.hash) {
		throw new CtnError('ERR_NATIVE_LOAD', 'the native addon is of another version of ctnative', {cure});
	}

	return addon;
};

/** Path of a program that is built with the addon. Throws as loadAddon() does. */
export const findProgram = (name: string): string => {
	const file = places.map(place => path.join(packageRoot, place, name)).find(existsSync);
	if (file === undefined) {
		throw new CtnError('ERR_NATIVE_LOAD', `${name} is in none of ${places.join(', ')}`, {cure});
	}

	return file;
};

/** The bytes of ctn-init. Throws as loadAddon() does. */
export const readInit = (): Uint8Array => readFileSync(findProgram('ctn-init'));
