import { UsageError } from '../usage.ts';

/** Microseconds of `30ms`, `250us` or `1.5s`. Throws UsageError, which names `option`. */
export function parseDuration(text: string, option: string): number {
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)\s*(us|ms|s)$/.exec(text.trim()) ?? [];
  const us = Number(number) * ({ us: 1, ms: 1000, s: 1e6 }[unit] ?? 0);
  if (us > 0) return us;
  throw new UsageError(`${option} ${text} is no time`, `write it as ${option} 30ms, 250us or 1.5s`);
}

/** A time that a person gave, as short as it is: `30 ms`. */
export function deadlineText(us: number): string {
  if (us < 1000) return `${us} us`;
  return us < 1e6 ? `${us / 1000} ms` : `${us / 1e6} s`;
}
