/** Bits that the fixed-point numbers below have behind the point. */
const precision = 400n;

/** atan(1 / n) in fixed point, by its Taylor series. */
function arcTangentOfInverse(n: bigint): bigint {
  let [sum, power] = [0n, (1n << precision) / n];
  for (let k = 1n; power !== 0n; k += 2n) {
    sum += k % 4n === 1n ? power / k : -(power / k);
    power /= n * n;
  }
  return sum;
}

/** Zero bits before the first bit of 2 / pi in {@link twoOverPiWords}. */
export const leadingZeros = 8;

/**
 * 2 / pi in binary: {@link leadingZeros} zeros, then the bits behind the point, 64 in each word, as signed words.
 * pi = 16 atan(1/5) - 4 atan(1/239) (John Machin, 1706).
 */
export const twoOverPiWords: readonly bigint[] = (() => {
  const pi = 16n * arcTangentOfInverse(5n) - 4n * arcTangentOfInverse(239n);
  const quotient = (2n << (2n * precision)) / pi;
  return [0n, 1n, 2n, 3n].map((word) => {
    const shift = precision - (64n * (word + 1n) - BigInt(leadingZeros));
    return BigInt.asIntN(64, quotient >> shift);
  });
})();
