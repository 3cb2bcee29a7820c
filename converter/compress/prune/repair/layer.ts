import { type Graph, type Node, type NodeId, usesOf, type ValueId } from '../../../ir/graph.ts';
import { at, type Clamp, noClamp } from '../../../ops/definition.ts';
import { dataAs, type Tensor } from '../../../tensor/tensor.ts';
import { blocksOf, type GatheredBlock, positionsOf } from '../../input-moments.ts';
import { type Product, productOf } from '../../product.ts';
import type { Sample } from '../../quantize/calibrate.ts';
import type { KeptChannels } from '../channels.ts';
import type { Front } from '../front.ts';
import { unclamped } from '../part.ts';
import { positionsFor, positionsIn } from '../sampling.ts';
import { type Equations, fitRidge, type Ridge, refit } from './ridge.ts';

/**
 * What a layer is fitted to. Usually its own pre-activation. Where a sum alone reads the layer and its other operand is there already, the sum:
 * so the layer makes up for what the other branch does wrong.
 */
export interface Place {
  /** The node whose result, before its clamp, is to be that of the float model. */
  readonly target: Node;
  /** The other operand of the sum. */
  readonly other: ValueId | null;
  readonly clamp: Clamp;
}

/** Fits after the first, each with targets that leave free what the clamp hides. */
export const clampRounds = 3;

/** What repair did to one layer. Errors are mean squares over positions and channels, before the clamp, of the fitted rows. */
export interface LayerRepair {
  readonly node: NodeId;
  readonly name: string;
  /** Mean square of the target. */
  readonly signal: number;
  readonly errorBefore: number;
  readonly errorAfter: number;
  readonly weights: Float32Array;
  readonly bias: Float32Array;
}

/** Two models, and what they are run on. */
export interface RepairContext {
  readonly float: Graph;
  readonly pruned: Graph;
  readonly kept: KeptChannels;
  readonly samples: readonly Sample[];
  /** Where the samples are in each of the two: behind no layer that is still to be fitted. */
  readonly fronts: { readonly float: Front; readonly pruned: Front };
}

/**
 * Fits weights and bias of one product of the pruned graph to what the float graph computes there, by the samples.
 *
 * @param pass 0 where layers behind this one are still as the pruning left them
 */
export function repairLayer(context: RepairContext, node: Node, pass: number): LayerRepair | null {
  const product = productOf(context.pruned, node);
  if (product === null) return null;
  const place = placeOf(context.pruned, node, pass);
  return fitLayer(product, collect(context, product, place), place.clamp);
}

/** What a layer of a graph is fitted to, in pass `pass`. */
export function placeOf(graph: Graph, node: Node, pass: number): Place {
  const [output] = node.outputs;
  const own = 'clamp' in node.op.attributes ? node.op.attributes.clamp : noClamp;
  const plain: Place = { target: node, other: null, clamp: own };
  if (output === undefined || own.min !== Number.NEGATIVE_INFINITY || own.max !== Number.POSITIVE_INFINITY)
    return plain;
  const uses = usesOf(graph);
  const readers = uses.consumers.get(output) ?? [];
  const [reader] = readers;
  if (reader === undefined || readers.length !== 1 || uses.outputs.has(output)) return plain;
  if (reader.op.type !== 'zip' || reader.op.attributes.fn !== 'add') return plain;
  const others = reader.inputs.filter((id) => id !== output);
  const [other] = others;
  if (other === undefined || others.length !== 1) return plain;
  const shapes = [output, other].map((id) => graph.values.get(id)?.type.shape.join());
  // In the first pass what stands behind this layer is not repaired yet.
  if (shapes[0] !== shapes[1] || (pass === 0 && !standsBefore(graph, other, node))) return plain;
  return { target: reader, other, clamp: reader.op.attributes.clamp };
}

function standsBefore(graph: Graph, id: ValueId, node: Node): boolean {
  const index = graph.nodes.findIndex(({ outputs }) => outputs.includes(id));
  return index < graph.nodes.findIndex((one) => one.id === node.id);
}

