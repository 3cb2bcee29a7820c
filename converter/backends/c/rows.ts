import { longestStoredRow } from '../../ops/softmax.ts';
import { dimension } from '../../tensor/shape.ts';
import type { TensorType } from '../../tensor/tensor.ts';
import { type Unsupported, unsupported } from '../kernel.ts';
import { c } from './quote.ts';

/** Runs `body` for each of `rows` rows of `depth` elements, with `input` and `output` at the beginning of the row. */
export function eachRow(rows: number, depth: number, body: string): string {
  if (rows === 1) return body;
  return c`
    for (int32_t row = 0; row < ${rows}; row++) {
        ${body}
        input += ${depth};
        output += ${depth};
    }
  `;
}

/** Why softmax or log-softmax cannot take rows of this type, or null. */
export function longRowProblem({ dtype, shape }: TensorType): Unsupported | null {
  if (dtype === 'float32' || dimension(shape, -1) <= longestStoredRow) return null;
  return unsupported(`a row of ${dimension(shape, -1)} elements is too long`, `use at most ${longestStoredRow}`);
}
