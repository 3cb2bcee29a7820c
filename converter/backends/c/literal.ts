import type { TensorData } from '../../tensor/dtype.ts';

/** Longest line of a generated file. */
const COLUMNS = 100;

/** A float32 as C text: the shortest decimal that reads back as the same float32; macros for infinities and NaN. */
export function floatLiteral(value: number): string {
  const single = Math.fround(value);
  if (Number.isNaN(single)) return 'NAN';
  if (!Number.isFinite(single)) return single < 0 ? '-INFINITY' : 'INFINITY';
  if (single === 0) return Object.is(single, -0) ? '-0.0f' : '0.0f';
  const text = shortest(single);
  return `${/[.e]/.test(text) ? text : `${text}.0`}f`;
}

/** The decimal of the fewest digits that reads back as the float32 `value`. */
function shortest(value: number): string {
  for (let digits = 1; digits < 9; digits++) {
    const text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === value) return String(Number(text));
  }
  return String(Number(value.toPrecision(9)));
}

/** An int32 as C text; the smallest has no literal of its own. */
export function intLiteral(value: number): string {
  return value === -2147483648 ? '(-2147483647 - 1)' : String(value);
}

/** An int64 as C text; the smallest has no literal of its own. */
export function wideLiteral(value: bigint): string {
  return value === -(2n ** 63n) ? '(-INT64_C(9223372036854775807) - 1)' : `INT64_C(${value})`;
}

/** A number that may be any int32, int64 or float32 of `data`, in the C of its element type. */
export function literalsOf(data: TensorData | readonly number[], float: boolean): string[] {
  return Array.from<number | bigint, string>(data, (value) => {
    if (typeof value === 'bigint') return wideLiteral(value);
    return float ? floatLiteral(value) : intLiteral(value);
  });
}

/** `a, b, c,` in lines of at most {@link COLUMNS} characters, `indent` included. */
export function wrapItems(items: readonly string[], indent: string): string {
  const lines: string[] = [];
  let line = indent;
  for (const item of items) {
    const next = line === indent ? `${indent}${item},` : `${line} ${item},`;
    if (next.length > COLUMNS && line !== indent) {
      lines.push(line);
      line = `${indent}${item},`;
    } else line = next;
  }
  if (line !== indent) lines.push(line);
  return lines.join('\n');
}

/** The user's text inside a C comment: printable ASCII, no end of comment, nothing that trips `-Wcomment`. */
export function commentText(text: string): string {
  const printable = text
    .replace(/[^\x20-\x7e]/g, '?')
    .replaceAll('*/', '*?')
    .replaceAll('/*', '/?');
  return printable.replace(/\?\?(?=[=/'()!<>-])/g, '? ');
}

/** The user's text as a C string literal: UTF-8 bytes outside printable ASCII as octal escapes. */
export function stringLiteral(text: string): string {
  const bytes = Array.from(new TextEncoder().encode(text), (byte) => {
    const char = String.fromCharCode(byte);
    if (char === '"' || char === '\\' || char === '?') return `\\${char}`;
    return byte >= 0x20 && byte < 0x7f ? char : `\\${byte.toString(8).padStart(3, '0')}`;
  });
  return `"${bytes.join('')}"`;
}