/** Rows of equations: what a layer is given at some positions of all samples, and what it should give. */
export interface Rows {
  readonly count: number;
  readonly blocks: readonly { readonly block: GatheredBlock; readonly inputs: Float32Array }[];
  /** rows x output channels: the float model's, and what is added to the layer's own output. */
  readonly wanted: Float32Array;
  readonly added: Float32Array;
  readonly half: Uint8Array;
}

/** Inputs of the layer in the pruned model and the targets in the float model, at the same positions. */
export function collect({ float, pruned, kept, samples, fronts }: RepairContext, product: Product, place: Place): Rows {
  const { node, outputChannels } = product;
  const blocks = blocksOf(pruned, product);
  const positions = positionsFor(
    positionsOf(pruned, product),
    Math.max(...blocks.map(({ size }) => size)) + 1,
    samples.length,
  );
  const count = samples.reduce((sum, _, s) => sum + positionsIn(positions, s).length, 0);
  const inputs = blocks.map(({ size }) => new Float32Array(count * (size + 1)));
  const [wanted, added] = [new Float32Array(count * outputChannels), new Float32Array(count * outputChannels)];
  const half = new Uint8Array(count);
  const target = at(place.target.outputs, 0);
  const open = unclamped(float, place.target.id);
  fronts.float.moveTo(float, indexOf(float, node.id));
  fronts.pruned.moveTo(pruned, indexOf(pruned, node.id));
  const lookFloat = fronts.float.look(open.graph, [open.value]);
  const lookPruned = fronts.pruned.look(pruned, [at(node.inputs, 0), ...(place.other === null ? [] : [place.other])]);
  const channels = kept.get(target) ?? Array.from({ length: outputChannels }, (_, i) => i);
  const buffers = blocks.map(({ size }) => new Float64Array(size));
  let row = 0;
  samples.forEach((_, s) => {
    const floatData = dataAs(at<Tensor>(lookFloat(s), 0), 'float32');
    const [input, other] = lookPruned(s).map((tensor) => dataAs(tensor, 'float32'));
    const floatChannels = floatData.length / positions.count;
    for (const position of positionsIn(positions, s)) {
      blocks.forEach((block, b) => {
        const buffer = buffers[b] ?? new Float64Array(block.size);
        block.gather(input ?? floatData, position, buffer);
        const to = row * (block.size + 1);
        inputs[b]?.set(buffer, to);
        inputs[b]?.fill(1, to + block.size, to + block.size + 1);
      });
      channels.forEach((channel, o) => {
        wanted[row * outputChannels + o] = floatData[position * floatChannels + channel] ?? 0;
        added[row * outputChannels + o] = other?.[position * outputChannels + o] ?? 0;
      });
      half[row++] = s % 2;
    }
  });
  return {
    count,
    blocks: blocks.map((block, b) => ({ block, inputs: inputs[b] ?? new Float32Array() })),
    wanted,
    added,
    half,
  };
}

const indexOf = ({ nodes }: Graph, id: NodeId) => nodes.findIndex((node) => node.id === id);

function fitLayer(product: Product, rows: Rows, clamp: Clamp): LayerRepair {
  const { node, outputChannels } = product;
  const weights = Float64Array.from(dataAs(product.weights, 'float32'));
  const bias = Float64Array.from(dataAs(product.bias, 'float32'));
  const results = new Float32Array(rows.count * outputChannels);
  for (const { block, inputs } of rows.blocks) {
    addProduct(results, weights, block, inputs, rows.count, outputChannels);
  }
  for (let i = 0; i < results.length; i++) results[i] = (results[i] ?? 0) + (bias[i % outputChannels] ?? 0);
  const before = meanError(rows, results, clamp);
  const ridges: (Ridge | null)[] = rows.blocks.map(() => null);
  for (let round = 0; round <= clampRounds; round++) {
    rows.blocks.forEach(({ block, inputs }, b) => {
      const equations = equationsOf(block, inputs, rows, results, round === 0 ? noClamp : clamp, outputChannels);
      const known = ridges[b] ?? null;
      const fit = known === null ? fitRidge(equations) : null;
      const change = fit === null && known !== null ? refit(equations, known) : (fit?.change ?? new Float64Array());
      if (fit !== null) ridges[b] = fit.ridge;
      applyChange(weights, bias, results, block, inputs, change, rows.count, outputChannels);
    });
    if (clamp.min === Number.NEGATIVE_INFINITY && clamp.max === Number.POSITIVE_INFINITY) break;
  }
  return {
    node: node.id,
    name: node.name,
    signal: mean(rows.wanted),
    errorBefore: before,
    errorAfter: meanError(rows, results, clamp),
    weights: Float32Array.from(weights),
    bias: Float32Array.from(bias),
  };
}

