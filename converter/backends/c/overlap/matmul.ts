import type { MatmulGeometry } from '../../../ops/matmul.ts';
import { limited, nestDistance, type Overlaps } from '../../../plan/overlap.ts';
import { dtypeBytes } from '../../../tensor/dtype.ts';
import { stridesOf } from '../../../tensor/shape.ts';
import type { TensorType } from '../../../tensor/tensor.ts';
import { typesMayAlias } from './alias.ts';

/**
 * Row by row of the product, `block` columns at a time and what is left one by one. A row of a is read for each of these blocks;
 * all of b is read for each row, the columns of a block at the time of the block.
 */
export function matmulOverlaps(
  g: MatmulGeometry,
  block: number,
  inputs: readonly TensorType[],
  outputs: readonly TensorType[],
): Overlaps {
  const [output] = outputs;
  const own = stridesOf([...g.batch, g.rows * g.columns]);
  return inputs.map((input, operand) => {
    if (output === undefined || !typesMayAlias(input, output)) return null;
    const [read, written] = [dtypeBytes[input.dtype], dtypeBytes[output.dtype]];
    const isA = operand === 0;
    const batches = g.batch.map((count, axis) => ({
      count,
      read: ((isA ? g.aBatchStrides : g.bBatchStrides)[axis] ?? 0) * read,
      written: (own[axis] ?? 0) * written,
    }));
    const rows = { count: g.rows, read: (isA ? g.aRow : 0) * read, written: g.columns * written };
    const last = g.columns - (g.columns % block === 0 ? block : 1);
    const columns = { count: last + 1, read: (isA ? 0 : g.bColumn) * read, written };
    return limited(nestDistance([...batches, rows, columns]), outputs);
  });
}
