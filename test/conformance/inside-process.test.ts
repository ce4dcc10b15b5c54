import {processCases} from './cases/process.js';
import {declareInside} from './inside.js';

declareInside(processCases);
