// The version of the package, from its own package.json.
import {readFileSync} from 'node:fs';
import {join} from 'node:path';

/** This file is dist/ts/cli/version.js of the package. */
export const version = (): string =>
	(JSON.parse(readFileSync(join(__dirname, '../../../package.json'), 'utf8')) as {version: string}).version;
