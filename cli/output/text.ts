/** `12345678` as `12,345,678`; the fraction and the sign are kept. The same in every locale. */
export function formatCount(value: number | bigint): string {
  const text = String(value);
  const match = /^(-?)(\d+)(\.\d+)?$/.exec(text);
  if (match === null) return text;
  const [, sign = '', whole = '', fraction = ''] = match;
  return sign + whole.replace(/\B(?=(?:\d{3})+$)/g, ',') + fraction;
}

const byteUnits = ['KiB', 'MiB', 'GiB', 'TiB'] as const;

/** `12,345 B (12.1 KiB)`; below 1024 only the bytes. */
export function formatBytes(bytes: number): string {
  const exact = `${formatCount(bytes)} B`;
  let value = Math.abs(bytes);
  if (value < 1024) return exact;
  let unit = -1;
  do {
    value /= 1024;
    unit++;
  } while (value >= 1023.95 && unit < byteUnits.length - 1);
  return `${exact} (${bytes < 0 ? '-' : ''}${value.toFixed(1)} ${byteUnits[unit]})`;
}

/**
 * `text` with control characters and marks that turn the writing direction made visible (`\x1b`, `\u202e`), so that a name from a
 * file cannot steer the terminal.
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (char) => {
    const code = char.codePointAt(0) ?? 0;
    if (code < 256) return `\\x${code.toString(16).padStart(2, '0')}`;
    return code < 65536 ? `\\u${code.toString(16).padStart(4, '0')}` : `\\u{${code.toString(16)}}`;
  });
}
