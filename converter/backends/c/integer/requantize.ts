import type { Rounding } from '../../../tensor/requantize.ts';
import type { CParameter } from '../kernel.ts';
import { intLiteral } from '../literal.ts';
import { tableParameter } from '../operand.ts';
import type { ChannelRow } from '../table.ts';
import type { Accumulation } from './accumulation.ts';

/** The C of everything that happens to a sum: bias, factor, rounding, zero point and limits. */
export interface Requantizer {
  /** The table of the channels, one row each: `channels`, or `biases` where all channels have one factor. */
  readonly parameter: CParameter;
  /** `const int32_t *` or `const struct thimble_channel *` */
  readonly pointer: string;
  readonly name: string;
  /** The bias of row `index` of the table that `table` points into. */
  bias(table: string, index: number): string;
  /** The output of `sum` for that row, an int8_t. */
  output(sum: string, table: string, index: number): string;
}

/** The requantizer of an accumulation. */
export function requantizerOf(accumulation: Accumulation): Requantizer {
  const { rows, zeroPoint, low, high } = accumulation;
  const apply = requantizeFunction(accumulation.rounding, accumulation.bound, rows);
  const [first = { bias: 0, multiplier: 0, shift: 1 }] = rows;
  const uniform = rows.every((row) => row.multiplier === first.multiplier && row.shift === first.shift);
  if (uniform) {
    const data = rows.map((row) => row.bias);
    return {
      parameter: tableParameter('biases', { kind: 'numbers', stem: 'biases', element: 'int32_t', data }),
      pointer: 'const int32_t *',
      name: 'biases',
      bias: (table, index) => `${table}[${index}]`,
      output: (sum) =>
        `thimble_int8(thimble_${apply}(${sum}, ${intLiteral(first.multiplier)}, ${first.shift}, ${zeroPoint}), ${low}, ${high})`,
    };
  }
  return {
    parameter: tableParameter('channels', { kind: 'channels', stem: 'channels', rows }),
    pointer: 'const struct thimble_channel *',
    name: 'channels',
    bias: (table, index) => `${table}[${index}].bias`,
    output: (sum, table, index) =>
      `thimble_store_${apply}(${sum}, ${index === 0 ? table : `&${table}[${index}]`}, ${zeroPoint}, ${low}, ${high})`,
  };
}

/** The fastest function of integer.h, without `thimble_`, that is right for sums up to `bound` and these factors. */
export function requantizeFunction(
  rounding: Rounding,
  bound: number,
  rows: readonly Pick<ChannelRow, 'shift'>[],
): string {
  const least = Math.min(...rows.map((row) => row.shift));
  if (rounding === 'exact') return bound < 2 ** 30 && least >= 1 ? 'exact_right' : 'exact_any';
  return bound < 2 ** 29 && least >= 0 ? 'single_right' : 'single_any';
}
