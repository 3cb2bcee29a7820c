import type { ValueId } from '../../../ir/graph.ts';
import { noClamp } from '../../../ops/definition.ts';
import type { HybridMode } from '../../../ops/hybrid.ts';
import type { Op } from '../../../ops/op.ts';
import { scaleAt } from '../../../tensor/quantization.ts';
import { dimension } from '../../../tensor/shape.ts';
import { dataAs, type Tensor, type TensorType, tensorType } from '../../../tensor/tensor.ts';
import type { OperatorContext, TranslateOperator } from '../context.ts';
import { biasOrZeros } from './convolution.ts';
import { cut, joined, layerActivation, mapped, stateInput } from './lstm-operands.ts';

/**
 * SVDF: F filters over the input, what they gave in the last M runs weighed over time, and `rank` of them added up for each of U units
 * (TFLite Micro `svdf_common.cc`; Nakkiran et al., "Compressing Deep Neural Networks using a Rank-Constrained Topology", 2015).
 *
 * Said with a fully connected layer, a state of [B,M,rank,U] from the oldest run to the newest and a depthwise convolution over all of
 * it. Filter u * rank + r of the file stands at r * U + u.
 */
export const svdf: TranslateOperator = (context) => {
  const { rank, fused_activation_function: activation, asymmetric_quantize_inputs } = context.options('SVDFOptions');
  if (context.inputCount !== 5) throw context.invalid(`it has ${context.inputCount} inputs, expected 5`);
  const [feature, time] = [context.constant(1, 'the feature weights'), context.constant(2, 'the time weights')];
  const input = context.input(0);
  const inputType = context.type(input);
  if (inputType.shape.length !== 2 || feature.type.shape.length !== 2 || time.type.shape.length !== 2) {
    throw context.invalid('its input and weights must have 2 dimensions');
  }
  const [filters, memory] = [dimension(time.type.shape, 0), dimension(time.type.shape, 1)];
  const units = filters / rank;
  if (
    dimension(feature.type.shape, 0) !== filters ||
    !(rank >= 1) ||
    !Number.isInteger(units) ||
    filters * memory < 1
  ) {
    throw context.invalid(`${dimension(feature.type.shape, 0)} and ${filters} filters of rank ${rank} do not fit`);
  }
  const batch = dimension(inputType.shape, 0);
  const state = stateInput(context, 4, [batch, memory, rank, units]);
  const dtypes = [inputType, feature.type, time.type, context.type(state)].map(({ dtype }) => dtype).join(' ');
  const isHybrid = dtypes === 'float32 int8 int8 float32' || dtypes === 'float32 int8 float32 float32';
  if (dtypes !== 'float32 float32 float32 float32' && dtypes !== 'int8 int8 int8 int8' && !isHybrid) {
    throw context.unsupported(
      `an SVDF of ${dtypes} (input, feature weights, time weights, state) is not supported`,
      'use float32, int8 for all four, or float32 with int8 weights',
    );
  }
  const hybridMode = asymmetric_quantize_inputs ? 'asymmetric' : 'symmetric';
  const layer: Layer = { context, rank, units, memory, batch };
  const newest = filtered(layer, input, feature, context.type(state), isHybrid ? hybridMode : 'none');
  const next = memory === 1 ? newest : joined(context, [cut(context, state, 1, 1, memory - 1), newest], 1);
  context.assignVariable(4, next);
  const sum = weighed(layer, next, time);
  const isInteger = dtypes === 'int8 int8 int8 int8';
  // The integer kernels leave the activation to the range of the output.
  const result = isInteger ? sum : mapped(context, layerActivation(context, activation), sum);
  context.bind(0, context.reshape(result, [batch, units], context.outputTensor(0).name));
};

interface Layer {
  readonly context: OperatorContext;
  readonly rank: number;
  readonly units: number;
  readonly memory: number;
  readonly batch: number;
}

