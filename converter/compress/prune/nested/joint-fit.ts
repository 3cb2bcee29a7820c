import { type Graph, isNode, type Node, type NodeId } from '../../../ir/graph.ts';
import { at } from '../../../ops/definition.ts';
import type { Executor } from '../../executor.ts';
import { largestBlock } from '../../input-moments.ts';
import { productOf, withConstants } from '../../product.ts';
import type { Sample } from '../../quantize/calibrate.ts';
import type { KeptChannels } from '../channels.ts';
import { Front } from '../front.ts';
import { cholesky, meanDiagonal, solveWith } from '../linear.ts';
import { collect, placeOf, type RepairContext } from '../repair/layer.ts';
import { type Moments, type RowBlock, WidthLayer } from './joint-layer.ts';

/** A network whose weights are a part of those of the whole one. */
export interface FittedWidth {
  readonly graph: Graph;
  /** Channels of the whole model's values that it has. */
  readonly kept: KeptChannels;
  /** How much its errors count. */
  readonly weight: number;
  /** For each element of a node's weights, the index in the whole ones. */
  readonly wholeIndices: (node: NodeId) => Int32Array;
}

/** Strengths of the pull towards the weights as they are, as shares of the mean diagonal. */
const strengths = [1e-4, 1e-3, 1e-2, 1e-1] as const;

/**
 * Fits weights that all widths share, and biases of each, to what the float model computes: front to back, each layer on what the fitted layers
 * before it give in each width.
 *
 * For output o of a layer let D be the change of its row of weights, and X_w, e_w the inputs of width w, as columns of the whole row, and what
 * the output lacks there. Of all widths that have the output,
 *
 *     sum over w of a_w |X_w D + b_w - e_w|^2 + lambda |D|^2
 *
 * is made smallest. Each b_w is free, so inputs and errors are taken from their means in each width, and the normal equations are those of
 * one ridge, with the Gram matrices of the widths added up where their columns are. Outputs of the same widths share a matrix. lambda is
 * found as in repair: by the fit to one half of the samples that errs least on the other. Layers whose rows are too long, or divided into groups,
 * get biases only.
 *
 * @param float what is fitted to; its nodes have the ids of those of the widths
 * @param widths the whole model among them, each with constants that one layer reads
 * @param passes how often; from the second on, a layer that a sum adds to another branch makes up for it in either order
 * @returns the graphs of the widths, in the same order
 */
export function fitJointly(
  float: Graph,
  widths: readonly FittedWidth[],
  samples: readonly Sample[],
  execute: Executor,
  passes: number,
  onDone: (done: number, total: number) => void = () => {},
): readonly Graph[] {
  const graphs = widths.map(({ graph }) => graph);
  const products = float.nodes.filter((node) => productOf(float, node) !== null);
  const work = Array.from({ length: passes }, (_, pass) => products.map((whole) => ({ whole, pass }))).flat();
  let fronts: readonly Fronts[] = [];
  work.forEach(({ whole, pass }, done) => {
    if (done % products.length === 0) fronts = widths.map(() => frontsOf(samples, execute));
    const layers = widths.map(({ kept }, w) => {
      return layerOf({ float, pruned: at(graphs, w), kept, samples, fronts: at(fronts, w) }, whole.id, pass);
    });
    const fits = layers.flatMap((layer, w) => (layer === null ? [] : [{ layer, width: at(widths, w) }]));
    const shape = productOf(float, whole)?.weights.type.shape ?? [];
    const systems = isShareable(whole, shape) ? systemsOf(fits, whole, shape) : [];
    const rounds = Math.max(...fits.map(({ layer }) => layer.rounds));
    const chosen = systems.map(() => Number.NaN);
    for (let round = 0; round < rounds; round++) {
      systems.forEach((system, s) => {
        if (round === 0) chosen[s] = strengthOf(system, samples.length > 1);
        if (Number.isFinite(chosen[s])) change(system, round, chosen[s] ?? 0);
      });
      for (const { layer } of fits) layer.settle(round);
    }
    layers.forEach((layer, w) => {
      if (layer !== null) graphs[w] = withConstants(at(graphs, w), layer.constants());
    });
    onDone(done + 1, work.length);
  });
  return graphs;
}

type Fronts = RepairContext['fronts'];

/** Fronts at the inputs of both graphs. */
export function frontsOf(samples: readonly Sample[], execute: Executor): Fronts {
  return { float: new Front(samples, execute), pruned: new Front(samples, execute) };
}

/** The layer of a node in the pruned graph, with its inputs and what it should give; null for what is no product. */
export function layerOf(context: RepairContext, id: NodeId, pass = 0): WidthLayer | null {
  const { pruned } = context;
  const node = pruned.nodes.find((one) => one.id === id);
  const product = productOf(pruned, node);
  if (node === undefined || product === null) return null;
  const place = placeOf(pruned, node, pass);
  return new WidthLayer(product, collect(context, product, place), place);
}

/** Layers whose rows of weights have the same columns for all outputs, and not too many. */
function isShareable(node: Node, shape: readonly number[]): boolean {
  if (isNode(node, 'depthwise-conv-2d')) return true;
  if (isNode(node, 'conv-2d') && node.op.attributes.groups !== 1) return false;
  return shape.slice(1).reduce((a, b) => a * b, 1) <= largestBlock;
}

/** A block of a width's layer as a part of whole rows: their columns, and which outputs they are. */
interface Part {
  readonly layer: WidthLayer;
  readonly weight: number;
  readonly block: RowBlock;
  readonly columns: readonly number[];
}

