import type { OpAttributes } from '../../../ops/op.ts';
import type { Step } from '../../../plan/program.ts';
import { dimension, elementCount } from '../../../tensor/shape.ts';
import { arithmeticOf, type Unsupported, unsupported } from '../../kernel.ts';
import type { KernelContext } from '../kernel.ts';
import { constantData, inputOf, zeroPointOf } from '../operand.ts';

/** Operators that sum products of data and weights. */
export type ProductOp = 'conv-2d' | 'depthwise-conv-2d' | 'fully-connected';

/** What keeps a sum of products from being emitted: computed weights, other dtypes, sums that leave 32 bits. */
export function productProblem<T extends ProductOp & keyof OpAttributes>(
  step: Step<T>,
  _: KernelContext,
): Unsupported | null {
  const types = step.inputs.map((operand) => operand.type);
  const arithmetic = arithmeticOf(types);
  if (arithmetic === 'other') {
    const dtypes = types.map((type) => type.dtype).join(', ');
    return unsupported(`${step.op.type} of ${dtypes} has no C kernel`, 'convert the model to int8 or float32');
  }
  if (arithmetic === 'float32') return null;
  const computed = [inputOf(step, 1), inputOf(step, 2)].find((operand) => operand.kind !== 'constant');
  if (computed !== undefined) {
    return unsupported(
      `the weights or bias "${computed.name}" are computed while the model runs`,
      'keep this operator in float32, or make them constant',
    );
  }
  if (arithmetic === 'int8' && largestSum(step) >= 2 ** 31) {
    return unsupported('a sum of products can leave 32 bits', 'make the bias or the weights smaller');
  }
  return null;
}

/** An upper bound of |partial sum| over all inputs, of any order of summation. */
function largestSum(step: Step): number {
  const [input, weights, bias] = [inputOf(step, 0), inputOf(step, 1), inputOf(step, 2)];
  const data = constantData(weights);
  const shape = weights.type.shape;
  const depthwise = step.op.type === 'depthwise-conv-2d';
  const channels = dimension(shape, depthwise ? -1 : 0);
  const perChannel = elementCount(shape) / channels;
  const weightZero = zeroPointOf(weights.type);
  const inputZero = zeroPointOf(input.type);
  const totals = new Float64Array(channels);
  for (let i = 0; i < data.length; i++) {
    const channel = depthwise ? i % channels : Math.floor(i / perChannel);
    const weight = Math.abs((data[i] ?? 0) - weightZero) + 2 * Math.abs(weightZero);
    totals[channel] = (totals[channel] ?? 0) + weight * (128 + Math.abs(inputZero));
  }
  const biases = constantData(bias);
  return totals.reduce((most, total, channel) => Math.max(most, total + Math.abs(biases[channel] ?? 0)), 0);
}
