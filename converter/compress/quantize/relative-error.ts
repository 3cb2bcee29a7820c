import { numericData, type Tensor } from '../../tensor/tensor.ts';

/** Squared error of `found` over the squared size of `expected`; 0 where there is nothing to compare, or nothing expected but zeros. */
export function relativeError(expected: Tensor, found: Tensor | undefined): number {
  if (found === undefined) return 0;
  const [want, have] = [numericData(expected), numericData(found)];
  let [error, size] = [0, 0];
  for (let i = 0; i < want.length; i++) {
    const value = want[i] ?? 0;
    const difference = value - (have[i] ?? 0);
    error += difference * difference;
    size += value * value;
  }
  return size === 0 ? 0 : error / size;
}
