// The streams of Node as a package.
declare module 'readable-stream' {
	export {Duplex, PassThrough, Readable, Transform, Writable} from 'node:stream';
}
