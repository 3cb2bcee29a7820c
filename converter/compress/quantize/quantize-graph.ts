import { type Graph, type Node, type NodeId, type ValueId, valueById } from '../../ir/graph.ts';
import { isInt4Node, storeInt4 } from '../../ir/store-int4.ts';
import { narrowWeights } from '../../passes/narrow-weights.ts';
import type { Executor } from '../executor.ts';
import type { Moments } from '../input-moments.ts';
import type { Sample } from './calibrate.ts';
import { checkLayers } from './check-layers.ts';
import { activationsOf, type IntegerFormat, type NumberFormat } from './format.ts';
import { layerFormats } from './layer-formats.ts';
import type { RangeOf } from './lower/encodings.ts';
import { int8Grid, nearestWeights } from './lower/grid.ts';
import { int4Grids, nearestInt4 } from './lower/int4-grid.ts';
import { type Lowered, lowerToIntegers } from './lower/lower.ts';
import type { Lowering } from './lower/lowering.ts';
import type { StoredWeights, StoreWeights } from './lower/weights.ts';
import { observers } from './observers/index.ts';
import { defaultQuantizeOptions, noRemedies, type QuantizeOptions } from './options.ts';
import { type Prepared, prepareGraph } from './prepare.ts';
import { type ChosenRange, chooseRanges, rangesCodec } from './remedies/choose-ranges.ts';
import { biasCorrection } from './remedies/correct-bias.ts';
import { inputMoments, momentsCodec } from './remedies/moments.ts';
import { inputPower, secondOrderWeights } from './remedies/round-weights.ts';
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

/** What calibration finds of a float graph: everything from which it can be lowered, in whatever formats. */
export interface Calibration {
  readonly options: QuantizeOptions;
  readonly prepared: Prepared;
  /** How the range of each tensor was found, for the format that most layers have. */
  readonly ranges: ReadonlyMap<ValueId, ChosenRange>;
  readonly rangeOf: RangeOf;
  /** Of the inputs of layers with weights; empty where no remedy asks for them. */
  readonly moments: ReadonlyMap<NodeId, Moments>;
  /** Weights that were rounded before, by layer and scales. */
  readonly rounded: Map<string, StoredWeights>;
}

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
  const own = isAllReal(source, options) ? { ...options, ranges: 'min-max' as const, remedies: noRemedies } : options;
  const calibration = calibrateGraph(source, samples, execute, own, onProgress, memo);
  return lowerCalibrated(calibration, layerFormats(calibration.prepared.graph, options));
}

/** Prepares the float graph by the remedies that change it, and finds ranges and how weights are rounded. `memo` is of these samples. */
export function calibrateGraph(
  source: Graph,
  samples: readonly Sample[],
  execute: Executor,
  options: QuantizeOptions,
  onProgress: OnProgress = () => {},
  memo: Memo = noMemo,
): Calibration {
  checkLayers(source, options);
  const progressOf = (work: string) => (done: number) => onProgress(work, done, samples.length);
  const prepared = prepareGraph(source, samples, execute, options.remedies, progressOf('calibrating'), memo);
  const ranges = findRanges(prepared, samples, execute, options, onProgress, memo);
  const rangeOf = rangesByFormat(prepared, ranges, options.format === 'int16' ? 'int16' : 'int8');
  const { rounding, correctBias } = options.remedies;
  const moments =
    rounding === 'nearest' && !correctBias
      ? new Map<NodeId, Moments>()
      : memo.recall('moments of inputs', prepared.graph, momentsCodec(prepared.graph), () =>
          inputMoments(prepared.graph, samples, execute, progressOf('looking at inputs of layers')),
        );
  return { options, prepared, ranges, rangeOf, moments, rounded: new Map() };
}

/** The format wished for each node. */
type WishOf = (node: Node) => NumberFormat;

