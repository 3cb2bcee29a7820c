import { firstResult } from '../first-result.js';
import { openTfjs } from '../tfjs.js';
import { model } from './model.js';

const folder = new URL('../peer/', import.meta.url).href;
firstResult(model, () => openTfjs('runner', folder, new URL('model.tflite', import.meta.url).href, model));
