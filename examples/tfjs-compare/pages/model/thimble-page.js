import { firstResult } from '../first-result.js';
import { openThimble } from '../thimble.js';
import * as bundle from './bundle/index.js';
import { model } from './model.js';

firstResult(model, () => openThimble(bundle, model));