/** What the filters give now, [B,1,rank,U], of the type of the state. */
function filtered(
  { context, rank, units, batch }: Layer,
  input: ValueId,
  feature: Tensor,
  state: TensorType,
  hybrid: HybridMode,
): ValueId {
  const depth = dimension(feature.type.shape, 1);
  if (depth !== dimension(context.type(input).shape, 1))
    throw context.invalid('its feature weights do not fit its input');
  const { name } = context.outputTensor(0);
  const data = feature.data.slice();
  for (let r = 0; r < rank; r++) {
    for (let u = 0; u < units; u++) {
      const row = (u * rank + r) * depth;
      for (let k = 0; k < depth; k++) {
        const element = feature.data[row + k];
        if (element !== undefined) data[(r * units + u) * depth + k] = element;
      }
    }
  }
  const type = exactFactor(context, context.type(input), feature.type, state, 0, rank * units);
  const weights = context.builder.constant(`${name}/feature_weights`, { type, data });
  const op: Op = { type: 'fully-connected', attributes: { clamp: noClamp, hybrid } };
  // Position 5 is none of the operator's: a bias of zeros.
  const bias = biasOrZeros(context, 5, rank * units, input, weights);
  const sums = context.node(op, [input, weights, bias], state, `${name}/filters`);
  return context.reshape(sums, [batch, 1, rank, units]);
}

/** What the units give, [B,1,1,U]. */
function weighed({ context, rank, units, memory }: Layer, state: ValueId, time: Tensor): ValueId {
  const { name } = context.outputTensor(0);
  const output = context.outputType(0);
  const stateType = context.type(state);
  const shape = [1, memory, rank, units];
  const order = Array.from({ length: memory * rank * units }, (_, i) => {
    const [u, r, m] = [i % units, Math.floor(i / units) % rank, Math.floor(i / (units * rank))];
    return (u * rank + r) * memory + m;
  });
  const weights = context.builder.constant(`${name}/time_weights`, timeWeights(context, time, stateType, shape, order));
  const bias = biasOrZeros(context, 3, units, state, weights);
  const attributes = { strides: [1, 1], dilations: [1, 1], padding: { top: 0, left: 0, bottom: 0, right: 0 } } as const;
  const op: Op = { type: 'depthwise-conv-2d', attributes: { ...attributes, clamp: noClamp, hybrid: 'none' } };
  return context.node(op, [state, weights, bias], output, `${name}/weighed`);
}

/** The time weights in the order of the state; in float32 where the state is, as hybrid kernels have them. */
function timeWeights(
  context: OperatorContext,
  time: Tensor,
  state: TensorType,
  shape: readonly number[],
  order: readonly number[],
): Tensor {
  if (state.dtype === 'int8') {
    const stored = dataAs(time, 'int8');
    const type = { ...time.type, shape };
    return {
      type: exactFactor(context, state, type, context.outputType(0), 3, dimension(shape, 3)),
      data: Int8Array.from(order, (place) => stored[place] ?? 0),
    };
  }
  const { quantization: q } = time.type;
  const [scale, zero] = q.kind === 'per-tensor' ? [q.scale, q.zeroPoint] : [1, 0];
  if (time.type.dtype === 'int8' && q.kind !== 'per-tensor') throw context.invalid('its time weights need one scale');
  const type = tensorType('float32', shape);
  return { type, data: Float32Array.from(order, (place) => scale * (Number(time.data[place] ?? 0) - zero)) };
}

/**
 * int8 weights with the scales that give the factor of the original kernel: a product and quotient in float32, where products with
 * scales per channel are in double precision. Other weights stay as they are.
 */
function exactFactor(
  context: OperatorContext,
  input: TensorType,
  weights: TensorType,
  output: TensorType,
  axis: number,
  channels: number,
): TensorType {
  if (input.dtype !== 'int8') return weights;
  const { quantization: q } = weights;
  if (q.kind !== 'per-tensor' || q.zeroPoint !== 0) {
    throw context.unsupported('its weights need one scale and a zero point of 0', 'quantize the model again');
  }
  if (
    input.quantization.kind !== 'per-tensor' ||
    output.quantization.kind !== 'per-tensor' ||
    output.dtype !== 'int8'
  ) {
    throw context.invalid('its input, state and output need one scale each');
  }
  const [from, to] = [scaleAt(input.quantization, 0), scaleAt(output.quantization, 0)];
  const factor = Math.fround(Math.fround(from * q.scale) / to);
  const scales = new Array<number>(channels).fill((factor * to) / from);
  return { ...weights, quantization: { kind: 'per-channel', axis, scales, zeroPoints: scales.map(() => 0) } };
}
