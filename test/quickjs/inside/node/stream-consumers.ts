// node:stream/consumers
import {Buffer} from 'buffer';

export const buffer = async (stream: AsyncIterable<unknown>): Promise<Buffer> => {
	const chunks: Buffer[] = [];
	for await (const chunk of stream) {
		chunks.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk as Buffer);
	}

	return Buffer.concat(chunks);
};

export const text = async (stream: AsyncIterable<unknown>): Promise<string> => (await buffer(stream)).toString('utf8');
