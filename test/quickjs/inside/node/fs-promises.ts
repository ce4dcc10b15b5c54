// node:fs/promises: the synchronous calls, and files that are open.
import * as fs from './fs.js';
import {check, os} from '../engine.js';
import type {Buffer} from 'buffer';

class FileHandle {
	readonly fd: number;

	constructor(fd: number) {
		this.fd = fd;
	}

	/** From where it is, or from there, and it stays where it is. */
	async read(bytes: Buffer, offset: number, length: number, position: number | null): Promise<{bytesRead: number}> {
		const at = position === null ? undefined : check('lseek', os.seek(this.fd, 0, 1));
		if (at !== undefined) {
			check('lseek', os.seek(this.fd, position!, 0));
		}

		const bytesRead = check('read', os.read(this.fd, bytes.buffer as ArrayBuffer, bytes.byteOffset + offset, length));
		if (at !== undefined) {
			check('lseek', os.seek(this.fd, at, 0));
		}

		return {bytesRead};
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
