import {
  constantOf,
  type Graph,
  type Node,
  type NodeId,
  type Value,
  type ValueId,
  valueById,
} from '../../../ir/graph.ts';
import { verifyGraph } from '../../../ir/verify.ts';
import { at } from '../../../ops/definition.ts';
import { scaleAt, zeroPointAt } from '../../../tensor/quantization.ts';
import { roundHalfAway } from '../../../tensor/requantize.ts';
import { numericData, type Tensor, tensorType } from '../../../tensor/tensor.ts';
import type { Executor } from '../../executor.ts';
import { isProduct, withConstants, withOwnConstants } from '../../product.ts';
import type { Sample } from '../../quantize/calibrate.ts';
import { dequantizeGraph } from '../../quantize/dequantize-graph.ts';
import { keptAfter } from '../channels.ts';
import { frontsOf, layerOf } from './joint-fit.ts';
import type { NestedModel, NestedWidth } from './widths.ts';

/** What a width gets of its own. */
export interface WidthRepair {
  /** Whether outputs get scales of their own, too: four bytes each, and more in some layouts. */
  readonly scales: boolean;
}

/**
 * Gives each width of a quantized model biases of its own, and perhaps scales, by samples: front to back, the results y of each output before its
 * clamp become s y + b, with the s and b that bring them nearest to what the whole model computes there,
 *
 *     s = cov(y, t) / var(y),  b = mean(t) - s mean(y),
 *
 * where errors that the clamp hides do not count from the second of four rounds on. Weights stay: s multiplies the scale of a row, which changes
 * its factor of requantization, and b is rounded to units of the products. What is computed on real numbers is what the integers stand for.
 *
 * @throws ProblemError for layers that have no real form
 */
export function repairWidths(
  model: NestedModel,
  samples: readonly Sample[],
  execute: Executor,
  repair: WidthRepair,
  onDone: (done: number, total: number) => void = () => {},
): NestedModel {
  const whole = withOwnConstants(model.graph);
  const real = dequantizeGraph(whole);
  const given = samples.map((sample) => () => sample().map(realTensor));
  const total = model.widths.length;
  const widths = model.widths.map((width, done): NestedWidth => {
    const repaired = width.fraction === 1 ? width : repairWidth(model, real, width, given, execute, repair);
    onDone(done + 1, total);
    return repaired;
  });
  return { ...model, widths };
}

/** What was found for the outputs of a layer. */
interface Found {
  readonly factors: Float64Array;
  readonly bias: Float32Array;
}

function repairWidth(
  model: NestedModel,
  real: Graph,
  width: NestedWidth,
  samples: readonly Sample[],
  execute: Executor,
  { scales }: WidthRepair,
): NestedWidth {
  const stored = withOwnConstants(width.graph);
  const kept = keptAfter(model.graph, model.groups, width.removed, new Map());
  let narrow = withOwnConstants(dequantizeGraph(stored));
  const fronts = frontsOf(samples, execute);
  const found = new Map<NodeId, Found>();
  for (const { id } of narrow.nodes.filter(isProduct)) {
    const layer = layerOf({ float: real, pruned: narrow, kept, samples, fronts }, id);
    if (layer === null) continue;
    const mayScale = scales && isScaled(stored, id);
    const factors = new Float64Array(layer.product.outputChannels).fill(1);
    for (let round = 0; round < layer.rounds; round++) {
      if (!mayScale) layer.settle(round);
      else {
        const change = layer.scales(round);
        layer.rescale(change.factors, change.shifts);
        for (let o = 0; o < factors.length; o++) factors[o] = at(factors, o) * at(change.factors, o);
      }
    }
    const constants = layer.constants();
    narrow = withConstants(narrow, constants);
    const bias = constants.get(at(layer.product.node.inputs, 2));
    if (bias !== undefined) found.set(id, { factors, bias });
  }
  const graph = stored.nodes.reduce((now, node) => {
    const own = found.get(node.id);
    return own === undefined ? now : withOwnScales(now, node, own);
  }, stored);
  verifyGraph(graph, 'repairing a width');
  return { ...width, graph };
}

/** Whether the outputs of a layer have a scale each. */
function isScaled(graph: Graph, id: NodeId): boolean {
  const weights = graph.nodes.find((node) => node.id === id)?.inputs[1];
  return weights !== undefined && valueById(graph, weights).type.quantization.kind === 'per-channel';
}

function withOwnScales(graph: Graph, node: Node, { factors, bias }: Found): Graph {
  const [input, weightsId, biasId] = node.inputs;
  if (input === undefined || weightsId === undefined || biasId === undefined) return graph;
  const [weights, old] = [constantOf(graph, weightsId), constantOf(graph, biasId)];
  const of = valueById(graph, input).type.quantization;
  if (weights === null || old === null || of.kind === 'none' || old.type.dtype !== 'int32') return graph;
  const values = new Map<ValueId, Value>(graph.values);
  const { quantization } = weights.type;
  const scaled =
    quantization.kind === 'per-channel'
      ? { ...quantization, scales: quantization.scales.map((scale, o) => scale * (factors[o] ?? 1)) }
      : quantization;
  values.set(weightsId, { ...valueById(graph, weightsId), type: { ...weights.type, quantization: scaled } });
  const unit = (o: number) => scaleAt(of, 0) * scaleAt(scaled, o);
  const data = Int32Array.from(bias, (value, o) =>
    roundHalfAway(Math.min(mostBias, Math.max(-mostBias, value / unit(o)))),
  );
  const own = old.type.quantization;
  const biasQuantization = own.kind === 'per-channel' ? { ...own, scales: own.scales.map((_, o) => unit(o)) } : own;
  values.set(biasId, { ...valueById(graph, biasId), type: { ...old.type, quantization: biasQuantization }, data });
  return { ...graph, values };
}

/** Biases leave room for the products in 32 bits. */
const mostBias = 2 ** 30;

export function realTensor(tensor: Tensor): Tensor {
  const { quantization, shape, dtype } = tensor.type;
  if (quantization.kind === 'none' || dtype === 'float32') return tensor;
  const [scale, zero] = [scaleAt(quantization, 0), zeroPointAt(quantization, 0)];
  return {
    type: tensorType('float32', shape),
    data: Float32Array.from(numericData(tensor), (value) => (value - zero) * scale),
  };
}
