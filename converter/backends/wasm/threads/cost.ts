import type { Op } from '../../../ops/op.ts';
import { opCost } from '../../../ops/registry.ts';
import { byteSize, type TensorType } from '../../../tensor/tensor.ts';
import { arithmeticOf } from '../../kernel.ts';

/**
 * Multiply-accumulates in a nanosecond that a layer does about, on one core of a current computer (x86-64 at 4 GHz): what decides whether
 * threads pay needs the order of magnitude and not more.
 */
const macsPerNs = {
  float32: { dense: 24, depthwise: 8 },
  int8: { dense: 60, depthwise: 16 },
  other: { dense: 16, depthwise: 4 },
} as const;

/** Bytes read and written in a nanosecond by what does nothing else. */
const bytesPerNs = 12;

/** About how long an operator takes. */
export function estimatedNs(op: Op, inputs: readonly TensorType[], outputs: readonly TensorType[]): number {
  const { macs, elements } = opCost(op, inputs, outputs);
  const arithmetic = arithmeticOf(inputs);
  const rates = arithmetic === 'float32' || arithmetic === 'int8' ? macsPerNs[arithmetic] : macsPerNs.other;
  const rate = op.type === 'depthwise-conv-2d' ? rates.depthwise : rates.dense;
  if (macs > 0) return macs / rate;
  const bytes = [...inputs, ...outputs].reduce((sum, type) => sum + byteSize(type), 0);
  return Math.max(bytes / bytesPerNs, elements / 4);
}
