import type { Rounding } from '../tensor/requantize.ts';
import type { Shape } from '../tensor/shape.ts';
import type { Tensor, TensorType } from '../tensor/tensor.ts';
import { argReduce } from './arg-reduce.ts';
import { cast } from './cast.ts';
import { compare } from './compare.ts';
import { concat } from './concat.ts';
import { conv2d } from './conv-2d.ts';
import { cumulative } from './cumulative.ts';
import type { ChannelRule, OpCost, OpDefinition } from './definition.ts';
import { depthwiseConv2d } from './depthwise-conv-2d.ts';
import { dequantize } from './dequantize.ts';
import { fullyConnected } from './fully-connected.ts';
import { gather } from './gather.ts';
import { integerLstm } from './integer-lstm.ts';
import { logSoftmax } from './log-softmax.ts';
import { map } from './map.ts';
import { matmul } from './matmul.ts';
import type { Op, OpAttributes, OpType } from './op.ts';
import { pad } from './pad.ts';
import { pool2d } from './pool-2d.ts';
import { quantize } from './quantize.ts';
import { recurrent } from './recurrent.ts';
import { reduce } from './reduce.ts';
import { requantize } from './requantize.ts';
import { reshape } from './reshape.ts';
import { resizeBilinear } from './resize-bilinear.ts';
import { scatter } from './scatter.ts';
import { select } from './select.ts';
import { slice } from './slice.ts';
import { softmax } from './softmax.ts';
import { topK } from './top-k.ts';
import { transpose } from './transpose.ts';
import { zip } from './zip.ts';

/** What each operator means. */
export const definitions: { readonly [T in OpType]: OpDefinition<OpAttributes[T]> } = {
  'conv-2d': conv2d,
  'depthwise-conv-2d': depthwiseConv2d,
  'fully-connected': fullyConnected,
  matmul,
  'pool-2d': pool2d,
  reduce,
  softmax,
  'log-softmax': logSoftmax,
  zip,
  map,
  pad,
  concat,
  reshape,
  transpose,
  slice,
  gather,
  scatter,
  'arg-reduce': argReduce,
  'top-k': topK,
  cumulative,
  cast,
  'resize-bilinear': resizeBilinear,
  compare,
  select,
  recurrent,
  'integer-lstm': integerLstm,
  quantize,
  dequantize,
  requantize,
};

/** Shapes of the outputs of `op`. Throws RangeError with the reason where the inputs do not fit together. */
export function outputShapes<T extends OpType>(op: Op<T>, inputs: readonly TensorType[]): readonly Shape[] {
  return definitionOf(op).outputShapes(op.attributes, inputs);
}

/** What is wrong with dtypes, quantization or attributes, as sentences. The shapes have passed {@link outputShapes}. */
export function opViolations<T extends OpType>(
  op: Op<T>,
  inputs: readonly TensorType[],
  outputs: readonly TensorType[],
): readonly string[] {
  return definitionOf(op).violations(op.attributes, inputs, outputs);
}

/** The reference result of `op`, one tensor for each of `outputTypes`. */
export function evaluateOp<T extends OpType>(
  op: Op<T>,
  inputs: readonly Tensor[],
  outputTypes: readonly TensorType[],
  rounding: Rounding,
): readonly Tensor[] {
  return definitionOf(op).evaluate(op.attributes, inputs, outputTypes, rounding);
}

/** The work of `op`. */
export function opCost<T extends OpType>(
  op: Op<T>,
  inputs: readonly TensorType[],
  outputs: readonly TensorType[],
): OpCost {
  return definitionOf(op).cost(op.attributes, inputs, outputs);
}

/** How output channels of `op` depend on input channels. */
export function channelRule<T extends OpType>(op: Op<T>, inputs: readonly TensorType[]): ChannelRule {
  return definitionOf(op).channelRule(op.attributes, inputs);
}

function definitionOf<T extends OpType>(op: Op<T>): OpDefinition<OpAttributes[T]> {
  return definitions[op.type];
}
