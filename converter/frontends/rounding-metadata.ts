import type { Rounding } from '../tensor/requantize.ts';

/** The name under which a file that we wrote says how its integers round; other readers pass over it. */
export const roundingMetadata = 'thimble.rounding';

const roundings: readonly Rounding[] = ['exact', 'single', 'float'];

/** The rounding of this name, or null. */
export function roundingNamed(name: string): Rounding | null {
  return roundings.find((rounding) => rounding === name) ?? null;
}
