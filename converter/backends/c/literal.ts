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
  const readsBack = (digits: number) => Math.fround(Number(value.toPrecision(digits))) === value;
  // More digits come no less near, so what fails with six fails with fewer; but below a power of two numbers lie closer together.
  let digits = !isPowerOfTwo(value) && !readsBack(6) ? 7 : 1;
  while (digits < 9 && !readsBack(digits)) digits++;
  return String(Number(value.toPrecision(digits)));
}

const bits = new Uint32Array(1);
const single = new Float32Array(bits.buffer);

function isPowerOfTwo(value: number): boolean {
  single[0] = value;
  return ((bits[0] ?? 0) & 0x7fffff) === 0;
}

/** An int32 as C text; the smallest has no literal of its own. */
export function intLiteral(value: number): string {
  return value === -2147483648 ? '(-2147483647 - 1)' : String(value);
}

/** A 64-bit integer as C text; the smallest has no literal of its own. */
export function wideLiteral(value: bigint, unsigned = false): string {
  if (unsigned) return `UINT64_C(${value})`;
  return value === -(2n ** 63n) ? '(-INT64_C(9223372036854775807) - 1)' : `INT64_C(${value})`;
}

/** A float64 as C text: the shortest decimal that reads back; macros for infinities and NaN. */
export function doubleLiteral(value: number): string {
  if (!Number.isFinite(value)) return floatLiteral(value);
  const text = Object.is(value, -0) ? '-0.0' : String(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}

/** The elements of `data` in the C of their element type. */
export function literalsOf(data: TensorData | readonly number[], float: boolean): string[] {
  return Array.from<number | bigint, string>(data, (value) => {
    if (typeof value === 'bigint') return wideLiteral(value, data instanceof BigUint64Array);
    if (data instanceof Float64Array) return doubleLiteral(value);
    if (data instanceof Uint32Array) return `${value}u`;
    return float ? floatLiteral(value) : intLiteral(value);
  });
}

/** `a, b, c,` in lines of at most {@link COLUMNS} characters, `indent` included. */
export function wrapItems(items: Iterable<string>, indent: string): string {
  return [...wrappedLines(items, indent)].join('\n');
}

/** The lines of {@link wrapItems}, one by one: a table may be too long to have them all at once. */
export function* wrappedLines(items: Iterable<string>, indent: string): Generator<string> {
  let line: string[] = [];
  let columns = indent.length - 1;
  for (const item of items) {
    if (columns + item.length + 2 > COLUMNS && line.length > 0) {
      yield `${indent}${line.join(' ')}`;
      line = [];
      columns = indent.length - 1;
    }
    line.push(`${item},`);
    columns += item.length + 2;
  }
  if (line.length > 0) yield `${indent}${line.join(' ')}`;
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
