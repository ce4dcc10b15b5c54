// The receiving side of a checkpoint whose memory goes to another place.
import {pageServer, type PageServer, type PageServerOptions} from '../criu/page-server.js';
import {workingCriu} from '../criu/probe.js';
import {absoluteImages, type CheckpointContext} from './dump.js';

/** Starts one, with the CRIU that works here. Throws as pageServer() does, and `ERR_ARGUMENT`. */
export const startPageServer = async ({native, criu}: CheckpointContext, options: PageServerOptions): Promise<PageServer> => {
	const imagesDir = absoluteImages(options.imagesDir);
	const {path} = await workingCriu(native, criu);
	return pageServer({native, path}, {...options, imagesDir});
};
