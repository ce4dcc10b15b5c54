// node:timers/promises
import {host} from '../engine.js';

const sleep = async <Value>(milliseconds?: number, value?: Value): Promise<Value | undefined> => new Promise(resolve => {
	host.timer(milliseconds ?? 0, () => resolve(value));
});

export {sleep as setTimeout, sleep as setImmediate};
