// Both ends of a migration say now and then that they are there. Where something is on its way that nobody confirms, the
// kernel would try again for a quarter of an hour, and ask nobody.
import type {Socket} from 'node:net';
import {encodeFrame, transferKinds} from './frame.js';

const everyMs = 2000;
const mostSilent = 6;

/**
 * Says so until the connection closes, and destroys it when nothing of the other end was heard for 12 seconds.
 *
 * @param isSending Something else is being sent, which must not be cut in two.
 */
export const keepPresent = (socket: Socket, isSending = (): boolean => false): void => {
	let [heard, silent] = [socket.bytesRead, 0];
	const timer = setInterval(() => {
		silent = socket.bytesRead === heard ? silent + 1 : 0;
		heard = socket.bytesRead;
		if (silent === mostSilent) {
			socket.destroy(new Error('the other host is silent'));
		} else if (!isSending() && socket.writable) {
			socket.write(encodeFrame({kind: transferKinds.here}));
		}
	}, everyMs);
	socket.once('close', () => {
		clearInterval(timer);
	});
};
