const buffer = new DataView(new ArrayBuffer(8));

/**
 * The IEEE 754 binary16 bit pattern nearest to `value`, ties to even; beyond 65504 it becomes infinity from 65520 on.
 * NaN becomes the quiet NaN 0x7e00.
 */
export function numberToFloat16(value: number): number {
  buffer.setFloat64(0, value);
  const sign = (buffer.getUint8(0) & 0x80) << 8;
  const magnitude = Math.abs(value);
  if (Number.isNaN(value)) return 0x7e00;
  if (magnitude >= 65520) return sign | 0x7c00;
  if (magnitude < 2 ** -14) return sign | roundHalfEven(magnitude * 2 ** 24);
  const exponent = ((buffer.getUint16(0) >> 4) & 0x7ff) - 1023;
  // A mantissa that rounds up to 1024 carries into the exponent, which is the right pattern.
  return sign | (((exponent + 15) << 10) + roundHalfEven((magnitude * 2 ** -exponent - 1) * 1024));
}

/** Nearest integer of a non-negative value, ties to even. */
function roundHalfEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  if (rest !== 0.5) return rest < 0.5 ? below : below + 1;
  return below % 2 === 0 ? below : below + 1;
}
