// `root`
import type {Root} from '../config.js';
import {boolean, nonEmpty, object, optional} from './check.js';

export const checkRoot = object<Root>({
	path: nonEmpty,
	readonly: optional(boolean),
});
