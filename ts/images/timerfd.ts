// CRIU leaves a periodic timerfd dead for ever that had expired and was not read when it was dumped
// (CRIU issue 3162): the time left is 0, and timerfd_settime(2) takes that for "off".
import {readImageOf} from './records.js';
import {writeImage} from './codec.js';
import type {FileEntry} from './images.gen.js';
import {decode, edit} from './schema.js';

/**
 * Has expirations to read, an interval, and no time left. Without expirations it is a timer that the
 * program had turned off, interval and all: it stays off.
 */
const isDead = ({tfd}: FileEntry): boolean =>
	tfd !== undefined && tfd.ticks > 0n && tfd.vsec === 0n && tfd.vnsec === 0n && (tfd.isec > 0n || tfd.insec > 0n);

/**
 * `files.img` with the dead timers set to go off in a nanosecond; they count on from there.
 *
 * Every other entry stays as it is, to the byte. Without a dead timer the result is `bytes` itself.
 *
 * @throws CtnError `ERR_CHECKPOINT_IMAGES` if it is no `files.img`.
 */
export const repairTimerfds = (bytes: Uint8Array): Uint8Array => {
	const image = readImageOf('files', bytes);
	let repaired = 0;
	const entries = image.entries.map(entry => {
		if (!isDead(decode('file_entry', entry))) {
			return entry;
		}

		repaired++;
		return edit('file_entry', entry, {tfd: {vnsec: 1n}});
	});
	return repaired === 0 ? bytes : writeImage({...image, entries});
};
