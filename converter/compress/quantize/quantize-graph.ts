import type { Graph, Node, ValueId } from '../../ir/graph.ts';
import type { Executor } from '../executor.ts';
import type { Sample } from './calibrate.ts';
import type { IntegerFormat } from './format.ts';
import { layerFormats } from './layer-formats.ts';
import type { RangeOf } from './lower/encodings.ts';
import { type Lowered, lowerToIntegers } from './lower/lower.ts';
import type { Lowering } from './lower/lowering.ts';
import { nearestWeights } from './lower/weights.ts';
import { observers } from './observers/index.ts';
import { defaultQuantizeOptions, type QuantizeOptions } from './options.ts';
import { type Prepared, prepareGraph } from './prepare.ts';
import { type ChosenRange, chooseRanges, rangesCodec } from './remedies/choose-ranges.ts';
import { biasCorrection } from './remedies/correct-bias.ts';
import { inputMoments, momentsCodec } from './remedies/moments.ts';
import { secondOrderWeights } from './remedies/round-weights.ts';
import { type Memo, noMemo } from './statistics/memo.ts';

/** A quantized graph, and what it was made from. */
export interface QuantizedGraph extends Lowered {
  /** The float graph whose values `stored` refers to: that of the model after the remedies that change it. */
  readonly prepared: Prepared;
  /** How the range of each tensor was found. */
  readonly ranges: ReadonlyMap<ValueId, ChosenRange>;
}

/** Work that takes long, for a progress line: what is done, and how much of it. */
export type OnProgress = (work: string, done: number, total: number) => void;

/**
 * The optimized float graph with integers in place of real numbers, by calibration on `samples`.
 *
 * @param execute runs float graphs; see {@link Executor}
 * @param memo keeps what running the samples found
 */
export function quantizeGraph(
  source: Graph,
  samples: readonly Sample[],
  execute: Executor,
  options: QuantizeOptions = defaultQuantizeOptions,
  onProgress: OnProgress = () => {},
  memo: Memo = noMemo,
): QuantizedGraph {
  const total = samples.length;
  const onDone = (done: number) => onProgress('calibrating', done, total);
  const prepared = prepareGraph(source, samples, execute, options.remedies, onDone, memo);
  const { graph } = prepared;
  const ranges = findRanges(prepared, samples, execute, options, onProgress, memo);
  const rangeOf: RangeOf = (id) => ranges.get(id)?.range ?? null;
  const lowered = lowerToIntegers(graph, {
    formatOf: layerFormats(graph, options),
    rangeOf,
    ...roundings(graph, samples, execute, options, onProgress, memo),
    ports: options.ports,
  });
  return { ...lowered, prepared, ranges };
}

function findRanges(
  { graph, statistics }: Prepared,
  samples: readonly Sample[],
  execute: Executor,
  { ranges, format }: QuantizeOptions,
  onProgress: OnProgress,
  memo: Memo,
): ReadonlyMap<ValueId, ChosenRange> {
  const integer: IntegerFormat = format === 'int16' ? 'int16' : 'int8';
  if (ranges === 'auto') {
    const onDone = (done: number, total: number) => onProgress('choosing ranges', done, total);
    return memo.recall(`ranges ${integer}`, graph, rangesCodec(statistics), () =>
      chooseRanges(graph, statistics, samples, execute, integer, onDone),
    );
  }
  return new Map(
    [...statistics].map(([id, found]) => [id, { observer: ranges, range: observers[ranges](found, integer) }]),
  );
}

/** How the weights of each layer are rounded, and what that does to its bias. */
function roundings(
  graph: Graph,
  samples: readonly Sample[],
  execute: Executor,
  { remedies }: QuantizeOptions,
  onProgress: OnProgress,
  memo: Memo,
): Pick<Lowering, 'weightsOf' | 'biasShiftOf'> {
  const nearest = { weightsOf: () => nearestWeights, biasShiftOf: () => null };
  if (remedies.rounding === 'nearest' && !remedies.correctBias) return nearest;
  const onDone = (done: number) => onProgress('looking at inputs of layers', done, samples.length);
  const moments = memo.recall('moments of inputs', graph, momentsCodec(graph), () =>
    inputMoments(graph, samples, execute, onDone),
  );
  const weightsOf = ({ id }: Node) => {
    const found = moments.get(id);
    return found === undefined || remedies.rounding === 'nearest' ? nearestWeights : secondOrderWeights(found);
  };
  const biasShiftOf: Lowering['biasShiftOf'] = ({ id }, weights, stored) => {
    const found = moments.get(id);
    return found === undefined || !remedies.correctBias ? null : biasCorrection(weights, stored, found);
  };
  return { weightsOf, biasShiftOf };
}
