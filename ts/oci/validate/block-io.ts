// `linux.resources.blockIO`
import type {BlockIO, ThrottleDevice, WeightDevice} from '../config.js';
import {array, integer, object, optional, uint64} from './check.js';
import {maxMajor, maxMinor} from './devices.js';

/** 0 leaves it as it is; the kernel wants 10 to 1000. */
const weight = optional(integer(0, 1000));

const device = {major: integer(0, maxMajor), minor: integer(0, maxMinor)};

const throttle = optional(array(object<ThrottleDevice>({...device, rate: uint64})));

export const checkBlockIo = object<BlockIO>({
	weight,
	leafWeight: weight,
	weightDevice: optional(array(object<WeightDevice>({...device, weight, leafWeight: weight}))),
	throttleReadBpsDevice: throttle,
	throttleWriteBpsDevice: throttle,
	throttleReadIOPSDevice: throttle,
	throttleWriteIOPSDevice: throttle,
});
