import { invariant } from '../../../problem.ts';

/** How the 16 bytes of a vector literal are divided into lanes. */
export type LaneShape = 'i8x16' | 'i16x8' | 'i32x4' | 'i64x2' | 'f32x4' | 'f64x2';

const laneSizeBytes: { readonly [S in LaneShape]: number } = {
  i8x16: 1,
  i16x8: 2,
  i32x4: 4,
  i64x2: 8,
  f32x4: 4,
  f64x2: 8,
};

/** Narrows a word to a lane shape. */
export function isLaneShape(word: string): word is LaneShape {
  return Object.hasOwn(laneSizeBytes, word);
}

/**
 * The bytes of a vector literal, lane 0 first, little endian. Integer lanes may be given signed or unsigned; NaN becomes
 * the canonical one. Throws `InternalError` on a wrong number of lanes or a lane out of range.
 */
export function laneBytes(shape: LaneShape, lanes: readonly (number | bigint)[]): Uint8Array {
  const size = laneSizeBytes[shape];
  invariant(lanes.length === 16 / size, `v128.const: ${shape} has ${16 / size} lanes, not ${lanes.length}`);
  const view = new DataView(new ArrayBuffer(16));
  for (const [index, lane] of lanes.entries()) writeLane(view, index * size, shape, lane);
  return new Uint8Array(view.buffer);
}

function writeLane(view: DataView, at: number, shape: LaneShape, lane: number | bigint): void {
  if (shape === 'f32x4' || shape === 'f64x2') {
    invariant(typeof lane === 'number', `v128.const: lane ${lane} is not a number`);
    if (shape === 'f64x2') view.setFloat64(at, lane, true);
    else view.setFloat32(at, lane, true);
    if (Number.isNaN(lane)) writeCanonicalNaN(view, at, shape);
    return;
  }
  invariant(typeof lane === 'bigint' || Number.isInteger(lane), `v128.const: lane ${lane} is not an integer`);
  const bits = BigInt(laneSizeBytes[shape] * 8);
  const value = BigInt(lane);
  invariant(value >= -(1n << (bits - 1n)) && value < 1n << bits, `v128.const: ${lane} does not fit a lane of ${shape}`);
  if (shape === 'i8x16') view.setUint8(at, Number(BigInt.asUintN(8, value)));
  else if (shape === 'i16x8') view.setUint16(at, Number(BigInt.asUintN(16, value)), true);
  else if (shape === 'i32x4') view.setUint32(at, Number(BigInt.asUintN(32, value)), true);
  else view.setBigUint64(at, BigInt.asUintN(64, value), true);
}

function writeCanonicalNaN(view: DataView, at: number, shape: 'f32x4' | 'f64x2'): void {
  if (shape === 'f32x4') view.setUint32(at, 0x7fc0_0000, true);
  else view.setBigUint64(at, 0x7ff8n << 48n, true);
}
