// rehearsals DIRECTORY: prints the command lines that show build-command which memory commands write to, and puts
// what they read into the directory. They make nothing: their root cannot be, or has a container that is no more.
'use strict';
const {mkdirSync, writeFileSync} = require('node:fs');
const {join} = require('node:path');
const {defaultConfig} = require('../dist/ts/oci/spec.js');

const [directory] = process.argv.slice(2);
const put = (path, value) => {
	mkdirSync(join(directory, path, '..'), {recursive: true});
	writeFileSync(join(directory, path), JSON.stringify(value));
};

const config = defaultConfig({cgroupVersion: 1, rootless: undefined});
config.process.terminal = false;
put('bundle/config.json', config);
put('root/gone/config.json', config);
put('root/gone/state.json', {
	version: 1, id: 'gone', bundle: join(directory, 'bundle'), created: '2026-01-01T00:00:00.000Z', pid: 1, startTime: 1,
	cgroup: {mode: 'v2', path: '/none', v1: {}}, stdio: [], restored: false,
});
for (const line of [
	'--version',
	`--root /proc/none run --bundle ${directory}/bundle none`,
	`--root /proc/none create --bundle ${directory}/bundle none`,
	`--root ${directory}/root state gone`,
	`--root ${directory}/root start gone`,
	`--root ${directory}/root delete gone`,
]) {
	console.log(line);
}
