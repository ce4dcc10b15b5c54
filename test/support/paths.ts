// Where things are. The compiled tests run from dist/, three levels below the tree they belong to.
import {join} from 'node:path';

/** The root of the source tree. */
export const projectRoot = join(__dirname, '../../..');

/** A path of the source tree. */
export const projectPath = (...names: string[]): string => join(projectRoot, ...names);
