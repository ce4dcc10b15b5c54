// node:stream
export {Readable, Writable, Duplex, PassThrough, Transform} from 'readable-stream';
