import { integerRange } from '../../../tensor/dtype.ts';
import { type Expr, f32x4, f64x2, i8x16, i32, i32x4, type Local, v128 } from '../assembler/index.ts';
import type { RequantizationForm } from '../packing/requantization.ts';
import { routine } from '../routine.ts';
import { elementwiseParams, emitElementwise, type LaneType } from './elementwise.ts';
import { roundedAway } from './quantize-batch.ts';
import { emitRequantize } from './requantize.ts';

/** An integer element type. */
export type IntegerLane = Exclude<LaneType, 'float32'>;

const int32 = integerRange.int32;

function clampInt32(value: number): number {
  return Math.max(int32.min, Math.min(int32.max, value));
}

/** clamp(value, min, max) + zero of int32 lanes without overflow: the bounds are moved instead. */
function shifted(value: Expr<'v128'>, zero: number, min: number, max: number): Expr<'v128'> {
  const splat = (n: number) => v128.const('i32x4', [n, n, n, n]);
  const low = splat(clampInt32(min - zero));
  const high = splat(clampInt32(max - zero));
  return i32x4.add(i32x4.min_s(i32x4.max_s(value, low), high), splat(zero));
}

export interface QuantizeConfig {
  readonly to: IntegerLane;
  readonly scale: number;
  readonly zero: number;
}

/** float32 to stored integers: clamp(round(x / scale) + zero), ties away from zero. */
export const quantizeElements = routine({
  params: elementwiseParams,
  name: ({ to }: QuantizeConfig) => `quantize to ${to}`,
  emit(f, params, { to, scale, zero }, library) {
    const { min, max } = integerRange[to];
    emitElementwise(f, library, params, { from: 'float32', to }, (value) => {
      f.set(value, quotient(value, scale));
      f.set(value, roundedAway(value));
      f.set(value, shifted(i32x4.trunc_sat_f32x4_s(value), zero, min, max));
    });
  },
});

/** x / scale rounded to float32; a scale that is no float32 divides in double precision. */
function quotient(value: Local<'v128'>, scale: number): Expr<'v128'> {
  if (Math.fround(scale) === scale) return f32x4.div(value, v128.const('f32x4', [scale, scale, scale, scale]));
  const divisor = v128.const('f64x2', [scale, scale]);
  const half = (x: Expr<'v128'>) => f32x4.demote_f64x2_zero(f64x2.div(f64x2.promote_low_f32x4(x), divisor));
  const upper = i8x16.shuffle(value, value, [8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15]);
  return i8x16.shuffle(half(value), half(upper), [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23]);
}

export interface DequantizeConfig {
  readonly from: IntegerLane;
  readonly scale: number;
  readonly zero: number;
}

/** scale * (x - zero). */
export const dequantizeElements = routine({
  params: elementwiseParams,
  name: ({ from }: DequantizeConfig) => `dequantize from ${from}`,
  emit(f, params, { from, scale, zero }, library) {
    const factor = v128.const('f32x4', [scale, scale, scale, scale]);
    const offset = v128.const('i32x4', [zero, zero, zero, zero]);
    emitElementwise(f, library, params, { from, to: 'float32' }, (value) => {
      f.set(value, f32x4.mul(f32x4.convert_i32x4_s(i32x4.sub(value, offset)), factor));
    });
  },
});

export interface RequantizeConfig {
  readonly from: IntegerLane;
  readonly to: IntegerLane;
  readonly inputZero: number;
  readonly outputZero: number;
  readonly min: number;
  readonly max: number;
  readonly form: RequantizationForm;
  readonly shift: number;
  /** The one value of each vector of the form, the multiplier first. */
  readonly values: readonly number[];
}

/** Stored integers to stored integers of other parameters. */
export const requantizeElements = routine({
  params: elementwiseParams,
  name: ({ from, to }: RequantizeConfig) => `requantize ${from} to ${to}`,
  emit(f, params, config, library) {
    const { from, to, inputZero, outputZero, min, max, values } = config;
    const value = (index: number) => values[index - 1] ?? 0;
    emitElementwise(f, library, params, { from, to }, (acc) => {
      f.set(acc, i32x4.sub(acc, v128.const('i32x4', [inputZero, inputZero, inputZero, inputZero])));
      emitRequantize(f, library, config.form, acc, {
        vector: (index) => v128.const('i32x4', [value(index), value(index), value(index), value(index)]),
        lane: value,
        shift: config.shift,
      });
      f.set(acc, shifted(acc, outputZero, min, max));
    });
  },
});

/** x XOR 0x80 of bytes: int8 to uint8 and back, where the zero points differ by 128. */
export const flipBytes = routine({
  params: elementwiseParams,
  name: (_: null) => 'flip the sign of bytes',
  emit(f, { source, target, count }) {
    f.while(i32.ge_s(count, 16), () => {
      f.do(v128.store(target, v128.xor(v128.load(source, { align: 1 }), i8x16.splat(0x80)), { align: 1 }));
      f.set(source, i32.add(source, 16));
      f.set(target, i32.add(target, 16));
      f.set(count, i32.sub(count, 16));
    });
    f.while(count, () => {
      f.do(i32.store8(target, i32.xor(i32.load8_u(source), 0x80)));
      f.set(source, i32.add(source, 1));
      f.set(target, i32.add(target, 1));
      f.set(count, i32.sub(count, 1));
    });
  },
});
