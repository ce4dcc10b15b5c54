/**
 * CriuOpts: every option of CRIU's RPC, by its name in camelCase.
 *
 * An option that is left out is not sent, and CRIU's own default holds, unless another default is
 * documented. Paths are of the host; descriptors are of this process and stay the caller's.
 */
import type {CriuImageOpts} from './opts-images.js';
import type {CriuTaskOpts} from './opts-tasks.js';
import type {CriuWorldOpts} from './opts-world.js';

export type {CriuImageOpts, PageServerAddress} from './opts-images.js';
export type {CriuTaskOpts, InheritedFd} from './opts-tasks.js';
export type {CgroupRoot, CriuWorldOpts, JoinNamespace, VethPair} from './opts-world.js';

export interface CriuOpts extends CriuImageOpts, CriuTaskOpts, CriuWorldOpts {}
