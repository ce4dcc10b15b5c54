// Whether this kernel can tell which pages have changed.
import type {ExecutionContext} from 'ava';
import {privateCriu} from '../../ts/criu/find.js';
import {probeCriu} from '../../ts/criu/probe.js';
import {linuxNative} from '../../ts/native/linux.js';
import {noCriu} from '../support/criu-cli.js';

export const hasTracking = async (): Promise<boolean> => noCriu === undefined && (await probeCriu(linuxNative(), privateCriu)).memTrack;

/** A test about that; elsewhere it passes. */
export const whereTracked = <More extends readonly unknown[]>(body: (t: ExecutionContext, ...more: More) => Promise<void>) => async (t: ExecutionContext, ...more: More): Promise<void> => {
	await (await hasTracking() ? body(t, ...more) : t.pass('this kernel has no CONFIG_MEM_SOFT_DIRTY'));
};
