/** Shortest decimal that the text format reads back as the same single float. */
export function f32Text(value: number, bits: number): string {
  if (Number.isNaN(value)) return nanText(bits < 0x8000_0000, (bits & 0x7f_ffff).toString(16), '400000');
  for (let digits = 1; digits <= 9 && Number.isFinite(value) && value !== 0; digits++) {
    const text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === value) return String(Number(text));
  }
  return f64Text(value);
}

/** Shortest decimal that the text format reads back as the same double. */
export function f64Text(value: number, bits = 0n): string {
  if (Number.isNaN(value)) return nanText(bits < 1n << 63n, BigInt.asUintN(52, bits).toString(16), '8000000000000');
  if (Object.is(value, -0)) return '-0';
  if (Number.isFinite(value)) return String(value);
  return value > 0 ? 'inf' : '-inf';
}

function nanText(positive: boolean, payload: string, canonical: string): string {
  return `${positive ? '' : '-'}nan${payload === canonical ? '' : `:0x${payload}`}`;
}

/** Bytes as the string literal of the text format. */
export function bytesText(bytes: Uint8Array): string {
  return `"${Array.from(bytes, (byte) => `\\${byte.toString(16).padStart(2, '0')}`).join('')}"`;
}

/** A name as the string literal of the text format. */
export function nameText(name: string): string {
  return bytesAreReadable(name) ? `"${name}"` : bytesText(new TextEncoder().encode(name));
}

function bytesAreReadable(name: string): boolean {
  return /^[\x20-\x7e]*$/.test(name) && !/["\\]/.test(name);
}
