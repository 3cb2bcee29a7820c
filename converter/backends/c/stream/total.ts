import type { Step } from '../../../plan/program.ts';
import { dimension } from '../../../tensor/shape.ts';
import type { CLayer } from '../kernel.ts';
import { poolArithmetic } from '../kernels/pool-2d.ts';
import { inputOf, outputOf } from '../operand.ts';
import { c } from '../quote.ts';

/**
 * A pool over all rows and columns of an int8 tensor, row by row: `row` is number `y` of them, `sums` holds what the rows before
 * gave, and the last row makes the output.
 */
export function totalLayer(step: Step<'pool-2d'>): CLayer {
  const { shape } = inputOf(step, 0).type;
  const [height, width, channels] = [dimension(shape, 1), dimension(shape, 2), dimension(shape, 3)];
  const { first, join, finish } = poolArithmetic(step.op.attributes, outputOf(step).type);
  const isAverage = step.op.attributes.kind === 'average';
  return {
    stem: `${step.op.attributes.kind}_pool_rows`,
    parameters: [
      { declaration: 'const int8_t *row', argument: { kind: 'operand', operand: inputOf(step, 0) } },
      { declaration: 'int32_t *sums', argument: { kind: 'sums' } },
      { declaration: 'int8_t *output', argument: { kind: 'operand', operand: outputOf(step) } },
      { declaration: 'int32_t y', argument: { kind: 'row' } },
    ],
    body: c`
      for (int32_t c = 0; c < ${channels}; c++) {
          int32_t value = y == 0 ? ${first} : sums[c];
          const int8_t *from = row + c;
          for (int32_t x = 0; x < ${width}; x++, from += ${channels}) {
              ${join}
          }
          sums[c] = value;
      }
      if (y == ${height - 1}) {
          ${isAverage ? `const int32_t count = ${height * width};` : ''}
          for (int32_t c = 0; c < ${channels}; c++) {
              int32_t value = sums[c];
              ${finish}
              output[c] = (int8_t)value;
          }
      }
    `,
    headers: ['integer.h'],
  };
}
