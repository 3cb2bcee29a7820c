import type { ScalarExpression } from '../../../ops/scalar-expression.ts';
import type { Encoding, IntegerFormat } from '../format.ts';
import { computes, moves, product, staysReal } from './kinds.ts';
import type { QuantizationRules } from './rule.ts';

/** int8 results of these functions have the scales of the TFLite 8-bit specification, so that the model can be written as TFLite. */
const softmaxOutput: Encoding = { kind: 'per-tensor', scale: 1 / 256, zeroPoint: -128 };
const tanhOutput: Encoding = { kind: 'per-tensor', scale: 1 / 128, zeroPoint: 0 };
const logSoftmaxOutput: Encoding = { kind: 'per-tensor', scale: 1 / 16, zeroPoint: 127 };

function mapOutput({ expression }: { readonly expression: ScalarExpression }, format: IntegerFormat): Encoding | null {
  if (expression.kind !== 'unary' || expression.of.kind !== 'x' || format !== 'int8') return null;
  if (expression.fn === 'logistic') return softmaxOutput;
  return expression.fn === 'tanh' ? tanhOutput : null;
}

/** How every operator is quantized. What a kernel does not take in the end stays real, see `lower`. */
export const quantizationRules: QuantizationRules = {
  'conv-2d': product(() => 0),
  'depthwise-conv-2d': product(({ shape }) => shape.length - 1),
  'fully-connected': product(() => 0),
  matmul: computes(['int8']),
  'pool-2d': moves(),
  reduce: computes(['int8', 'int16'], undefined, ({ kind }) => kind === 'max' || kind === 'min'),
  softmax: computes(['int8'], () => softmaxOutput),
  'log-softmax': computes(['int8'], () => logSoftmaxOutput),
  zip: computes(['int8', 'int16'], undefined, ({ fn }) => fn === 'max' || fn === 'min'),
  map: computes(['int8', 'int16'], mapOutput),
  pad: moves(),
  concat: moves(),
  reshape: moves(),
  transpose: moves(),
  slice: moves(),
  gather: moves([1]),
  scatter: moves([1]),
  'arg-reduce': computes(['int8']),
  'top-k': moves([], ['int8']),
  cumulative: staysReal(),
  cast: staysReal(),
  'resize-bilinear': moves([], ['int8']),
  compare: computes(['int8'], undefined, () => true),
  select: moves([0]),
  recurrent: staysReal(),
  'integer-lstm': staysReal(),
  quantize: staysReal(),
  dequantize: staysReal(),
  requantize: staysReal(),
};
