import { type Graph, usesOf, type ValueId } from '../../../ir/graph.ts';
import { ProblemError } from '../../../problem.ts';
import type { Executor } from '../../executor.ts';
import type { Trace } from '../../trace.ts';
import type { QuantizedGraph } from '../quantize-graph.ts';
import { type Constants, constantsByLayer, effectOf, remakeOf } from './single-layer.ts';

/** Adds up what single tensors do to the operators that read them. */
export interface FeltErrors {
  /** @param real the float model's tensors in one inference */
  readonly add: (real: Trace) => void;
  /** Squared error relative to the size of the readers' results, the mean over all that was added; null for a tensor that is not stored. */
  readonly of: (id: ValueId) => number | null;
}

/**
 * What rounding a layer alone, its weights and its result, does to the layers that read the result, while everything else is real. A tensor
 * of badly spread channels has a good ratio of signal to error itself, since its large channels make the signal; those who read it
 * with large weights on its small channels feel the rounding, without being at fault.
 */
export function feltErrors(
  { prepared, graph, stored, formats, encodingOf }: QuantizedGraph,
  execute: Executor,
): FeltErrors {
  const real = prepared.graph;
  const constants = realConstants(graph);
  const { producer } = usesOf(real);
  const tensors = [...stored.keys()].flatMap((value) => {
    const node = producer.get(value) ?? null;
    const readers = real.nodes.filter(({ inputs }) => inputs.includes(value));
    const maker = node ?? readers[0];
    const format = maker === undefined ? undefined : formats.get(maker.id);
    if (format === undefined || format === 'float32') return [];
    const remake = remakeOf(real, { node, value }, { format, encoding: encodingOf(value, format) }, constants, execute);
    return [{ value, remake, effect: effectOf(real, value, 'readers', execute) }];
  });
  const sums = new Map<ValueId, number>();
  let count = 0;
  return {
    add(tensorOf) {
      count++;
      for (const { value, remake, effect } of tensors) {
        sums.set(value, (sums.get(value) ?? 0) + effect(remake(tensorOf), tensorOf));
      }
    },
    of: (id) => {
      const sum = sums.get(id);
      return sum === undefined ? null : sum / Math.max(1, count);
    },
  };
}

/** Of models that keep integer layers without a real form, none. */
function realConstants(graph: Graph): Constants {
  try {
    return constantsByLayer(graph);
  } catch (error) {
    if (error instanceof ProblemError) return new Map();
    throw error;
  }
}
