// node:readline, for whole lines of a stream.
import {EventEmitter} from 'events';
import type {Readable} from 'readable-stream';

class Interface extends EventEmitter {
	#rest = '';
	readonly #input: Readable;

	constructor(input: Readable) {
		super();
		this.#input = input;
		input.on('data', (chunk: Uint8Array | string) => {
			const lines = (this.#rest + chunk.toString()).split('\n');
			this.#rest = lines.pop()!;
			lines.forEach(line => this.emit('line', line));
		});
		input.once('end', () => {
			if (this.#rest !== '') {
				this.emit('line', this.#rest);
			}

			this.emit('close');
		});
	}

	close(): void {
		this.#input.pause();
		this.emit('close');
	}

	/** All from now on, whenever they are asked for. */
	[Symbol.asyncIterator](): AsyncGenerator<string> {
		const lines: string[] = [];
		let isClosed = false;
		let wake = (): void => {};
		this.on('line', (line: string) => {
			lines.push(line);
			wake();
		}).once('close', () => {
			isClosed = true;
			wake();
		});
		return (async function * () {
			for (;;) {
				while (lines.length > 0) {
					yield lines.shift()!;
				}

				if (isClosed) {
					return;
				}

				await new Promise<void>(resolve => {
					wake = resolve;
				});
			}
		})();
	}
}

export const createInterface = ({input}: {readonly input: Readable}): Interface => new Interface(input);
