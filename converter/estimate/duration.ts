/** Microseconds as a person reads them, in three digits: `950 us`, `41.2 ms`, `1.53 s`. */
export function durationText(us: number): string {
  if (us < 999.5) return `${digits(us)} us`;
  return us < 999_500 ? `${digits(us / 1000)} ms` : `${digits(us / 1e6)} s`;
}

/** `33.9 to 50.1 ms`; both units where they differ. */
export function rangeText([low, high]: readonly [number, number]): string {
  const [first, last] = [durationText(low), durationText(high)];
  const [number = '', unit = ''] = first.split(' ');
  return last.endsWith(` ${unit}`) ? `${number} to ${last}` : `${first} to ${last}`;
}

function digits(value: number): string {
  return value >= 99.95 ? Math.round(value).toString() : value.toPrecision(3);
}
