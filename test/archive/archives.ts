// Archives for tests, entry by entry: honest ones and others.
import {createWriteStream} from 'node:fs';
import {join} from 'node:path';
import {pipeline} from 'node:stream/promises';
import type {Readable} from 'node:stream';
import {pack, type Header} from 'tar-stream';
import {tempDir, type Owner} from '../support/temp-dir.js';

/** An entry, and what is in it. */
export type Item = readonly [Partial<Header> & {readonly name: string}, (string | Uint8Array)?];

/** Writes an archive with these entries, as they are. */
export const makeArchive = async (owner: Owner, ...items: readonly Item[]): Promise<string> => {
	const file = join(tempDir(owner), 'archive.tar');
	const tar = pack();
	const written = pipeline(tar as unknown as Readable, createWriteStream(file));
	for (const [header, content = ''] of items) {
		tar.entry(header, Buffer.from(content));
	}

	tar.finalize();
	await written;
	return file;
};

/** The least that a checkpoint of podman has. */
export const honest: readonly Item[] = [
	[{name: 'config.dump'}, JSON.stringify({id: 'abc', name: 'one', rootfsImageName: 'image:1'})],
	[{name: 'spec.dump'}, JSON.stringify({ociVersion: '1.0.2', root: {path: '/there'}})],
	[{name: 'network.status'}, 'null'],
	[{name: 'checkpoint/', type: 'directory'}],
	[{name: 'checkpoint/inventory.img'}, 'inventory'],
	[{name: 'checkpoint/pages-1.img'}, 'pages'],
];

/** What podman packs beside the images of either archive of a pair. */
const besides: readonly Item[] = honest.slice(0, 3);

/** Of `container checkpoint --pre-checkpoint`. */
export const before: readonly Item[] = [
	...besides,
	[{name: 'pre-checkpoint/', type: 'directory'}],
	[{name: 'pre-checkpoint/inventory.img'}, 'earlier inventory'],
	[{name: 'pre-checkpoint/pages-1.img'}, 'earlier pages'],
];

/** Of `container checkpoint --with-previous` after it. */
export const after: readonly Item[] = [...honest, [{name: 'checkpoint/parent', type: 'symlink', linkname: '../pre-checkpoint'}]];
