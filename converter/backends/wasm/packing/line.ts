import { at } from '../../../ops/definition.ts';
import type { FixedPointMultiplier, Rounding } from '../../../tensor/requantize.ts';
import { panelChannels } from './panels.ts';
import type { Requantization } from './requantization.ts';

/** Where outputs lie. */
export interface OutputBounds {
  readonly zero: number;
  readonly min: number;
  readonly max: number;
}

/** Constants of one channel; see {@link planLine}. */
interface Line {
  readonly multiplier: number;
  readonly lift: number;
  readonly offset: bigint;
  readonly step: number;
}

/**
 * The form `line`: y = (acc * lift * multiplier + offset - (acc < 0 ? step * 2^32 : 0)) >> T, zero point included, for sums of at
 * most `bounds[channel]` in magnitude; null where it does not hold them.
 *
 * With m / 2^31 the fraction of the factor, r its right shift and h = (acc * m + 2^30) >> 31, `exact` is (h + 2^(r-1) - (h < 0)) >> r.
 * Since floor(floor(a / p) / q) = floor(a / (p q)), that is (acc * m + 2^30 + 2^(30+r) - (h < 0) 2^31) >> (31 + r), where h < 0
 * can be read as acc < 0: they differ for h = 0 alone, which gives 0 either way. It is multiplied by lift = 2^(T-31-r), so that T is
 * one amount for the layer. Where outputs are clamped at the zero point, as after a ReLU, the term of the sign moves numbers below 0
 * by at most 1, to 0 at most, and is left out. `single` has no such term and the rounding 2^(30+r).
 */
export function planLine(
  factors: readonly FixedPointMultiplier[],
  bounds: readonly number[],
  rounding: Rounding,
  { zero, min, max }: OutputBounds,
): Requantization | null {
  if (rounding === 'float' || factors.some(({ shift }) => shift > 0)) return null;
  const live = factors.filter(({ multiplier }) => multiplier !== 0);
  const deepest = Math.max(0, ...live.map(({ shift }) => -shift));
  const hasSign = rounding === 'exact' && min < zero;
  const total = Math.max(32, (hasSign ? 32 : 31) + deepest);
  const fits = factors.every(({ multiplier, shift }, i) => {
    return multiplier === 0 || at(bounds, i) * 2 ** (total - 31 + shift) < 2 ** 31;
  });
  if (!fits || total > 54) return null;
  const lines = factors.map((factor) => lineOf(factor, total, rounding, zero));
  const [first] = lines;
  const isUniform = lines.every(({ lift }) => lift === first?.lift);
  const pre = !isUniform || (first?.lift ?? 1) > 2 ? 'lanes' : first?.lift === 2 ? 'double' : 'none';
  const sign = !hasSign || lines.every(({ step }) => step === 0) ? 'none' : 'lanes';
  const ones = lines.every(({ step }) => step === 1);
  const vectors = [Int32Array.from(lines, ({ multiplier }) => multiplier), ...offsetVectors(lines)];
  if (pre === 'lanes') vectors.push(Int32Array.from(lines, ({ lift }) => lift));
  if (sign === 'lanes' && !ones) vectors.push(Int32Array.from(lines, ({ step }) => step));
  const isClamped = min > -128 || max < 127;
  const form = {
    kind: 'line',
    pre,
    sign: sign === 'lanes' && ones ? 'one' : sign,
    shift: total - 32,
    isClamped,
  } as const;
  return { form, shift: 0, vectors };
}

function lineOf({ multiplier, shift }: FixedPointMultiplier, total: number, rounding: Rounding, zero: number): Line {
  const zeroTerm = BigInt(zero) << BigInt(total);
  if (multiplier === 0) return { multiplier: 0, lift: 1, offset: zeroTerm + (1n << BigInt(total - 1)), step: 0 };
  const right = BigInt(-shift);
  const first = rounding === 'exact' ? 1n << 30n : 0n;
  const second = rounding === 'exact' && right === 0n ? 0n : 1n << (30n + right);
  const lift = 2 ** (total - 31 + shift);
  const step = rounding === 'exact' && right > 0n ? Math.floor(lift / 2) : 0;
  return { multiplier, lift, offset: (first + second) * BigInt(lift) + zeroTerm, step };
}

/** Offsets of channels 0, 1, 4 and 5 of each panel as 64 bits, and of 2, 3, 6 and 7: pairs lie where vectors of four channels are read. */
function offsetVectors(lines: readonly Line[]): [Int32Array, Int32Array] {
  const padded = Math.ceil(lines.length / panelChannels) * panelChannels;
  const vectors: [Int32Array, Int32Array] = [new Int32Array(padded), new Int32Array(padded)];
  lines.forEach(({ offset }, channel) => {
    const place = channel - (channel % 4) + 2 * (channel % 2);
    const vector = vectors[channel % 4 < 2 ? 0 : 1];
    vector[place] = Number(BigInt.asIntN(32, offset));
    vector[place + 1] = Number(BigInt.asIntN(32, offset >> 32n));
  });
  return vectors;
}
