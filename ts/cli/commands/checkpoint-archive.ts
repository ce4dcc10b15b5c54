// ctnative checkpoint export, import: checkpoints as the archives of podman, CRI-O and containerd.
import {readFile} from 'node:fs/promises';
import {resolve} from 'node:path';
import {exportCheckpoint, importCheckpoint, type Compression, type Config} from '../../index.js';
import {exitCodes, UsageError, type Command} from '../command.js';
import {extraHelp, parseExtra} from '../extra-lines.js';

const exportHelp = extraHelp('checkpoint export', 'Writes a checkpoint as an archive that podman takes (container restore --import).');

const importHelp = extraHelp('checkpoint import', `Makes a checkpoint directory of an archive of podman, CRI-O or containerd, and prints what it says of
itself as JSON. Whatever is no file of a checkpoint in it is refused.`);

const compressions: readonly Compression[] = ['zstd', 'gzip', 'none'];

const volumesOf = (pairs: readonly string[]): Record<string, string> => Object.fromEntries(pairs.map(pair => {
	const end = pair.indexOf('=');
	if (end < 1) {
		throw new UsageError(`--volume takes NAME=DIR, not ${pair}`);
	}

	return [pair.slice(0, end), resolve(pair.slice(end + 1))];
}));

const two = (verb: string, positionals: readonly string[]): [string, string] => {
	const [from, to, ...more] = positionals;
	if (from === undefined || to === undefined || more.length > 0) {
		throw new UsageError(`"checkpoint ${verb}" takes two paths`);
	}

	return [resolve(from), resolve(to)];
};

export const exporting: Command = {
	async run(words) {
		const {values, positionals} = parseExtra('checkpoint export', words);
		if (values.help) {
			console.log(exportHelp);
			return exitCodes.yes;
		}

		const compression = compressions.find(name => name === (values.compress ?? 'zstd'));
		if (compression === undefined || (values.image === undefined) !== (values['image-id'] === undefined)) {
			throw new UsageError(compression === undefined ? `--compress takes ${compressions.join(', ')}` : '--image and --image-id go together');
		}

		const {config, id, name, image, runtime, shm, volume} = values;
		await exportCheckpoint(...two('export', positionals), {
			compression,
			volumes: volumesOf(volume ?? []),
			...(config !== undefined && {config: JSON.parse(await readFile(config, 'utf8')) as Config}),
			...(id !== undefined && {id}),
			...(name !== undefined && {name}),
			...(image !== undefined && {image: {name: image, id: values['image-id']!}}),
			...(runtime !== undefined && {runtime}),
			...(shm !== undefined && {shm: resolve(shm)}),
		});
		return exitCodes.yes;
	},
};

export const importing: Command = {
	async run(words) {
		const {values, positionals} = parseExtra('checkpoint import', words);
		if (values.help) {
			console.log(importHelp);
			return exitCodes.yes;
		}

		const {shm, volume, previous, 'max-bytes': maxBytes} = values;
		if (maxBytes !== undefined && !/^\d+$/.test(maxBytes)) {
			throw new UsageError('--max-bytes takes a number');
		}

		const {config: _, ...told} = await importCheckpoint(...two('import', positionals), {
			volumes: volumesOf(volume ?? []),
			...(maxBytes !== undefined && {maxBytes: Number(maxBytes)}),
			...(previous !== undefined && {previous: resolve(previous)}),
			...(shm !== undefined && {shm: resolve(shm)}),
		});
		console.log(JSON.stringify(told, undefined, '\t'));
		return exitCodes.yes;
	},
};
