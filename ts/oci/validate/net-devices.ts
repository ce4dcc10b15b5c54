// `linux.netDevices`
import type {Linux, NetDevice} from '../config.js';
import {encodeUtf8} from '../../linux/utf8.js';
import type {ValidationContext} from './context.js';
import {at, broken, map, object, optionalText, text} from './check.js';
import {namespaceOf} from './namespaces.js';

/** dev_valid_name() of the kernel; IFNAMSIZ is 16 with the NUL byte. */
const isDeviceName = (name: string): boolean =>
	name !== '' && name !== '.' && name !== '..' && !/[/:\s]/.test(name) && encodeUtf8(name).length < 16;

const expected = 'the name of a network device (at most 15 bytes, no /, : or space)';

export const checkNetDevices = map<NetDevice>(text(expected, isDeviceName), object<NetDevice>({name: optionalText(expected, isDeviceName)}));

export const netDeviceRules = (linux: Linux, context: ValidationContext): void => {
	const devices = Object.entries(linux.netDevices ?? {});
	if (devices.length > 0 && !namespaceOf(linux, 'network')) {
		broken('linux.netDevices', 'needs a network namespace in linux.namespaces');
	}

	if (devices.length > 0 && context.rootless) {
		broken('linux.netDevices', 'cannot be moved without privileges');
	}

	const names = new Set<string>();
	for (const [device, {name = device}] of devices) {
		if (names.has(name)) {
			broken(at('linux.netDevices', device), `must not get a name that is taken: ${name}`);
		}

		names.add(name);
	}
};
