// `linux.intelRdt`
import type {IntelRdt} from '../config.js';
import {array, boolean, object, optional, optionalText, text} from './check.js';

const schemata = {
	schemata: optional(array(text('one line', line => !line.includes('\n')), 'an array of strings')),
	l3CacheSchema: optionalText(),
	memBwSchema: optionalText(),
};

/** What can be changed of it. */
export const checkRdtUpdate = object<Pick<IntelRdt, 'l3CacheSchema' | 'memBwSchema' | 'schemata'>>(schemata);

export const checkIntelRdt = object<IntelRdt>({
	closID: optionalText('the name of a directory', name => name !== '.' && name !== '..' && !name.includes('/')),
	...schemata,
	enableMonitoring: optional(boolean),
});
