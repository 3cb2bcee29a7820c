import type { TranslateLayer } from '../context.ts';
import { activations } from './activation.ts';
import { convolutions } from './convolution.ts';
import { denses } from './dense.ts';
import { merges } from './merge.ts';
import { movements } from './movement.ts';
import { normalizations } from './normalization.ts';
import { pools } from './pool.ts';
import { recurrentLayers } from './recurrent.ts';
import { wrappers } from './wrapper.ts';

/** Every layer that can be translated, by the name of its class. */
export const translations: ReadonlyMap<string, TranslateLayer> = new Map([
  ...denses,
  ...convolutions,
  ...pools,
  ...normalizations,
  ...activations,
  ...merges,
  ...movements,
  ...recurrentLayers,
  ...wrappers,
]);

/** What the user can do about a layer that is not in the table. */
export function adviceFor(className: string): string {
  if (className === 'Lambda') return 'a Lambda layer holds Python code: use layers in its place';
  if (/^Q[A-Z]/.test(className)) {
    return 'QKeras layers quantize while they compute: take the layers of the same name without Q, with the quantized weights in them';
  }
  if (/^GarNet/.test(className)) return 'this layer has its computation in Python code: export the model to ONNX';
  return 'replace it in the model by layers that are supported, or export the model to TFLite or ONNX';
}