/** The graph in these formats; may be called often on one calibration. */
export function lowerCalibrated(calibration: Calibration, wishOf: WishOf): QuantizedGraph {
  const { prepared, ranges, rangeOf, options } = calibration;
  const { ports, group } = options;
  const formatOf = (node: Node) => activationsOf(wishOf(node));
  const rounded = roundings(calibration, wishOf);
  const lowered = lowerToIntegers(prepared.graph, { formatOf, rangeOf, ...rounded, ports });
  const graph = noteStorage(lowered.graph, group, wishesByOutput(prepared.graph, wishOf));
  return { ...lowered, graph, prepared, ranges };
}

/** Whether all layers are to stay real; then there is nothing to calibrate. */
function isAllReal(graph: Graph, options: QuantizeOptions): boolean {
  const wishOf = layerFormats(graph, options);
  return graph.nodes.every((node) => activationsOf(wishOf(node)) === 'float32');
}

/** The wished format of each node, by the name of its first output, which lowering keeps. */
function wishesByOutput(graph: Graph, wishOf: WishOf): (node: Node, lowered: Graph) => NumberFormat | undefined {
  const nameOf = (of: Graph, { outputs: [id] }: Node) => (id === undefined ? '' : valueById(of, id).name);
  const formats = new Map(graph.nodes.map((node) => [nameOf(graph, node), wishOf(node)]));
  return (node, lowered) => formats.get(nameOf(lowered, node));
}

/** The graph with notes of weights of 4 bits, and with real weights as float16 where this was asked for. */
function noteStorage(
  graph: Graph,
  group: QuantizeOptions['group'],
  wishOf: (node: Node, lowered: Graph) => NumberFormat | undefined,
): Graph {
  const groups = group === null ? [] : [group];
  const stored = storeInt4(graph, groups, (node) => wishOf(node, graph) === 'int4');
  const isHalf = (node: Node) => wishOf(node, graph) === 'float16';
  return graph.nodes.some(isHalf) ? narrowWeights(stored, 'float16', isHalf) : stored;
}

/** Ranges were found for one format; a layer of another one takes all that was seen on int16, and the least squared error on int8. */
function rangesByFormat(
  { statistics }: Prepared,
  ranges: ReadonlyMap<ValueId, ChosenRange>,
  usual: IntegerFormat,
): RangeOf {
  return (id, format) => {
    const found = statistics.get(id);
    if (format === usual || found === undefined) return ranges.get(id)?.range ?? null;
    return observers[format === 'int16' ? 'min-max' : 'mse'](found, format);
  };
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
  { options, moments, rounded }: Calibration,
  wishOf: WishOf,
): Pick<Lowering, 'weightsOf' | 'biasShiftOf'> {
  const { group, remedies } = options;
  const { rounding, correctBias } = remedies;
  const weightsOf = (node: Node) => {
    const found = moments.get(node.id);
    const isInt4 = wishOf(node) === 'int4' && isInt4Node(node);
    const nearest = isInt4 ? nearestInt4(group) : nearestWeights;
    const store =
      found === undefined || rounding === 'nearest'
        ? nearest
        : secondOrderWeights(found, isInt4 ? int4Grids(group, inputPower(found)) : int8Grid);
    return remembered(store, `${node.id} ${isInt4 ? 4 : 8}`, rounded);
  };
  const biasShiftOf: Lowering['biasShiftOf'] = ({ id }, weights, stored) => {
    const found = moments.get(id);
    return found === undefined || !correctBias ? null : biasCorrection(weights, stored, found);
  };
  return { weightsOf, biasShiftOf };
}

/** The same weights again where a layer is rounded to the same least scales. */
function remembered(store: StoreWeights, layer: string, known: Map<string, StoredWeights>): StoreWeights {
  return (weights, axis, leastScales) => {
    const key = `${layer} ${leastScales.join()}`;
    const stored = known.get(key) ?? store(weights, axis, leastScales);
    known.set(key, stored);
    return stored;
  };
}
