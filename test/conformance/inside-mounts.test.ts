import {mountCases} from './cases/mounts.js';
import {declareInside} from './inside.js';

declareInside(mountCases);
