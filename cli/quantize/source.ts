import { dequantizeGraph, storednessOf } from '../../converter/compress/quantize/dequantize-graph.ts';
import { optimizeGraph } from '../../converter/pipeline.ts';
import type { LoadedModel } from '../model-file.ts';

/** What there is to quantize of a model: all of it, the layers that are still real, or nothing. */
export type QuantizeSource =
  | { readonly kind: 'real'; readonly model: LoadedModel }
  /** Some layers are on integers already, and stay as they are, to the bit. */
  | { readonly kind: 'mixed'; readonly model: LoadedModel; readonly stored: number; readonly real: number }
  /** Every layer is on integers already. */
  | { readonly kind: 'stored'; readonly model: LoadedModel; readonly stored: number };

/**
 * Looks what of the model is quantized. With `requantize` the model becomes real numbers first: those that its integers stand for.
 * Throws ProblemError with every layer that has no real form.
 */
export function quantizeSource(model: LoadedModel, requantize: boolean): QuantizeSource {
  const { stored, real } = storednessOf(model.graph);
  if (stored === 0) return { kind: 'real', model };
  if (requantize) {
    const imported = dequantizeGraph(model.graph);
    return { kind: 'real', model: { ...model, imported, graph: optimizeGraph(imported).graph } };
  }
  return real === 0 ? { kind: 'stored', model, stored } : { kind: 'mixed', model, stored, real };
}

/** What the user should know of a model that is quantized already; null for a real one. */
export function sourceNote(source: QuantizeSource): string | null {
  switch (source.kind) {
    case 'real':
      return null;
    case 'mixed':
      return `${source.stored} layers are on integers already and stay as they are, to the bit; the other ${source.real} are quantized. --requantize makes all of them anew`;
    case 'stored':
      return `all ${source.stored} layers are on integers already, and stay as they are, to the bit. --requantize makes them anew from the real numbers that they stand for`;
    default:
      return source satisfies never;
  }
}
