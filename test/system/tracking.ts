// Whether this kernel can tell which pages have changed.
import type {ExecutionContext} from 'ava';
import {privateCriu} from '../../ts/criu/find.js';
import {probeCriu} from '../../ts/criu/probe.js';
import {linuxNative} from '../../ts/native/linux.js';
import {noCriu} from '../support/criu-cli.js';

export const hasTracking = async (): Promise<boolean> => noCriu === undefined && (await probeCriu(linuxNative(), privateCriu)).memTrack;

/** True where a test about that can go on; elsewhere it has passed. */
export const hasTrackingOrPasses = async (t: ExecutionContext): Promise<boolean> => {
	const isThere = await hasTracking();
	if (!isThere) {
		t.pass('this kernel has no CONFIG_MEM_SOFT_DIRTY');
	}

	return isThere;
};
