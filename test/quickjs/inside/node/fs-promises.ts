// node:fs/promises: the synchronous calls, and files that are open.
import * as fs from './fs.js';
import {check, os} from '../engine.js';
import type {Buffer} from 'buffer';

class FileHandle {
	readonly fd: number;

	constructor(fd: number) {
		this.fd = fd;
	}

	/** From where it is; nothing here reads elsewhere. */
	async read(bytes: Buffer, offset: number, length: number, position: null): Promise<{bytesRead: number}> {
		if (position !== null) {
			throw new Error('QuickJS reads on, and nowhere else');
		}

		return {bytesRead: check('read', os.read(this.fd, bytes.buffer as ArrayBuffer, bytes.byteOffset + offset, length))};
	}

	async close(): Promise<void> {
		fs.closeSync(this.fd);
	}
}

export const open = async (path: string, flags: string | number = 'r', mode?: number): Promise<FileHandle> => new FileHandle(fs.openSync(path, flags, mode));
export const readFile = async (path: string, options?: BufferEncoding): Promise<string | Buffer> => fs.readFileSync(path, options);
export const mkdtemp = async (prefix: string): Promise<string> => fs.mkdtempSync(prefix);
export const rm = async (path: string, options?: {recursive?: boolean; force?: boolean}): Promise<void> => fs.rmSync(path, options);
export const readdir = async (path: string): Promise<unknown[]> => fs.readdirSync(path);
