// ctnative checkpoint memparse: the memory of the processes of a checkpoint.
import {once} from 'node:events';
import {createWriteStream} from 'node:fs';
import {finished} from 'node:stream/promises';
import {Checkpoint, type ProcessInfo, type ProcessMemory} from '../../index.js';
import {exitCodes, UsageError, type Command} from '../command.js';
import {extraHelp, parseExtra, type ExtraValues} from '../extra-lines.js';
import {formatTable} from '../output.js';
import {sizeText} from '../size-text.js';
import {formatOf} from './checkpoint-inspect.js';
import {eachProcess} from './inspect-tree.js';
import {jsonText, printable} from './tree.js';

const help = extraHelp('checkpoint memparse', `Without --pid: how much memory each process has. With it: that memory as a hexdump, or where in it something is.
Memory that is in no image (lazy, untouched, in mapped files) is left out.`);

const rowBytes = 16;

const characters = (bytes: Uint8Array): string => [...bytes].map(byte => byte >= 32 && byte < 127 ? String.fromCodePoint(byte) : '.').join('');

/** Rows of 16 bytes; of rows that are the same only the first, and a star. */
function * hexRows(address: bigint, bytes: Uint8Array): Generator<string> {
	let last: Uint8Array | undefined;
	let repeats = false;
	for (let at = 0; at < bytes.length; at += rowBytes) {
		const row = bytes.subarray(at, at + rowBytes);
		const isSame = last !== undefined && Buffer.compare(row, last) === 0;
		if (!isSame) {
			const hex = [...row].map(byte => byte.toString(16).padStart(2, '0')).join(' ');
			yield `${(address + BigInt(at)).toString(16).padStart(16, '0')}  ${hex}  |${characters(row)}|`;
		} else if (!repeats) {
			yield '*';
		}

		repeats = isSame;
		last = row;
	}
}

async function * dump(memory: ProcessMemory): AsyncGenerator<string> {
	for await (const {address, bytes} of memory.pages()) {
		yield `${[...hexRows(address, bytes)].join('\n')}\n`;
	}
}

/** As much of a range as there is. */
const readSome = async (memory: ProcessMemory, address: bigint, length: number): Promise<Uint8Array> => {
	const parts = await memory.locate(address, length);
	const saved = parts.filter(({place}) => place === 'here' || place === 'parent' || place === 'zero');
	return Buffer.concat(await Promise.all(saved.map(async part => memory.read(part.address, part.length))));
};

async function * matches(memory: ProcessMemory, pattern: string | RegExp, context: number): AsyncGenerator<string> {
	for await (const {address, bytes} of memory.search(pattern)) {
		const from = address > BigInt(context) ? address - BigInt(context) : 0n;
		const shown = context === 0 ? bytes : await readSome(memory, from, Number(address - from) + bytes.length + context);
		yield `0x${address.toString(16)}  ${characters(shown)}\n`;
	}
}

const tableOf = (processes: readonly ProcessInfo[]): string => formatTable([
	['PID', 'PROCESS NAME', 'MEMORY SIZE', 'SHARED MEMORY SIZE'],
	...processes.flatMap(({pid, comm, memory}) => memory ? [[String(pid), printable(comm), sizeText(memory.anonymous + memory.file), sizeText(memory.shared)]] : []),
], 100).join('\n');

/** One after the other, as fast as it can be written. */
const write = async (pieces: AsyncIterable<string>, path: string | undefined): Promise<void> => {
	const stream = path === undefined ? process.stdout : createWriteStream(path, {mode: 0o600});
	for await (const piece of pieces) {
		if (!stream.write(piece)) {
			await once(stream, 'drain');
		}
	}

	if (path !== undefined) {
		stream.end();
		await finished(stream);
	}
};

const patternOf = ({pid, search, 'search-regex': expression}: ExtraValues<'checkpoint memparse'>): string | RegExp | undefined => {
	if (search !== undefined && expression !== undefined) {
		throw new UsageError('--search and --search-regex cannot be given at once');
	}

	if (pid === undefined && (search ?? expression) !== undefined) {
		throw new UsageError('a search needs --pid');
	}

	return expression === undefined ? search : new RegExp(expression, 's');
};

export const memparse: Command = {
	async run(words) {
		const {values, positionals: [path, ...more]} = parseExtra('checkpoint memparse', words);
		if (values.help) {
			console.log(help);
			return exitCodes.yes;
		}

		const {pid, context = '0', output} = values;
		if (path === undefined || more.length > 0 || !/^\d+$/.test(context) || !/^\d+$/.test(pid ?? '0')) {
			throw new UsageError('"checkpoint memparse" takes one directory or archive, and numbers for --pid and --context');
		}

		const format = formatOf(values.format);
		const pattern = patternOf(values);
		const checkpoint = await Checkpoint.open(path);
		if (pid === undefined) {
			const processes = eachProcess((await checkpoint.inspect()).root);
			console.log(format === 'json' ? jsonText(processes.map(({pid: number, comm, memory}) => ({pid: number, command: comm, memory}))) : tableOf(processes));
			return exitCodes.yes;
		}

		const memory = checkpoint.memory(Number(pid));
		await write(pattern === undefined ? dump(memory) : matches(memory, pattern, Number(context)), output);
		return exitCodes.yes;
	},
};
