// `linux.intelRdt`
import type {IntelRdt} from '../config.js';
import {array, boolean, object, optional, optionalText, text} from './check.js';

export const checkIntelRdt = object<IntelRdt>({
	closID: optionalText('the name of a directory', name => name !== '.' && name !== '..' && !name.includes('/')),
	schemata: optional(array(text('one line', line => !line.includes('\n')), 'an array of strings')),
	l3CacheSchema: optionalText(),
	memBwSchema: optionalText(),
	enableMonitoring: optional(boolean),
});
