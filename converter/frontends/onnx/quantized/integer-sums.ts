import { notQuantized } from '../../../tensor/quantization.ts';
import { dimension, elementCount } from '../../../tensor/shape.ts';
import type { TranslateOperator } from '../context.ts';

/** The int32 result of ConvInteger and MatMulInteger, computed as float32, which is exact below 2^24. Inputs: sums, centred weights. */
export const integerSums: TranslateOperator = (context) => {
  const [sums, weights] = [context.input(0), context.input(1)];
  const { shape } = weights.type;
  const depth =
    context.int('convolution', 0) !== 0 ? elementCount(shape.slice(1)) : dimension(shape, shape.length === 1 ? 0 : -2);
  const values: ArrayLike<number | bigint> = weights.tensor?.data ?? [255];
  const largest = Array.from(values, Number).reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  if (depth * 255 * largest >= 2 ** 24) {
    throw context.unsupported(
      `a sum of ${depth} products, which may need more than 24 bits`,
      'read the result through a Cast to float32 only',
    );
  }
  context.bind(context.writeQuantized({ type: 'cast', attributes: {} }, [sums], 'int32', notQuantized));
};
