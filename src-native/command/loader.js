// The entry of the command: loads the others, each once, when something of it is first used.
'use strict';
{
	// What ts/linux/utf8 looks for
	globalThis.TextEncoder = class {
		static isCheap = true;

		encode(text) {
			return host.encode(text);
		}
	};
	globalThis.TextDecoder = class {
		decode(bytes) {
			return host.decode(bytes);
		}
	};

	const modules = new Map();
	const load = name => {
		let exports = modules.get(name);
		if (exports === undefined) {
			exports = {};
			modules.set(name, exports); // First: what imports us in turn sees what is there by then
			host.module(name)(exports, load);
		}

		return exports;
	};

	load('command/main.js');
}
