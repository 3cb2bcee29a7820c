// @ts-check
/*
 * Whether two tensors are equal, as `thimble verify` has it: integers to the bit, floats within a part of the largest that is expected.
 */

/**
 * @typedef {object} Difference
 * @property {number} index Of the first element that is outside.
 * @property {number} expected
 * @property {number} actual
 * @property {number} count How many are outside.
 */

/**
 * The difference, or null. `tolerance` goes for floats alone; equal infinities and two NaNs agree.
 * @param {ArrayLike<number | bigint>} expected
 * @param {ArrayLike<number | bigint>} actual
 * @param {number} tolerance 0 for integers
 * @returns {Difference | null}
 */
export function difference(expected, actual, tolerance) {
  if (expected.length !== actual.length) throw new RangeError(`${expected.length} elements against ${actual.length}`);
  let largest = 0;
  for (let i = 0; i < expected.length; i++) {
    const size = Math.abs(Number(expected[i]));
    if (Number.isFinite(size) && size > largest) largest = size;
  }
  const allowed = tolerance * largest;
  let first = -1;
  let count = 0;
  for (let i = 0; i < expected.length; i++) {
    if (agree(expected[i] ?? 0, actual[i] ?? 0, allowed)) continue;
    if (first < 0) first = i;
    count++;
  }
  if (first < 0) return null;
  return { index: first, expected: Number(expected[first]), actual: Number(actual[first]), count };
}

/** @param {number | bigint} expected @param {number | bigint} actual @param {number} allowed */
function agree(expected, actual, allowed) {
  if (typeof expected === 'bigint' || typeof actual === 'bigint') return expected === actual;
  return Object.is(expected, actual) || Math.abs(actual - expected) <= allowed;
}
