import { prefixed, type Row, simd, simdAccess, simdLane, simdLaneAccess } from './row.ts';

const load = 'i32 -> v128';
const unary = 'v128 -> v128';
const binary = 'v128 v128 -> v128';

const v128Const: Row<'-> v128', { readonly kind: 'v128' }> = {
  opcode: prefixed(0xfd, 0x0c),
  signature: '-> v128',
  immediate: { kind: 'v128' },
};

const shuffle: Row<'v128 v128 -> v128', { readonly kind: 'shuffle' }> = {
  opcode: prefixed(0xfd, 0x0d),
  signature: 'v128 v128 -> v128',
  immediate: { kind: 'shuffle' },
};

/** Vector loads, stores, constants, lane movement and bitwise logic (WebAssembly 2.0, section 5.4.8). */
export const simdMemoryRows = {
  'v128.load': simdAccess(0x00, 16, load),
  'v128.load8x8_s': simdAccess(0x01, 8, load),
  'v128.load8x8_u': simdAccess(0x02, 8, load),
  'v128.load16x4_s': simdAccess(0x03, 8, load),
  'v128.load16x4_u': simdAccess(0x04, 8, load),
  'v128.load32x2_s': simdAccess(0x05, 8, load),
  'v128.load32x2_u': simdAccess(0x06, 8, load),
  'v128.load8_splat': simdAccess(0x07, 1, load),
  'v128.load16_splat': simdAccess(0x08, 2, load),
  'v128.load32_splat': simdAccess(0x09, 4, load),
  'v128.load64_splat': simdAccess(0x0a, 8, load),
  'v128.load32_zero': simdAccess(0x5c, 4, load),
  'v128.load64_zero': simdAccess(0x5d, 8, load),
  'v128.store': simdAccess(0x0b, 16, 'i32 v128 ->'),
  'v128.load8_lane': simdLaneAccess(0x54, 1, 'i32 v128 -> v128'),
  'v128.load16_lane': simdLaneAccess(0x55, 2, 'i32 v128 -> v128'),
  'v128.load32_lane': simdLaneAccess(0x56, 4, 'i32 v128 -> v128'),
  'v128.load64_lane': simdLaneAccess(0x57, 8, 'i32 v128 -> v128'),
  'v128.store8_lane': simdLaneAccess(0x58, 1, 'i32 v128 ->'),
  'v128.store16_lane': simdLaneAccess(0x59, 2, 'i32 v128 ->'),
  'v128.store32_lane': simdLaneAccess(0x5a, 4, 'i32 v128 ->'),
  'v128.store64_lane': simdLaneAccess(0x5b, 8, 'i32 v128 ->'),
  'v128.const': v128Const,
  'i8x16.shuffle': shuffle,
  'i8x16.swizzle': simd(0x0e, binary),
  'i8x16.splat': simd(0x0f, 'i32 -> v128'),
  'i16x8.splat': simd(0x10, 'i32 -> v128'),
  'i32x4.splat': simd(0x11, 'i32 -> v128'),
  'i64x2.splat': simd(0x12, 'i64 -> v128'),
  'f32x4.splat': simd(0x13, 'f32 -> v128'),
  'f64x2.splat': simd(0x14, 'f64 -> v128'),
  'i8x16.extract_lane_s': simdLane(0x15, 16, 'v128 -> i32'),
  'i8x16.extract_lane_u': simdLane(0x16, 16, 'v128 -> i32'),
  'i8x16.replace_lane': simdLane(0x17, 16, 'v128 i32 -> v128'),
  'i16x8.extract_lane_s': simdLane(0x18, 8, 'v128 -> i32'),
  'i16x8.extract_lane_u': simdLane(0x19, 8, 'v128 -> i32'),
  'i16x8.replace_lane': simdLane(0x1a, 8, 'v128 i32 -> v128'),
  'i32x4.extract_lane': simdLane(0x1b, 4, 'v128 -> i32'),
  'i32x4.replace_lane': simdLane(0x1c, 4, 'v128 i32 -> v128'),
  'i64x2.extract_lane': simdLane(0x1d, 2, 'v128 -> i64'),
  'i64x2.replace_lane': simdLane(0x1e, 2, 'v128 i64 -> v128'),
  'f32x4.extract_lane': simdLane(0x1f, 4, 'v128 -> f32'),
  'f32x4.replace_lane': simdLane(0x20, 4, 'v128 f32 -> v128'),
  'f64x2.extract_lane': simdLane(0x21, 2, 'v128 -> f64'),
  'f64x2.replace_lane': simdLane(0x22, 2, 'v128 f64 -> v128'),
  'v128.not': simd(0x4d, unary),
  'v128.and': simd(0x4e, binary),
  'v128.andnot': simd(0x4f, binary),
  'v128.or': simd(0x50, binary),
  'v128.xor': simd(0x51, binary),
  'v128.bitselect': simd(0x52, 'v128 v128 v128 -> v128'),
  'v128.any_true': simd(0x53, 'v128 -> i32'),
};
