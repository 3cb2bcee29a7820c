import { UsageError } from '../usage.ts';

/** Microseconds as a person reads them: `950 us`, `41.2 ms`, `1.53 s`; three digits. */
export function durationText(us: number): string {
  if (us < 1000) return `${digits(us)} us`;
  return us < 1e6 ? `${digits(us / 1000)} ms` : `${digits(us / 1e6)} s`;
}

function digits(value: number): string {
  return value >= 100 ? Math.round(value).toString() : value.toPrecision(3).replace(/\.?0+$/, '');
}

/** Microseconds of `30ms`, `250us` or `1.5s`. Throws UsageError, which names `option`. */
export function parseDuration(text: string, option: string): number {
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)\s*(us|ms|s)$/.exec(text.trim()) ?? [];
  const us = Number(number) * ({ us: 1, ms: 1000, s: 1e6 }[unit] ?? 0);
  if (us > 0) return us;
  throw new UsageError(`${option} ${text} is no time`, `write it as ${option} 30ms, 250us or 1.5s`);
}
