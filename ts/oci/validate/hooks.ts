// `hooks`
import type {Hook, Hooks} from '../config.js';
import {absolutePath, array, integer, object, optional, texts} from './check.js';

const checkHooks = optional(array(object<Hook>({
	path: absolutePath,
	args: optional(texts),
	env: optional(texts),
	timeout: optional(integer(1, 0x7fff_ffff)),
})));

export const checkAllHooks = object<Hooks>({
	prestart: checkHooks,
	createRuntime: checkHooks,
	createContainer: checkHooks,
	startContainer: checkHooks,
	poststart: checkHooks,
	poststop: checkHooks,
});
