// What npm runs when the package is installed: nothing, where the prebuilt addon fits this machine,
// else a build with the compiler of the machine. In a clone it is not wanted: scripts/setup builds.
'use strict';
const {spawnSync} = require('node:child_process');
const {existsSync} = require('node:fs');
const path = require('node:path');

const root = path.join(__dirname, '..');

/** Why the prebuilt parts cannot be used here, or undefined if they can. */
const misfit = () => {
	const directory = path.join(root, 'prebuilds', `${process.platform}-${process.arch}`);
	for (const part of ['ctnative.node', 'ctn-init', 'ctn-pager']) {
		if (!existsSync(path.join(directory, part))) {
			return `the package has no ${part} for ${process.platform} on ${process.arch}`;
		}
	}

	try {
		// Loading is the one proof that its libraries are here in the versions it wants
		process.dlopen({exports: {}}, path.join(directory, 'ctnative.node'));
		return undefined;
	} catch (error) {
		return error.message;
	}
};

const build = () => {
	const env = {...process.env};
	const headers = path.resolve(process.execPath, '../..');
	if (!env.npm_config_nodedir && existsSync(path.join(headers, 'include/node/node_api.h'))) {
		env.npm_config_nodedir = headers; // Node's own headers: nothing has to be downloaded
	}

	const {status, error} = spawnSync('node-gyp', ['rebuild', '--loglevel=error'], {cwd: root, env, stdio: 'inherit'});
	if (error || status !== 0) {
		console.error(`ctnative: the build failed${error ? ` (${error.message})` : ''}; it needs g++, make, python3 and static libc`);
		process.exit(1);
	}
};

const reason = misfit();
if (reason !== undefined) {
	console.log(`ctnative: building from source: ${reason}`);
	build();
}
