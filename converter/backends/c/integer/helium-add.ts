import type { ZipConstants } from '../../../ops/zip.ts';
import { elementCount, shapesEqual } from '../../../tensor/shape.ts';
import type { TensorType } from '../../../tensor/tensor.ts';
import { c } from '../quote.ts';

/** The body of a sum of two int8 tensors of one shape with Helium, see add.h; null for what needs the general loops. */
export function heliumAdd(k: ZipConstants, a: TensorType, b: TensorType, output: TensorType): string | null {
  if (k.kind !== 'rescaled' || k.subtract || output.dtype !== 'int8' || k.leftShift !== LEFT_SHIFT) return null;
  if (!shapesEqual(a.shape, output.shape) || !shapesEqual(b.shape, output.shape)) return null;
  const factors = [k.aFactor, k.bFactor, k.factor];
  if (factors.some(({ multiplier, shift }) => multiplier === 0 || shift > 0 || shift < -31)) return null;
  const offset = (zero: number) => -zero * 2 ** LEFT_SHIFT;
  const operands = [offset(k.aZero), k.aFactor.multiplier, offset(k.bZero), k.bFactor.multiplier];
  const shifts = factors.map(({ shift }) => shift);
  return c`
    static const struct thimble_helium_add layer = {
        ${[elementCount(output.shape), ...operands].join(', ')},
        ${[k.factor.multiplier, k.zero, ...shifts, k.bounds.min, k.bounds.max].join(', ')},
    };
    thimble_helium_add(a, b, output, &layer);
  `;
}

/** Bits by which add.h moves its inputs to the left. */
const LEFT_SHIFT = 20;
