import type { Graph, Node, NodeId } from '../../../ir/graph.ts';
import type { Executor } from '../../executor.ts';
import type { Sample } from '../calibrate.ts';
import { activationsOf, type NumberFormat } from '../format.ts';
import { layerFormats } from '../layer-formats.ts';
import type { QuantizeOptions } from '../options.ts';
import {
  type Calibration,
  calibrateGraph,
  lowerCalibrated,
  type OnProgress,
  type QuantizedGraph,
} from '../quantize-graph.ts';
import { judgeAgainst } from '../report/judge.ts';
import type { JudgedSample } from '../report/outputs.ts';
import { type Memo, noMemo } from '../statistics/memo.ts';
import { choiceOf, choices } from './choice.ts';
import { type Cost, type Figures, isQuality, type Limit, missed } from './limit.ts';
import { type Assignment, type Point, type SearchResult, searchBudget, type Unit } from './search.ts';
import { type Harm, layerHarms } from './sensitivity.ts';
import { formatsOf, type SearchedLayer, searchedLayers } from './units.ts';

/** What the graph of a candidate takes to run. The back ends know; they are handed in. */
export type CostOf = (graph: Graph) => Cost;

export interface BudgetTask {
  readonly limits: readonly Limit[];
  readonly costOf: CostOf;
  /** Most candidates that are made and judged. */
  readonly mostPoints: number;
}

export const usualPoints = 48;

/** A search, with the model that it found. */
export interface BudgetResult extends SearchResult {
  readonly quantized: QuantizedGraph;
  /** With the remedies of the best calibration. */
  readonly options: QuantizeOptions;
  /** Layers that ended in another format than the usual one. */
  readonly changed: readonly { readonly layer: string; readonly choice: string }[];
  /** How much each layer alone changes the outputs in the usual format, the most harmful first; empty where nobody had to look. */
  readonly harms: readonly { readonly layer: string; readonly harm: number }[];
}

/** A way to calibrate, by the remedies that it takes. */
interface Variant {
  readonly what: string;
  readonly options: QuantizeOptions;
}

/**
 * Quantizes a float graph within a budget: first with all layers alike, then by other remedies where answers suffer, then by other
 * formats of layers, see {@link searchBudget}.
 */
export function searchGraph(
  source: Graph,
  samples: readonly Sample[],
  judged: readonly JudgedSample[],
  execute: Executor,
  options: QuantizeOptions,
  task: BudgetTask,
  onProgress: OnProgress = () => {},
  memo: Memo = noMemo,
): BudgetResult {
  const judge = judgeAgainst(source, judged, execute);
  const candidate = (calibration: Calibration, formatOf: (node: Node) => NumberFormat) => {
    const quantized = lowerCalibrated(calibration, formatOf);
    return { quantized, figures: { ...judge(quantized.graph), cost: task.costOf(quantized.graph) } };
  };
  const tried = remedyVariants(options).reduce<Tried[]>((list, variant) => {
    const [first] = list;
    const limits = task.limits.filter(isQuality);
    if (first !== undefined && missed(limits, first.figures) === 0) return list;
    const calibration = calibrateGraph(source, samples, execute, variant.options, onProgress, memo);
    const wish = layerFormats(calibration.prepared.graph, variant.options);
    list.push({ ...variant, calibration, wish, ...candidate(calibration, wish) });
    return list;
  }, []);
  const start = tried.reduce((best, one) => (isBetterStart(one, best, task.limits) ? one : best));
  const { calibration, wish } = start;
  const isSmall = options.format === 'int4' || task.limits.some(({ kind }) => kind === 'flash');
  const layers = searchedLayers(start.quantized, isPinned(calibration.prepared.graph, start.options), isSmall);
  const from: Assignment = layers.map(({ node }) => choiceOf(node === null ? integerOf(options.format) : wish(node)));
  const { graph } = calibration.prepared;
  const formats = (assignment: Assignment) => formatsOf(graph, layers, assignment, wish);
  const isMet = missed(task.limits, start.figures) === 0;
  const isKnown = isMet && !hasNarrower(layers, from);
  const looked = isKnown ? null : lookAtLayers(calibration, layers, samples, execute, task.costOf, onProgress);
  const found = searchBudget({
    units: looked === null ? layers.map(unknownUnit) : unitsOf(layers, looked, start.figures.cost),
    start: from,
    first: { what: start.what, figures: start.figures },
    limits: task.limits,
    evaluate: (assignment) => candidate(calibration, formats(assignment)).figures,
    costOf: relativeCost(start.figures.cost),
    names: choices.map(({ name }) => name),
    mostPoints: task.mostPoints,
    onPoint: (done) => onProgress('searching', done, task.mostPoints),
  });
  const quantized = lowerCalibrated(calibration, formats(found.best.assignment));
  const changed = layers.flatMap(({ name }, i) => {
    const choice = found.best.assignment[i];
    return choice === undefined || choice === from[i] ? [] : [{ layer: name, choice: choices[choice]?.name ?? '' }];
  });
  const harms = (looked?.harms ?? []).map((harm, i) => ({ layer: layers[i]?.name ?? '', harm: harm(from[i] ?? 0) }));
  const others = tried.filter((one) => one !== start);
  const points = others.map(({ what, figures }): Point => {
    return { what, assignment: from, figures, missed: missed(task.limits, figures), isBest: false };
  });
  return {
    ...found,
    points: [...points, ...found.points],
    quantized,
    options: start.options,
    changed,
    harms: harms.sort((one, other) => other.harm - one.harm),
  };
}

