import {lifecycleCases} from './cases/lifecycle.js';
import {declareSteps} from './steps.js';

declareSteps(lifecycleCases);
