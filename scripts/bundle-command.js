// bundle-command ENTRY: prints the program of the native command, one script, without what the command
// leaves to Node.
'use strict';
const path = require('node:path');
const {createHash} = require('node:crypto');
const esbuild = require('esbuild');
const {version} = require('../package.json');

const rooms = path.join(__dirname, '../ts');

/** The command hands over to Node before anything of these is called. */
const isNodes = name => /^(?:checkpoint|criu|images|preflight)\//.test(name) || /^cli\/verbs\/(?:checkpoint|restore)\./.test(name);

/** Takes the place of the program's own hash until there is a program. */
const hashMark = '@program@';

const leaveToNode = {
	name: 'leave-to-node',
	setup(build) {
		build.onLoad({filter: /\.ts$/}, ({path: file}) =>
			isNodes(path.relative(rooms, file)) ? {contents: 'module.exports = {};', loader: 'js'} : undefined);
	},
};

esbuild.build({
	entryPoints: [process.argv[2]],
	bundle: true,
	format: 'iife',
	globalName: 'program',
	target: 'es2022',
	minify: true,
	legalComments: 'none',
	define: {packageVersion: JSON.stringify(version), programHash: JSON.stringify(hashMark)},
	plugins: [leaveToNode],
	write: false,
}).then(({outputFiles: [{text}]}) => process.stdout.write(text.replace(hashMark, createHash('sha256').update(text).digest('hex'))), () => process.exit(1));