interface Tried extends Variant {
  readonly calibration: Calibration;
  readonly wish: (node: Node) => NumberFormat;
  readonly quantized: QuantizedGraph;
  readonly figures: Figures;
}

/** The remedies as they were asked for, and others in their place where these do not suffice; none where none are wanted. */
function remedyVariants(options: QuantizeOptions): readonly Variant[] {
  const { remedies, ranges } = options;
  const usual = { what: 'all layers alike', options };
  const moved = remedies.equalize || remedies.absorb;
  return [
    usual,
    ...(moved
      ? [
          {
            what: 'channels not equalized',
            options: { ...options, remedies: { ...remedies, equalize: false, absorb: false } },
          },
        ]
      : []),
    ...(moved && ranges === 'auto'
      ? [{ what: 'ranges: min-max', options: { ...options, ranges: 'min-max' as const } }]
      : []),
  ];
}

function isBetterStart(one: Tried, best: Tried, limits: readonly Limit[]): boolean {
  const [a, b] = [missed(limits, one.figures), missed(limits, best.figures)];
  return a === b ? one.figures.noise < best.figures.noise : a < b;
}

/** Layers whose format the user named. */
function isPinned(graph: Graph, options: QuantizeOptions): (node: Node) => boolean {
  const decided = new Set<NodeId>();
  for (const node of graph.nodes) {
    const formats = choices.map(({ format }) => layerFormats(graph, { ...options, format })(node));
    if (formats.every((format) => format === formats[0])) decided.add(node.id);
  }
  return ({ id }) => decided.has(id);
}

/** How inputs of the model are stored at first. */
function integerOf(format: NumberFormat): NumberFormat {
  const stored = activationsOf(format);
  return stored === 'float32' ? 'int8' : stored;
}

function hasNarrower(layers: readonly SearchedLayer[], from: Assignment): boolean {
  return layers.some(({ options }, i) => options.some((option) => option < (from[i] ?? 0)));
}

/** What every layer does to the outputs, and takes, by itself. */
interface Looked {
  readonly harms: readonly Harm[];
  /** With all layers alike, by position of the choice; null for choices that no layer has. */
  readonly costs: readonly (Cost | null)[];
}

function lookAtLayers(
  calibration: Calibration,
  layers: readonly SearchedLayer[],
  samples: readonly Sample[],
  execute: Executor,
  costOf: CostOf,
  onProgress: OnProgress,
): Looked {
  const isChoice = (choice: number) => layers.some((layer) => layer.options.includes(choice));
  const uniform = choices.map(({ format }, i) => (isChoice(i) ? lowerCalibrated(calibration, () => format) : null));
  const costs = uniform.map((one) => (one === null ? null : costOf(one.graph)));
  const stored = uniform.map((one, i) => (choices[i]?.format === 'float32' ? null : one));
  const { graph } = calibration.prepared;
  const harms = layerHarms(graph, layers, stored, samples, execute, (done, total) =>
    onProgress('looking at single layers', done, total),
  );
  return { harms, costs };
}

const unknownUnit = ({ name, options }: SearchedLayer): Unit => ({ name, options, harm: () => 0, weight: () => 0 });

/** What each choice of a layer takes is the sum of its shares of instructions, flash and SRAM. */
function unitsOf(layers: readonly SearchedLayer[], { harms, costs }: Looked, start: Cost): readonly Unit[] {
  const work = [...start.layers.values()].reduce((sum, layer) => sum + layer.work, 0);
  return layers.map(({ name, options }, i) => {
    const weight = (choice: number) => {
      const own = costs[choice]?.layers.get(name);
      if (own === undefined) return 0;
      return (
        own.work / Math.max(1, work) +
        own.constantBytes / Math.max(1, start.flashBytes) +
        own.activationBytes / Math.max(1, start.sramBytes)
      );
    };
    return { name, options, harm: harms[i] ?? (() => 0), weight };
  });
}

/** Instructions, flash and SRAM, each relative to those of the start, added up. */
function relativeCost(start: Cost): (figures: Figures) => number {
  const share = (value: number | null, of: number | null) =>
    value === null || of === null || of === 0 ? 1 : value / of;
  return ({ cost }) =>
    share(cost.instructions, start.instructions) +
    share(cost.flashBytes, start.flashBytes) +
    share(cost.sramBytes, start.sramBytes);
}
