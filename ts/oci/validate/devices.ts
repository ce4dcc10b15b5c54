// `linux.devices`
import type {Device} from '../config.js';
import {S_IFMT} from '../../linux/constants.js';
import {absolutePath, array, id, integer, object, oneOf, optional} from './check.js';
import type {Check} from './check.js';

/** dev_t has 12 bits for the major and 20 for the minor number. */
export const maxMajor = 0xfff;
export const maxMinor = 0xf_ffff;

/** Other tools leave the file type in the mode; `type` says it already. */
const fileMode: Check<number> = (value, path) => integer(0, 0xffff_ffff)(value, path) & ~S_IFMT & 0o7777;

export const checkDevices = array(object<Device>({
	path: absolutePath,
	type: oneOf('c', 'u', 'b', 'p'),
	major: optional(integer(0, maxMajor)),
	minor: optional(integer(0, maxMinor)),
	fileMode: optional(fileMode),
	uid: optional(id),
	gid: optional(id),
}));
