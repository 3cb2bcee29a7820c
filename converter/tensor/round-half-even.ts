/** The nearest whole number, of two the even one; not finite values stay. */
export function roundHalfEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  if (rest !== 0.5) return rest < 0.5 || Number.isNaN(rest) ? below : below + 1;
  return below % 2 === 0 ? below : below + 1;
}