/** Rows of weights that the same widths have; `outputs` of each row in each part. */
interface System {
  readonly size: number;
  readonly parts: readonly Part[];
  readonly rows: readonly (readonly number[])[];
}

interface Fit {
  readonly layer: WidthLayer;
  readonly width: FittedWidth;
}

function systemsOf(fits: readonly Fit[], node: Node, shape: readonly number[]): readonly System[] {
  const isDepthwise = isNode(node, 'depthwise-conv-2d');
  const size = (isDepthwise ? shape.slice(0, -1) : shape.slice(1)).reduce((a, b) => a * b, 1);
  const outputs = isDepthwise ? at(shape, shape.length - 1) : at(shape, 0);
  const rowOf = (index: number) => (isDepthwise ? index % outputs : Math.floor(index / size));
  const columnOf = (index: number) => (isDepthwise ? Math.floor(index / outputs) : index % size);
  const parts: Part[] = [];
  const byRow = new Map<number, { readonly part: number; readonly output: number }[]>();
  for (const { layer, width } of fits) {
    const indices = width.wholeIndices(layer.product.node.id);
    for (const block of layer.rows.blocks) {
      const { outputs: own, weightAt } = block.block;
      const wholeAt = (output: number, k: number) => indices[weightAt(output, k)] ?? 0;
      const columns = Array.from({ length: block.block.size }, (_, k) => columnOf(wholeAt(at(own, 0), k)));
      own.forEach((output, o) => {
        const row = rowOf(wholeAt(output, 0));
        byRow.set(row, [...(byRow.get(row) ?? []), { part: parts.length, output: o }]);
      });
      parts.push({ layer, weight: width.weight, block, columns });
    }
  }
  const systems = new Map<string, { parts: readonly Part[]; rows: (readonly number[])[] }>();
  for (const list of byRow.values()) {
    const key = list.map(({ part }) => part).join();
    const system = systems.get(key) ?? { parts: list.map(({ part }) => at(parts, part)), rows: [] };
    systems.set(key, system);
    system.rows.push(list.map(({ output }) => output));
  }
  return [...systems.values()].map((system) => ({ ...system, size }));
}

/** The equations of all parts together: Gram matrix, right sides of all rows, squared errors. */
interface Sums {
  readonly gram: Float64Array;
  readonly cross: Float64Array;
}

function sumsOf({ size, parts, rows }: System, moments: readonly Moments[]): Sums {
  const [gram, cross] = [new Float64Array(size * size), new Float64Array(size * rows.length)];
  parts.forEach(({ columns, weight, block }, p) => {
    const own = at(moments, p);
    const [width, outputs] = [columns.length, block.block.outputs.length];
    columns.forEach((to, i) => {
      columns.forEach((other, j) => {
        gram[to * size + other] = (gram[to * size + other] ?? 0) + weight * (own.gram[i * width + j] ?? 0);
      });
      rows.forEach((row, r) => {
        const place = to * rows.length + r;
        cross[place] = (cross[place] ?? 0) + weight * (own.cross[i * outputs + at(row, p)] ?? 0);
      });
    });
  });
  return { gram, cross };
}

function solve({ size, rows }: System, { gram, cross }: Sums, strength: number): Float64Array | null {
  const ridge = strength * meanDiagonal(gram, size) + 1e-12;
  const damped = gram.slice();
  for (let i = 0; i < size; i++) damped[i * size + i] = (damped[i * size + i] ?? 0) + ridge;
  const factor = cholesky(damped, size);
  return factor === null ? null : solveWith(factor, size, cross, rows.length);
}

/** The strength with which halves of the samples tell most of each other; NaN where none tells anything. */
function strengthOf(system: System, isDivided: boolean): number {
  if (!isDivided) return at(strengths, 1);
  const halves = ([0, 1] as const).map((half) => {
    const sums = sumsOf(
      system,
      system.parts.map(({ layer, block }) => layer.moments(block, 0, half)),
    );
    return sums;
  });
  let [best, least] = [Number.NaN, 0];
  for (const strength of strengths) {
    const error = halves.reduce((sum, fitted, half) => {
      const d = solve(system, fitted, strength);
      return d === null ? Number.POSITIVE_INFINITY : sum + growth(system, at(halves, 1 - half), d);
    }, 0);
    if (error < least) [best, least] = [strength, error];
  }
  return best;
}

/** How much the change `d` adds to the squared errors: D^T G D - 2 D^T C. */
function growth({ size, rows }: System, { gram, cross }: Sums, d: Float64Array): number {
  const columns = rows.length;
  let sum = 0;
  for (let i = 0; i < size; i++) {
    for (let r = 0; r < columns; r++) sum -= 2 * (d[i * columns + r] ?? 0) * (cross[i * columns + r] ?? 0);
    for (let j = 0; j < size; j++) {
      const g = gram[i * size + j] ?? 0;
      if (g === 0) continue;
      for (let r = 0; r < columns; r++) sum += g * (d[i * columns + r] ?? 0) * (d[j * columns + r] ?? 0);
    }
  }
  return sum;
}

/** Fits the rows of a system and changes the weights of all widths that have them. */
function change(system: System, round: number, strength: number): void {
  const { parts, rows } = system;
  const moments = parts.map(({ layer, block }) => layer.moments(block, round, null));
  const d = solve(system, sumsOf(system, moments), strength);
  if (d === null) return;
  parts.forEach(({ layer, block: { block }, columns }, p) => {
    rows.forEach((row, r) => {
      const output = at(block.outputs, at(row, p));
      columns.forEach((column, k) => {
        layer.change(block.weightAt(output, k), d[column * rows.length + r] ?? 0);
      });
    });
  });
}
