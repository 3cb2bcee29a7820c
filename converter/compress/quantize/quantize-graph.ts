import { type Graph, type Node, type ValueId, valueById } from '../../ir/graph.ts';
import { narrowWeights } from '../../passes/narrow-weights.ts';
import { isInt4Node, storeInt4 } from '../../passes/store-int4.ts';
import type { Executor } from '../executor.ts';
import type { Sample } from './calibrate.ts';
import { checkLayers } from './check-layers.ts';
import { activationsOf, type IntegerFormat, type NumberFormat } from './format.ts';
import { layerFormats } from './layer-formats.ts';
import type { RangeOf } from './lower/encodings.ts';
import { int8Grid, nearestWeights } from './lower/grid.ts';
import { int4Grids, nearestInt4 } from './lower/int4-grid.ts';
import { type Lowered, lowerToIntegers } from './lower/lower.ts';
import type { Lowering } from './lower/lowering.ts';
import { observers } from './observers/index.ts';
import { defaultQuantizeOptions, noRemedies, type QuantizeOptions } from './options.ts';
import { type Prepared, prepareGraph } from './prepare.ts';
import { type ChosenRange, chooseRanges } from './remedies/choose-ranges.ts';
import { biasCorrection } from './remedies/correct-bias.ts';
import { inputMoments } from './remedies/moments.ts';
import { inputPower, secondOrderWeights } from './remedies/round-weights.ts';

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
 */
export function quantizeGraph(
  source: Graph,
  samples: readonly Sample[],
  execute: Executor,
  options: QuantizeOptions = defaultQuantizeOptions,
  onProgress: OnProgress = () => {},
): QuantizedGraph {
  checkLayers(source, options);
  if (isAllReal(source, options)) options = { ...options, ranges: 'min-max', remedies: noRemedies };
  const total = samples.length;
  const prepared = prepareGraph(source, samples, execute, options.remedies, (done) =>
    onProgress('calibrating', done, total),
  );
  const { graph } = prepared;
  const ranges = findRanges(prepared, samples, execute, options, onProgress);
  const rangeOf: RangeOf = (id) => ranges.get(id)?.range ?? null;
  const wishOf = layerFormats(graph, options);
  const lowered = lowerToIntegers(graph, {
    formatOf: (node) => activationsOf(wishOf(node).format),
    rangeOf,
    ...roundings(graph, samples, execute, options, wishOf, onProgress),
    ports: options.ports,
  });
  return { ...lowered, graph: noteStorage(lowered.graph, options, formatsByOutput(graph, wishOf)), prepared, ranges };
}

type WishOf = ReturnType<typeof layerFormats>;

/** Whether all layers are to stay real; then there is nothing to calibrate. */
function isAllReal(graph: Graph, options: QuantizeOptions): boolean {
  const wishOf = layerFormats(graph, options);
  return graph.nodes.every((node) => activationsOf(wishOf(node).format) === 'float32');
}

/** The wished format of each node, by the name of its first output, which lowering keeps. */
function formatsByOutput(graph: Graph, wishOf: WishOf): (node: Node, lowered: Graph) => NumberFormat | undefined {
  const nameOf = (of: Graph, { outputs: [id] }: Node) => (id === undefined ? '' : valueById(of, id).name);
  const formats = new Map(graph.nodes.map((node) => [nameOf(graph, node), wishOf(node).format]));
  return (node, lowered) => formats.get(nameOf(lowered, node));
}

/** The graph with notes of weights of 4 bits, and with real weights as float16 where this was asked for. */
function noteStorage(
  graph: Graph,
  { group }: QuantizeOptions,
  formatOf: (node: Node, lowered: Graph) => NumberFormat | undefined,
): Graph {
  const groups = group === null ? [] : [group];
  const stored = storeInt4(graph, groups, (node) => formatOf(node, graph) === 'int4');
  const isHalf = (node: Node) => formatOf(node, graph) === 'float16';
  return graph.nodes.some(isHalf) ? narrowWeights(stored, 'float16', isHalf) : stored;
}

function findRanges(
  { graph, statistics }: Prepared,
  samples: readonly Sample[],
  execute: Executor,
  { ranges, format }: QuantizeOptions,
  onProgress: OnProgress,
): ReadonlyMap<ValueId, ChosenRange> {
  const integer: IntegerFormat = format === 'int16' ? 'int16' : 'int8';
  if (ranges === 'auto') {
    return chooseRanges(graph, statistics, samples, execute, integer, (done, total) =>
      onProgress('choosing ranges', done, total),
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
  { remedies, group }: QuantizeOptions,
  wishOf: WishOf,
  onProgress: OnProgress,
): Pick<Lowering, 'weightsOf' | 'biasShiftOf'> {
  const isInt4 = (node: Node) => wishOf(node).format === 'int4' && isInt4Node(node);
  const nearest = (node: Node) => (isInt4(node) ? nearestInt4(group) : nearestWeights);
  if (remedies.rounding === 'nearest' && !remedies.correctBias) return { weightsOf: nearest, biasShiftOf: () => null };
  const moments = inputMoments(graph, samples, execute, (done) =>
    onProgress('looking at inputs of layers', done, samples.length),
  );
  const weightsOf = (node: Node) => {
    const found = moments.get(node.id);
    if (found === undefined || remedies.rounding === 'nearest') return nearest(node);
    return secondOrderWeights(found, isInt4(node) ? int4Grids(group, inputPower(found)) : int8Grid);
  };
  const biasShiftOf: Lowering['biasShiftOf'] = ({ id }, weights, stored) => {
    const found = moments.get(id);
    return found === undefined || !remedies.correctBias ? null : biasCorrection(weights, stored, found);
  };
  return { weightsOf, biasShiftOf };
}
