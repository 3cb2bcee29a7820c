import {
  type Expr,
  type FunctionBuilder,
  f32,
  f32x4,
  f64,
  i8x16,
  i32,
  i32x4,
  type Local,
  v128,
} from '../assembler/index.ts';
import { routine } from '../routine.ts';

/** Lanes of `value` rounded to the nearest whole number, ties away from zero. Reads the local several times. */
export function roundedAway(value: Local<'v128'>): Expr<'v128'> {
  const whole = f32x4.trunc(value);
  const isUp = f32x4.ge(f32x4.abs(f32x4.sub(value, whole)), v128.const('f32x4', [0.5, 0.5, 0.5, 0.5]));
  const sign = v128.and(value, v128.const('i32x4', [0x80000000, 0x80000000, 0x80000000, 0x80000000]));
  const unit = v128.or(v128.const('f32x4', [1, 1, 1, 1]), sign);
  return f32x4.add(whole, v128.and(unit, isUp));
}

/**
 * Quantizes `count` floats to int8 with a scale and zero point of their own (`quantizeBatches` of `ops/hybrid.ts`) and
 * writes scale (float32) and zero point (int32) to `batch`. `target` has room for a multiple of four bytes.
 */
export const quantizeBatch = routine({
  params: { source: 'i32', target: 'i32', count: 'i32', batch: 'i32' },
  name: ({ mode }: { readonly mode: 'asymmetric' | 'symmetric' }) => `quantize ${mode}`,
  emit(f, { source, target, count, batch }, { mode }) {
    const [low, high] = [f.local('f32', 'low'), f.local('f32', 'high')];
    const [at, end, value] = [f.local('i32', 'at'), f.local('i32', 'end'), f.local('f32', 'value')];
    const [inverse, zero] = [f.local('f32', 'inverse'), f.local('i32', 'zero')];
    const v = f.local('v128', 'v');
    f.set(low, 0);
    f.set(high, 0);
    f.set(end, i32.add(source, i32.shl(count, 2)));
    f.set(at, source);
    f.doWhile(
      () => {
        f.set(value, f32.load(at));
        f.set(low, f32.min(low, value));
        f.set(high, f32.max(high, value));
      },
      i32.lt_u(f.tee(at, i32.add(at, 4)), end),
    );
    if (mode === 'symmetric') f.set(high, f32.max(high, f32.neg(low)));
    const isZero = mode === 'symmetric' ? f32.eq(high, 0) : f32.eq(high, low);
    f.set(zero, 0);
    f.if(
      isZero,
      () => {
        f.set(inverse, 1);
        f.do(f32.store(batch, 1));
      },
      () =>
        mode === 'symmetric'
          ? emitSymmetric(f, high, inverse, batch)
          : emitAsymmetric(f, { low, high, inverse, zero, batch }),
    );
    f.do(i32.store(batch, zero, { offset: 4 }));
    f.set(at, source);
    const least = mode === 'symmetric' ? -127 : -128;
    f.doWhile(
      () => {
        f.set(v, f32x4.mul(v128.load(at, { align: 4 }), f32x4.splat(inverse)));
        if (mode === 'asymmetric') f.set(v, f32x4.add(v, f32x4.splat(f32.convert_i32_s(zero))));
        f.set(v, i32x4.trunc_sat_f32x4_s(roundedAway(v)));
        f.set(v, i32x4.min_s(i32x4.max_s(v, i32x4.splat(least)), i32x4.splat(127)));
        f.do(v128.store32_lane(target, lowBytes(v), 0, { align: 1 }));
        f.set(target, i32.add(target, 4));
      },
      i32.lt_u(f.tee(at, i32.add(at, 16)), end),
    );
  },
});

/** The low byte of each of the four words, in the low word. */
export function lowBytes(v: Local<'v128'>): Expr<'v128'> {
  return i8x16.shuffle(v, v, [0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12]);
}

function emitSymmetric(f: FunctionBuilder, range: Local<'f32'>, inverse: Local<'f32'>, batch: Local<'i32'>): void {
  f.do(f32.store(batch, f32.div(range, 127)));
  f.set(inverse, f32.div(127, range));
}

/** The range in double precision, as TFLite computes it. */
function emitAsymmetric(
  f: FunctionBuilder,
  locals: {
    readonly low: Local<'f32'>;
    readonly high: Local<'f32'>;
    readonly inverse: Local<'f32'>;
    readonly zero: Local<'i32'>;
    readonly batch: Local<'i32'>;
  },
): void {
  const { low, high, inverse, zero, batch } = locals;
  const [scale, fromLow, fromHigh] = [f.local('f64'), f.local('f64'), f.local('f64')];
  f.set(scale, f64.div(f64.sub(f64.promote_f32(high), f64.promote_f32(low)), 255));
  f.do(f32.store(batch, f32.demote_f64(scale)));
  f.set(inverse, f32.div(1, f32.demote_f64(scale)));
  f.set(fromLow, f64.div(f64.promote_f32(low), scale));
  f.set(fromHigh, f64.div(f64.promote_f32(high), scale));
  const isLow = f64.lt(f64.add(128, f64.abs(fromLow)), f64.add(127, f64.abs(fromHigh)));
  f.if(
    isLow,
    () => f.set(fromLow, f64.sub(-128, fromLow)),
    () => f.set(fromLow, f64.sub(127, fromHigh)),
  );
  // Half away from zero: trunc(x + 0.5 with the sign of x); |x| is small enough for the sum to be exact.
  f.set(fromHigh, f64.trunc(f64.add(fromLow, f64.copysign(0.5, fromLow))));
  f.set(zero, i32.trunc_sat_f64_s(f64.min(f64.max(fromHigh, -128), 127)));
  f.free(scale, fromLow, fromHigh);
}
