import type { Step } from '../../../plan/program.ts';
import { dimension } from '../../../tensor/shape.ts';
import type { CLayer } from '../kernel.ts';
import { MOST_SUMMED, poolArithmetic } from '../kernels/pool-2d.ts';
import { inputOf, outputOf } from '../operand.ts';
import { c } from '../quote.ts';
import { eitherWay } from '../variants.ts';

/**
 * A pool over all rows and columns of an int8 tensor, row by row: `row` is number `y` of them, `sums` holds what the rows before
 * gave, and the last row makes the output.
 */
export function totalLayer(step: Step<'pool-2d'>): CLayer {
  const { shape } = inputOf(step, 0).type;
  const [height, width, channels] = [dimension(shape, 1), dimension(shape, 2), dimension(shape, 3)];
  const { first, join, finish } = poolArithmetic(step.op.attributes, outputOf(step).type);
  const isAverage = step.op.attributes.kind === 'average';
  const isFours = isAverage && channels % 4 === 0 && width <= MOST_SUMMED;
  const portable = c`
    for (int32_t c = 0; c < ${channels}; c++) {
        int32_t value = y == 0 ? ${first} : sums[c];
        const int8_t *from = row + c;
        for (int32_t x = 0; x < ${width}; x++, from += ${channels}) {
            ${join}
        }
        sums[c] = value;
    }
  `;
  return {
    stem: `${step.op.attributes.kind}_pool_rows`,
    parameters: [
      { declaration: 'const int8_t *row', argument: { kind: 'operand', operand: inputOf(step, 0) } },
      { declaration: 'int32_t *sums', argument: { kind: 'sums' } },
      { declaration: 'int8_t *output', argument: { kind: 'operand', operand: outputOf(step) } },
      { declaration: 'int32_t y', argument: { kind: 'row' } },
    ],
    body: c`
      ${isFours ? eitherWay(fours(width, channels), portable) : portable}
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

/** Sums of four channels at a time, for Armv7E-M. */
function fours(width: number, channels: number): string {
  return c`
    if (y == 0) {
        memset(sums, 0, ${channels} * sizeof *sums);
    }
    for (int32_t c = 0; c < ${channels}; c += 4) {
        uint32_t pairs[2] = {0, 0};
        const int8_t *from = row + c;
        for (int32_t x = 0; x < ${width}; x++, from += ${channels}) {
            thimble_add_bytes(pairs, from);
        }
        sums[c] += (int16_t)pairs[0];
        sums[c + 1] += (int16_t)pairs[1];
        sums[c + 2] += (int16_t)(pairs[0] >> 16);
        sums[c + 3] += (int16_t)(pairs[1] >> 16);
    }
  `;
}
