import type { Graph } from '../../../ir/graph.ts';
import type { Executor } from '../../executor.ts';
import { tracer } from '../../trace.ts';
import type { Sample } from '../calibrate.ts';
import { activationsOf } from '../format.ts';
import type { QuantizedGraph } from '../quantize-graph.ts';
import { constantsByLayer, effectOf, remakeOf } from '../report/single-layer.ts';
import { choices } from './choice.ts';
import type { SearchedLayer } from './units.ts';

/** Samples on which layers are looked at one by one. */
export const sensitivitySamples = 8;

/** How a layer alone changes the outputs, by position of its choice. */
export type Harm = (choice: number) => number;

/** All layers alike, by position of the choice; null where they stay real. */
export type Uniform = readonly (QuantizedGraph | null)[];

/**
 * The squared error of the model's outputs, relative to their size, when one layer has rounded weights and a rounded result and everything
 * else is real, for every layer and choice.
 *
 * What comes before the layer is the real model's, so only the layer and what follows it run: the layer once for each choice of its weights,
 * the rest of the model once for each choice.
 */
export function layerHarms(
  graph: Graph,
  layers: readonly SearchedLayer[],
  uniform: Uniform,
  samples: readonly Sample[],
  execute: Executor,
  onDone: (done: number, total: number) => void = () => {},
): readonly Harm[] {
  const traces = samples.slice(0, sensitivitySamples);
  const trace = tracer(graph, execute);
  const real = uniform.map((quantized) => (quantized === null ? null : constantsByLayer(quantized.graph)));
  return layers.map((layer, i) => {
    const rest = effectOf(graph, layer.value, 'outputs', execute);
    const made = layer.options.map((choice) => {
      const format = activationsOf(choices[choice]?.format ?? 'float32');
      const quantized = uniform[choice];
      if (format === 'float32' || quantized === null || quantized === undefined) return null;
      const constants = real[choice] ?? new Map();
      const encoding = quantized.encodingOf(layer.value, format);
      return { choice, remake: remakeOf(graph, layer, { format, encoding }, constants, execute) };
    });
    const sums = new Map<number, number>();
    for (const sample of traces) {
      const tensorOf = trace(sample());
      for (const one of made) {
        if (one === null) continue;
        sums.set(one.choice, (sums.get(one.choice) ?? 0) + rest(one.remake(tensorOf), tensorOf));
      }
    }
    onDone(i + 1, layers.length);
    return (choice) => (sums.get(choice) ?? 0) / Math.max(1, traces.length);
  });
}
