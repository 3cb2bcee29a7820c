/**
 * Functions of two elements. Where a divisor is 0, whole numbers give 0.
 *
 * - `div` of whole numbers is truncated; `rem` is what it leaves, with the sign of a (C `fmod` for real numbers).
 * - `floor-div` is the quotient rounded down, `floor-mod` what it leaves, with the sign of b.
 * - `pow` of whole numbers with an exponent below 0 is the truncated real power.
 * - `and`, `or`, `xor` work on the bits of whole numbers; bools are one bit.
 * - `shift-left` and `shift-right` shift whole numbers by b places as if they had no end, so that wide shifts leave 0 (or -1); a
 *   negative b does not shift. To the right the sign comes in.
 * - `atan2` is the angle of the point (b, a), as in C.
 */
export type ZipFunction =
  | 'add'
  | 'sub'
  | 'mul'
  | 'div'
  | 'max'
  | 'min'
  | 'floor-div'
  | 'floor-mod'
  | 'rem'
  | 'pow'
  | 'atan2'
  | BitFunction;

/** Functions of bits, which real numbers do not have. */
export type BitFunction = 'and' | 'or' | 'xor' | 'shift-left' | 'shift-right';

/** Functions of real numbers. */
export type RealZipFunction = Exclude<ZipFunction, BitFunction>;

/** Functions of whole numbers. */
export type WholeZipFunction = Exclude<ZipFunction, 'atan2'>;

const bitFunctions: readonly ZipFunction[] = ['and', 'or', 'xor', 'shift-left', 'shift-right'];

/** Narrows to functions of real numbers. */
export function isRealFunction(fn: ZipFunction): fn is RealZipFunction {
  return !bitFunctions.includes(fn);
}

const shortWholeFunctions = ['add', 'sub', 'mul', 'max', 'min', 'div', 'floor-div', 'floor-mod'] as const;

/** Functions of int32 that back ends have in a few instructions; the others take a general path for every width. */
export type ShortWholeFunction = (typeof shortWholeFunctions)[number];

export function isShortWhole(fn: ZipFunction): fn is ShortWholeFunction {
  return shortWholeFunctions.some((short) => short === fn);
}

/** The function on real numbers; `round` rounds to their precision. A NaN among them gives NaN, but in `pow` as C says. */
export function zipReal(
  fn: RealZipFunction,
  a: number,
  b: number,
  round: (value: number) => number = Math.fround,
): number {
  switch (fn) {
    case 'add':
      return round(a + b);
    case 'sub':
      return round(a - b);
    case 'mul':
      return round(a * b);
    case 'div':
      return round(a / b);
    case 'max':
      return Math.max(a, b);
    case 'min':
      return Math.min(a, b);
    case 'rem':
      return a % b;
    case 'floor-mod':
      return round(floorModReal(a, b));
    case 'floor-div':
      return Math.floor(round(a / b));
    case 'pow':
      return round(powReal(a, b));
    case 'atan2':
      return round(Math.atan2(a, b));
  }
}

/** fmod, moved by b where the signs differ (TFLite `reference/floor_mod.h`). */
function floorModReal(a: number, b: number): number {
  const rest = a % b;
  return rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest;
}

/** C99 `pow` (F.9.4.4): 1 to any power is 1, and so is -1 to an infinite one. */
function powReal(a: number, b: number): number {
  if (a === 1) return 1;
  if (a === -1 && Math.abs(b) === Number.POSITIVE_INFINITY) return 1;
  return a ** b;
}

/** The function on whole numbers; see {@link ZipFunction}. The caller wraps to its width. */
export function zipWhole(fn: WholeZipFunction, a: bigint, b: bigint): bigint {
  switch (fn) {
    case 'add':
      return a + b;
    case 'sub':
      return a - b;
    case 'mul':
      return a * b;
    case 'div':
      return b === 0n ? 0n : a / b;
    case 'rem':
      return b === 0n ? 0n : a % b;
    case 'floor-div':
      return b === 0n ? 0n : (a - floorRemainder(a, b)) / b;
    case 'floor-mod':
      return b === 0n ? 0n : floorRemainder(a, b);
    case 'max':
      return a > b ? a : b;
    case 'min':
      return a < b ? a : b;
    case 'pow':
      return powWhole(a, b);
    case 'and':
      return a & b;
    case 'or':
      return a | b;
    case 'xor':
      return a ^ b;
    case 'shift-left':
      return b >= 64n ? 0n : a << (b < 0n ? 0n : b);
    case 'shift-right':
      return a >> (b < 0n ? 0n : b >= 64n ? 64n : b);
  }
}

/** a - b * floor(a / b) */
function floorRemainder(a: bigint, b: bigint): bigint {
  return ((a % b) + b) % b;
}

/** a to the power of b modulo 2^64, by squaring. */
function powWhole(a: bigint, b: bigint): bigint {
  if (b < 0n) return a === 1n ? 1n : a === -1n ? (b % 2n === 0n ? 1n : -1n) : 0n;
  let [result, square] = [1n, a];
  for (let rest = b; rest > 0n; rest >>= 1n) {
    if (rest % 2n === 1n) result = BigInt.asIntN(64, result * square);
    square = BigInt.asIntN(64, square * square);
  }
  return result;
}
