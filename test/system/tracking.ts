// Whether this kernel can tell which pages have changed.
import {privateCriu} from '../../ts/criu/find.js';
import {probeCriu} from '../../ts/criu/probe.js';
import {linuxNative} from '../../ts/native/linux.js';
import {noCriu} from '../support/criu-cli.js';

export const hasTracking = async (): Promise<boolean> => noCriu === undefined && (await probeCriu(linuxNative(), privateCriu)).memTrack;
