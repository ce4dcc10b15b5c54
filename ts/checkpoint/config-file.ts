// The configuration file of CRIU that holds where the caller names none: as under runc, that of an annotation or of the machine.
import type {CriuOpts} from '../criu/opts.js';
import type {Native} from '../native/native.js';
import {criuConfigAnnotation} from '../oci/annotations.js';
import type {ValidConfig} from '../oci/config.js';

const ofMachine = '/etc/criu/runc.conf';

/** @param given The option, which comes first. */
export const configFileOf = async (native: Native, {annotations = {}}: ValidConfig, given: string | undefined): Promise<Pick<CriuOpts, 'configFile'>> => {
	const named = given ?? annotations[criuConfigAnnotation];
	if (named !== undefined) {
		return named === '' ? {} : {configFile: named};
	}

	const [stat] = await native.batch([{op: 'stat', path: ofMachine, nofollow: 0, okErrno: 'any'}]);
	return stat instanceof Uint8Array ? {configFile: ofMachine} : {};
};
