import type { Geometry } from '../geometry.ts';
import type { CParameter } from '../kernel.ts';
import { tableParameter } from '../operand.ts';
import { c } from '../quote.ts';
import type { Accumulation } from './accumulation.ts';
import { columnBytes, isInBands } from './band-bytes.ts';
import { STACK_PANEL_BYTES } from './panel-bytes.ts';
import type { PairRequantizer } from './requantize.ts';

/** The most that a sum may be shifted to the right, so that the constant of a channel leaves room for the sum. */
const MOST_SHIFT = 21;

/** A depthwise convolution in bands of two rows, for Armv7E-M. */
export interface Bands {
  readonly body: string;
  /** The sizes, and the memory of the columns where it is not on the stack. */
  readonly parameters: readonly CParameter[];
  /** Statements for the other processors. */
  readonly unused: readonly string[];
}

/**
 * The bands of a depthwise convolution, see bands.h; null where the loop over the pixels is faster, or memory or numbers do not
 * allow them.
 *
 * @param weights C expression of the table of `fours.ts`
 * @param zeroPoint of the input
 */
export function bandsOf(
  g: Geometry,
  accumulation: Accumulation,
  requantizer: PairRequantizer,
  {
    weights,
    zeroPoint,
    spareBytes,
  }: { readonly weights: string; readonly zeroPoint: number; readonly spareBytes: number },
): Bands | null {
  const { style, uniform, offset } = requantizer;
  const isFloat = style === 'float';
  if (!isInBands(g) || columnBytes(g) > Math.max(STACK_PANEL_BYTES, spareBytes)) return null;
  if (!isFloat && accumulation.rows.some(({ shift }) => shift > MOST_SHIFT)) return null;
  if (isFloat && !accumulation.rows.every(({ multiplier }) => isHalvable(multiplier))) return null;
  if (accumulation.bound >= 2 ** 30) return null;
  const onStack = spareBytes < columnBytes(g);
  const sizes = [
    ...[uniform ? 0 : 2, offset, isFloat ? 1 : 0, zeroPoint, g.batch, g.channels],
    ...[g.height, g.width, g.outputHeight, g.outputWidth, g.top, g.left],
  ];
  return {
    body: c`
      ${onStack ? `uint32_t columns[${columnBytes(g) / 4}];` : ''}
      thimble_depthwise_bands(input, output, ${weights}, biases, factors, sizes, columns, thimble_band_${style});
    `,
    parameters: [
      tableParameter('sizes', { kind: 'numbers', stem: 'sizes', element: 'int32_t', data: sizes }),
      ...(onStack ? [] : [{ declaration: 'uint32_t *columns', argument: { kind: 'spare' } } as const]),
    ],
    unused: ['(void)sizes;', ...(onStack ? [] : ['(void)columns;'])],
  };
}

/** Whether half of a float32 factor, given by its bits, is a normal number. */
function isHalvable(bits: number): boolean {
  return bits >= 0x01000000;
}
