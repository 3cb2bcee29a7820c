import { UsageError } from '../usage.ts';

const units: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['b', 1],
  ['k', 1024],
  ['kib', 1024],
  ['m', 1024 ** 2],
  ['mib', 1024 ** 2],
]);

/**
 * Bytes from `65536`, `64k`, `64KiB` or `1.5M`; k is 1,024 and M 1,048,576 bytes. Throws UsageError, which names `option`, for anything
 * else: `kB`, which some take for 1,000, zero, and what is no whole number of bytes.
 */
export function parseBytes(text: string, option: string): number {
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?) ?([a-zA-Z]*)$/.exec(text.trim()) ?? [];
  const factor = units.get(unit.toLowerCase());
  const bytes = Number(number) * (factor ?? 0);
  if (number !== '' && Number.isSafeInteger(bytes) && bytes > 0) return bytes;
  throw new UsageError(`${option} ${text} is no number of bytes`, `write it as ${option} 65536, 64k or 1.5M`);
}
