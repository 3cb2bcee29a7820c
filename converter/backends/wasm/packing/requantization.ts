import { at } from '../../../ops/definition.ts';
import { type FixedPointMultiplier, floatFactor, type Rounding } from '../../../tensor/requantize.ts';

/**
 * How int32 sums become int8 outputs in vectors. `acc` is the sum, `hi(v)` the upper half of a 64-bit product.
 *
 * - `exact`: h = hi(acc * pre * multiplier + 2^31), then a rounding right shift by s: y = (h + 2^(s-1) - (h < 0)) >> s.
 *   Since SRDHM(a, b) = (a*b + 2^30) >> 31 for both signs, h is SRDHM of acc with pre = 2. `post` says how to shift:
 *   not at all, by one amount for the layer, or per channel, as y = hi((t << 2) * 2^(30-s)).
 *   With `unshifted`, some channels have s = 0 and no correction of the sign.
 * - `single`: y = hi(acc * pre * multiplier + 2^(T-1)) >> (T - 32), where T is one amount for the layer, at least 32,
 *   and pre = 2^(T - t) lifts each channel from its own amount t.
 * - `float`: y = nearest(float32(acc) * factor), the factors as the bits of float32 numbers.
 * - `line`: one multiplication of 64 bits for the rounding, the zero point and the sign; see `line.ts`. Unless `isClamped`, the bounds
 *   of int8 are those of the output.
 * - `scalar`: one lane at a time in 64 bits, for factors that the vectors cannot hold.
 *
 * `pre` is the same for all channels (`none` is 1, `double` 2) or stored per channel (`lanes`).
 */
export type RequantizationForm =
  | { readonly kind: 'exact'; readonly pre: 'double' | 'lanes'; readonly post: ExactPost; readonly unshifted: boolean }
  | { readonly kind: 'single'; readonly pre: 'none' | 'lanes' }
  | {
      readonly kind: 'line';
      readonly pre: 'none' | 'double' | 'lanes';
      readonly sign: 'none' | 'one' | 'lanes';
      readonly shift: number;
      readonly isClamped: boolean;
    }
  | { readonly kind: 'float' }
  | { readonly kind: 'scalar'; readonly rounding: FixedPointRounding };

/** The roundings in fixed point. */
export type FixedPointRounding = Exclude<Rounding, 'float'>;

export type ExactPost = 'none' | 'uniform' | 'lanes';

/** The form chosen for a layer with its constants. */
export interface Requantization {
  readonly form: RequantizationForm;
  /** The one amount of `uniform` (s) or `single` (T - 32); 0 elsewhere. */
  readonly shift: number;
  /** Per channel, in the order in which {@link headerVectors} of the form lays them out behind the bias. */
  readonly vectors: readonly Int32Array[];
}

/** How many int32 vectors, the bias included, stand in front of the weights of 8 channels. */
export function headerVectors(form: RequantizationForm): number {
  switch (form.kind) {
    case 'exact':
      return 2 + (form.pre === 'lanes' ? 1 : 0) + (form.post === 'lanes' ? 2 : 0);
    case 'single':
      return 2 + (form.pre === 'lanes' ? 1 : 0);
    case 'line':
      return 4 + (form.pre === 'lanes' ? 1 : 0) + (form.sign === 'lanes' ? 1 : 0);
    case 'float':
      return 2;
    case 'scalar':
      return 3;
  }
}

/**
 * Chooses the cheapest form that is exact for sums of at most `bounds[channel]` in magnitude.
 */
export function planRequantization(
  factors: readonly FixedPointMultiplier[],
  bounds: readonly number[],
  rounding: Rounding,
): Requantization {
  if (rounding === 'float') {
    const bits = new Int32Array(Float32Array.from(factors, floatFactor).buffer);
    return { form: { kind: 'float' }, shift: 0, vectors: [bits] };
  }
  const planned = rounding === 'exact' ? planExact(factors, bounds) : planSingle(factors, bounds);
  return (
    planned ?? {
      form: { kind: 'scalar', rounding },
      shift: 0,
      vectors: [
        Int32Array.from(factors, (factor) => factor.multiplier),
        Int32Array.from(factors, (factor) => factor.shift),
      ],
    }
  );
}

function planExact(factors: readonly FixedPointMultiplier[], bounds: readonly number[]): Requantization | null {
  const lefts = factors.map(({ shift }) => Math.max(shift, 0));
  // A channel with factor 0 gives 0 under any shift; 1 keeps it in line with the others.
  const rights = factors.map(({ multiplier, shift }) => (multiplier === 0 ? 1 : Math.max(-shift, 0)));
  const fits = factors.every((_, i) => at(bounds, i) * 2 ** at(lefts, i) < 2 ** 28 && at(rights, i) <= 29);
  if (!fits) return null;
  const multipliers = Int32Array.from(factors, (factor) => factor.multiplier);
  const anyLeft = lefts.some((left) => left > 0);
  const first = rights[0] ?? 0;
  const uniform = rights.every((right) => right === first);
  const pre = anyLeft ? 'lanes' : 'double';
  const post = uniform ? (first === 0 ? 'none' : 'uniform') : 'lanes';
  const vectors = [multipliers];
  if (pre === 'lanes') vectors.push(Int32Array.from(lefts, (left) => 2 ** (left + 1)));
  if (post === 'lanes') {
    vectors.push(Int32Array.from(rights, (right) => (right === 0 ? 0 : 2 ** (right - 1))));
    vectors.push(Int32Array.from(rights, (right) => 2 ** (30 - right)));
  }
  const unshifted = post === 'lanes' && rights.includes(0);
  return { form: { kind: 'exact', pre, post, unshifted }, shift: post === 'uniform' ? first : 0, vectors };
}

function planSingle(factors: readonly FixedPointMultiplier[], bounds: readonly number[]): Requantization | null {
  const live = factors.filter(({ multiplier }) => multiplier !== 0);
  const total = Math.max(32, ...live.map(({ shift }) => 31 - shift));
  const lifts = factors.map(({ multiplier, shift }) => (multiplier === 0 ? 0 : total - 31 + shift));
  const fits = lifts.every((lift, i) => lift <= 30 && at(bounds, i) * 2 ** lift < 2 ** 31) && total <= 62;
  if (!fits) return null;
  const pre = lifts.some((lift) => lift > 0) ? 'lanes' : 'none';
  const vectors = [Int32Array.from(factors, (factor) => factor.multiplier)];
  if (pre === 'lanes') vectors.push(Int32Array.from(lifts, (lift) => 2 ** lift));
  return { form: { kind: 'single', pre }, shift: total - 32, vectors };
}