const mean = (values: Float32Array) =>
  values.reduce((sum, value) => sum + value * value, 0) / Math.max(1, values.length);

/** What is missing at one place: nothing where the clamp makes both results equal (Zhang et al. 2016, section 3.2, for ReLU). */
export function missing(wanted: number, added: number, result: number, { min, max }: Clamp): number {
  const found = result + added;
  if (wanted <= min) return found <= min ? 0 : min - found;
  if (wanted >= max) return found >= max ? 0 : max - found;
  return wanted - found;
}

function meanError({ wanted, added }: Rows, results: Float32Array, clamp: Clamp): number {
  let sum = 0;
  const through = (value: number) => Math.min(Math.max(value, clamp.min), clamp.max);
  for (let i = 0; i < results.length; i++) {
    sum += (through(wanted[i] ?? 0) - through((results[i] ?? 0) + (added[i] ?? 0))) ** 2;
  }
  return sum / Math.max(1, results.length);
}

function equationsOf(
  block: GatheredBlock,
  inputs: Float32Array,
  rows: Rows,
  results: Float32Array,
  clamp: Clamp,
  channels: number,
): Equations {
  const outputs = block.outputs.length;
  const errors = new Float32Array(rows.count * outputs);
  for (let r = 0; r < rows.count; r++) {
    block.outputs.forEach((output, o) => {
      const i = r * channels + output;
      errors[r * outputs + o] = missing(rows.wanted[i] ?? 0, rows.added[i] ?? 0, results[i] ?? 0, clamp);
    });
  }
  return { rows: rows.count, size: block.size + 1, outputs, inputs, errors, half: rows.half };
}

function addProduct(
  results: Float32Array,
  weights: Float64Array,
  block: GatheredBlock,
  inputs: Float32Array,
  count: number,
  channels: number,
): void {
  const outputs = block.outputs.length;
  const dense = new Float64Array((block.size + 1) * outputs);
  block.outputs.forEach((output, o) => {
    for (let k = 0; k < block.size; k++) dense[k * outputs + o] = weights[block.weightAt(output, k)] ?? 0;
  });
  addDense(results, dense, block, inputs, count, channels);
}

/** results += X D */
function addDense(
  results: Float32Array,
  dense: Float64Array,
  block: GatheredBlock,
  inputs: Float32Array,
  count: number,
  channels: number,
): void {
  const size = block.size + 1;
  const outputs = block.outputs.length;
  const sums = new Float64Array(outputs);
  for (let r = 0; r < count; r++) {
    sums.fill(0);
    for (let k = 0; k < size; k++) {
      const x = inputs[r * size + k] ?? 0;
      if (x === 0) continue;
      for (let o = 0; o < outputs; o++) sums[o] = (sums[o] ?? 0) + x * (dense[k * outputs + o] ?? 0);
    }
    block.outputs.forEach((output, o) => {
      const i = r * channels + output;
      results[i] = (results[i] ?? 0) + (sums[o] ?? 0);
    });
  }
}

function applyChange(
  weights: Float64Array,
  bias: Float64Array,
  results: Float32Array,
  block: GatheredBlock,
  inputs: Float32Array,
  change: Float64Array,
  count: number,
  channels: number,
): void {
  const outputs = block.outputs.length;
  block.outputs.forEach((output, o) => {
    for (let k = 0; k < block.size; k++) {
      const i = block.weightAt(output, k);
      weights[i] = (weights[i] ?? 0) + (change[k * outputs + o] ?? 0);
    }
    bias[output] = (bias[output] ?? 0) + (change[block.size * outputs + o] ?? 0);
  });
  addDense(results, change, block, inputs, count, channels);
}
