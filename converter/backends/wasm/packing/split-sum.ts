import { type ZipConstants, zipStored } from '../../../ops/zip.ts';

/**
 * A weighted sum of two int8 that rounds once: y = (a aHigh + b bHigh + offsetHigh + ((a aLow + b bLow + offsetLow) >> 15)) >> shift,
 * clamped. The weights have 15 bits, so that each pair of products is one instruction.
 */
export interface SplitSum {
  readonly kind: 'split';
  readonly high: readonly [a: number, b: number, offset: number];
  readonly low: readonly [a: number, b: number, offset: number];
  readonly shift: number;
  readonly bounds: { readonly min: number; readonly max: number };
}

const lowBits = 15;

/**
 * A sum that rounds three times (`rescaled`) as one that rounds once, where that gives the same for each of the 65,536 pairs of int8;
 * else null. The offsets that are right for all of them are an interval: y 2^s <= a A + b B + offset < (y + 1) 2^s, of which a
 * bound of the output needs one side alone. Since floor(floor(x / p) / q) = floor(x / (p q)), the split changes nothing.
 */
export function splitSum(constants: ZipConstants): SplitSum | null {
  if (constants.kind !== 'rescaled') return null;
  const { aFactor, bFactor, factor, leftShift, subtract, bounds } = constants;
  const ratio = (one: typeof factor) =>
    one.multiplier * 2 ** (one.shift - 31) * factor.multiplier * 2 ** (factor.shift - 31) * 2 ** leftShift;
  const [aRatio, bRatio] = [ratio(aFactor), ratio(bFactor) * (subtract ? -1 : 1)];
  const shift = Math.min(15, Math.floor(14.99 - Math.log2(Math.max(Math.abs(aRatio), Math.abs(bRatio)))));
  if (shift < 1) return null;
  const unit = 2 ** (shift + lowBits);
  const [a, b] = [Math.round(aRatio * unit), Math.round(bRatio * unit)];
  const offset = offsetFor(constants, [a, b], unit);
  if (offset === null) return null;
  const [aParts, bParts, offsetParts] = [parts(a), parts(b), parts(offset)];
  const high = [aParts[0], bParts[0], offsetParts[0]] as const;
  return { kind: 'split', high, low: [aParts[1], bParts[1], offsetParts[1]], shift, bounds };
}

/** value = high * 2^15 + low with 0 <= low < 2^15. */
function parts(value: number): readonly [high: number, low: number] {
  const high = Math.floor(value / 2 ** lowBits);
  return [high, value - high * 2 ** lowBits];
}

/** The offset in the middle of those that give all outputs, or null. */
function offsetFor(
  constants: ZipConstants,
  [aWeight, bWeight]: readonly [number, number],
  unit: number,
): number | null {
  const { min, max } = constants.bounds;
  let [least, most] = [-(2 ** 44), 2 ** 44];
  for (let a = -128; a < 128; a++) {
    for (let b = -128; b < 128; b++) {
      const y = zipStored(constants, a, b, 'exact');
      const sum = a * aWeight + b * bWeight;
      if (y > min) least = Math.max(least, y * unit - sum);
      if (y < max) most = Math.min(most, (y + 1) * unit - 1 - sum);
    }
  }
  const offset = Math.floor((least + most) / 2);
  return least <= most && Math.abs(offset) < 2 ** (30 + lowBits) ? offset : null;
}
