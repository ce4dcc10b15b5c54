import {linuxCases} from './cases/linux.js';
import {declareInside} from './inside.js';

declareInside(linuxCases);
