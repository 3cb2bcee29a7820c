import type { Rounding } from '../../../tensor/requantize.ts';
import type { CParameter } from '../kernel.ts';
import { intLiteral } from '../literal.ts';
import { tableParameter } from '../operand.ts';
import { c } from '../quote.ts';
import type { ChannelRow } from '../table.ts';
import type { DspProcessors } from '../variants.ts';
import type { Accumulation } from './accumulation.ts';

/** The C of everything that happens to a sum: bias, factor, rounding, zero point and limits. */
export interface Requantizer {
  /** The tables of the channels. */
  readonly parameters: readonly CParameter[];
  /** Declarations of what walks along the tables: `channel` and, where there are pairs, `factor`. */
  readonly start: string;
  /** The bias of the channel `index` places further on. */
  bias(index: number): string;
  /** The output of `sum` for that channel, an int8_t. */
  output(sum: string, index: number): string;
  /** Walks on by `channels`. */
  advance(channels: number): string;
}

/** The requantizer of an accumulation. */
export function requantizerOf(accumulation: Accumulation): Requantizer {
  const { rows, zeroPoint, low, high } = accumulation;
  const apply = requantizeFunction(accumulation.rounding, accumulation.bound, rows);
  const [first = { bias: 0, multiplier: 0, shift: 1 }] = rows;
  if (isUniform(rows)) {
    return {
      parameters: [biasesParameter(rows)],
      start: 'const int32_t *channel = biases;',
      bias: (index) => `channel[${index}]`,
      output: (sum) =>
        `thimble_int8(thimble_${apply}(${sum}, ${intLiteral(first.multiplier)}, ${first.shift}, ${zeroPoint}), ${low}, ${high})`,
      advance: (channels) => advanced('channel', channels),
    };
  }
  return {
    parameters: [tableParameter('channels', { kind: 'channels', stem: 'channels', rows })],
    start: 'const struct thimble_channel *channel = channels;',
    bias: (index) => `channel[${index}].bias`,
    output: (sum, index) =>
      `thimble_store_${apply}(${sum}, ${index === 0 ? 'channel' : `&channel[${index}]`}, ${zeroPoint}, ${low}, ${high})`,
    advance: (channels) => advanced('channel', channels),
  };
}

function biasesParameter(rows: readonly ChannelRow[]): CParameter {
  const data = rows.map((row) => row.bias);
  return tableParameter('biases', { kind: 'numbers', stem: 'biases', element: 'int32_t', data });
}

function isUniform(rows: readonly ChannelRow[]): boolean {
  const [first] = rows;
  return rows.every((row) => row.multiplier === first?.multiplier && row.shift === first.shift);
}

/** Requantization by pairs of factor and shift, as the tiles of Armv7E-M want it; see panel.h. */
export interface PairRequantizer extends Requantizer {
  /** Whether all channels have the same pair. */
  readonly uniform: boolean;
  /** `exact`; `clamped` where the low limit is the zero point, so that negative sums need no care; `single`; or `float`. */
  readonly style: 'exact' | 'clamped' | 'single' | 'float';
  /** Which processors have tiles of that style. */
  readonly processors: DspProcessors;
  /** As `output`, always by a pair: what is fastest on Armv7E-M. */
  pairOutput(sum: string, index: number): string;
  /** Twice the zero point of the output, and one. */
  readonly offset: number;
  /** The numbers of `factors`. */
  readonly pairs: readonly number[];
}

/** The requantizer by pairs, or null where a factor or a limit does not allow it. */
export function pairRequantizerOf(accumulation: Accumulation): PairRequantizer | null {
  const { rows, zeroPoint, low, high, rounding, bound } = accumulation;
  if (low !== -128 || high !== 127) return null;
  const isFloat = rounding === 'float';
  const fits = rows.every(({ multiplier, shift }) => multiplier >= 2 ** 30 && shift >= 1);
  if (!isFloat && (!fits || bound >= (rounding === 'exact' ? 2 ** 30 : 2 ** 29))) return null;
  const uniform = isUniform(rows);
  const pairs = (uniform ? rows.slice(0, 1) : rows).flatMap(({ multiplier, shift }) =>
    isFloat ? [multiplier, 0] : [(multiplier * 2) | 0, shift - 1],
  );
  const factors = tableParameter('factors', { kind: 'numbers', stem: 'factors', element: 'int32_t', data: pairs });
  const plain = uniform ? requantizerOf(accumulation) : null;
  const style = rounding !== 'exact' ? rounding : low >= zeroPoint ? 'clamped' : 'exact';
  const factor = uniform ? 'factors' : 'factor';
  const pairOutput = (sum: string, index: number) =>
    `thimble_pair_${style}(${sum}, ${index === 0 || uniform ? factor : `factor + ${2 * index}`}, ${zeroPoint})`;
  return {
    parameters: [biasesParameter(rows), factors],
    start: c`
      const int32_t *channel = biases;
      ${uniform ? '' : 'const int32_t *factor = factors;'}
    `,
    bias: (index) => `channel[${index}]`,
    output: (sum, index) => plain?.output(sum, index) ?? pairOutput(sum, index),
    pairOutput,
    advance: (channels) => c`
      ${advanced('channel', channels)}
      ${uniform ? '' : advanced('factor', 2 * channels)}
    `,
    uniform,
    style,
    processors: isFloat ? 'THIMBLE_DSP_FLOAT' : 'THIMBLE_DSP',
    offset: 2 * zeroPoint + 1,
    pairs,
  };
}

function advanced(pointer: string, by: number): string {
  return by === 1 ? `${pointer}++;` : `${pointer} += ${by};`;
}

/** The fastest function of integer.h, without `thimble_`, that is right for sums up to `bound` and these factors. */
export function requantizeFunction(
  rounding: Rounding,
  bound: number,
  rows: readonly Pick<ChannelRow, 'shift'>[],
): string {
  if (rounding === 'float') return 'float';
  const least = Math.min(...rows.map((row) => row.shift));
  if (rounding === 'exact') return bound < 2 ** 30 && least >= 1 ? 'exact_right' : 'exact_any';
  return bound < 2 ** 29 && least >= 0 ? 'single_right' : 'single_any';
}
