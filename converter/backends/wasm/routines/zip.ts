import type { ZipConstants } from '../../../ops/zip.ts';
import type { RealZipFunction, ShortWholeFunction } from '../../../ops/zip-function.ts';
import type { Rounding } from '../../../tensor/requantize.ts';
import {
  type Expr,
  type FunctionBuilder,
  f32x4,
  f64,
  i8x16,
  i16x8,
  i32,
  i32x4,
  i64,
  i64x2,
  type Local,
  type ParameterLocals,
  select,
  v128,
} from '../assembler/index.ts';
import type { Broadcast, BroadcastLoop } from '../packing/broadcast.ts';
import { planRequantization } from '../packing/requantization.ts';
import { type Library, routine } from '../routine.ts';
import { emitStoreWords } from './elementwise.ts';
import { emitLanes, scalarPair } from './real-functions.ts';
import { emitRequantize, narrowed, storeBytes, uniformOperands } from './requantize.ts';

export const zipParams = { a: 'i32', b: 'i32', target: 'i32' } as const;

export type Places = ParameterLocals<typeof zipParams>;

/** Operands and target of a run, with what is left of it. */
export interface Run extends Places {
  readonly left: Local<'i32'>;
}

export interface ZipParts {
  readonly elementBytes: number;
  /** Elements that one pass of the innermost loop computes. */
  readonly lanes: number;
  /** Computes up to `lanes` elements at the addresses of the run. */
  step(run: Run): void;
}

/** Runs `parts.step` over the output in order, with the operands repeated as `broadcast` says. */
export function emitZip(f: FunctionBuilder, places: Places, { loops, run }: Broadcast, parts: ZipParts): void {
  emitLoops(f, places, loops, run, parts);
}

function emitLoops(
  f: FunctionBuilder,
  { a, b, target }: Places,
  [loop, ...inner]: readonly BroadcastLoop[],
  run: Broadcast['run'],
  parts: ZipParts,
): void {
  if (loop === undefined) {
    emitRun(f, { a, b, target }, run, parts);
    return;
  }
  const [innerA, innerB] = [f.local('i32'), f.local('i32')];
  f.for({ from: 0, to: loop.count }, () => {
    f.set(innerA, a);
    f.set(innerB, b);
    emitLoops(f, { a: innerA, b: innerB, target }, inner, run, parts);
    if (loop.aStep > 0) f.set(a, i32.add(a, loop.aStep * parts.elementBytes));
    if (loop.bStep > 0) f.set(b, i32.add(b, loop.bStep * parts.elementBytes));
  });
  f.free(innerA, innerB);
}

/** The run; `target` moves on, the operands may be left anywhere. */
function emitRun(f: FunctionBuilder, { a, b, target }: Places, run: Broadcast['run'], parts: ZipParts): void {
  const left = f.local('i32', 'left');
  const bytes = parts.lanes * parts.elementBytes;
  f.set(left, run.count);
  f.doWhile(
    () => {
      parts.step({ a, b, target, left });
      if (run.a === 'runs') f.set(a, i32.add(a, bytes));
      if (run.b === 'runs') f.set(b, i32.add(b, bytes));
      f.set(target, i32.add(target, bytes));
    },
    i32.gt_s(f.tee(left, i32.sub(left, parts.lanes)), 0),
  );
  const overshoot = (parts.lanes - (run.count % parts.lanes)) % parts.lanes;
  if (overshoot > 0) f.set(target, i32.sub(target, overshoot * parts.elementBytes));
  f.free(left);
}

export interface FloatZip {
  readonly fn: RealZipFunction;
  readonly broadcast: Broadcast;
  /** Bounds, or null where there are none. JSON has no infinity, so each side may be absent. */
  readonly min: number | null;
  readonly max: number | null;
}

export const floatZip = routine({
  params: zipParams,
  name: ({ fn }: FloatZip) => `${fn} float32`,
  emit(f, params, { fn, broadcast, min, max }, library) {
    const value = f.local('v128', 'value');
    const load = (address: Local<'i32'>, mode: 'runs' | 'stays') =>
      mode === 'runs' ? v128.load(address, { align: 4 }) : v128.load32_splat(address);
    emitZip(f, params, broadcast, {
      elementBytes: 4,
      lanes: 4,
      step({ a, b, target, left }) {
        emitReal(f, library, fn, value, load(a, broadcast.run.a), load(b, broadcast.run.b));
        if (min !== null) f.set(value, f32x4.pmax(value, v128.const('f32x4', [min, min, min, min])));
        if (max !== null) f.set(value, f32x4.pmin(value, v128.const('f32x4', [max, max, max, max])));
        if (broadcast.run.count % 4 === 0) f.do(v128.store(target, value, { align: 4 }));
        else emitStoreWords(f, library, target, value, left);
      },
    });
  },
});

/** Sets `value` to the function of two vectors. */
function emitReal(
  f: FunctionBuilder,
  library: Library,
  fn: RealZipFunction,
  value: Local<'v128'>,
  a: Expr<'v128'>,
  b: Expr<'v128'>,
): void {
  switch (fn) {
    case 'floor-div':
      f.set(value, f32x4.floor(f32x4.div(a, b)));
      break;
    case 'rem':
    case 'floor-mod':
    case 'pow':
    case 'atan2': {
      const pair = scalarPair(fn);
      const other = f.local('v128', 'other');
      f.set(value, a);
      f.set(other, b);
      emitLanes(f, value, (x, lane) => {
        const y = f64.promote_f32(f32x4.extract_lane(other, lane));
        return f.call(library.get(pair, null), { a: x, b: y });
      });
      f.free(other);
      break;
    }
    default:
      f.set(value, f32x4[fn](a, b));
  }
}

export interface IntegerZip {
  readonly constants: ZipConstants;
  readonly rounding: Rounding;
  readonly broadcast: Broadcast;
}

/** int8, eight elements at a time, in the integer form of `ops/zip.ts`. */
export const integerZip = routine({
  params: zipParams,
  name: ({ constants }: IntegerZip) => `zip int8 ${constants.kind}`,
  emit(f, params, config, library) {
    const { constants, broadcast } = config;
    const [x, y] = [f.local('v128', 'x'), f.local('v128', 'y')];
    const load = (address: Local<'i32'>, mode: 'runs' | 'stays') =>
      mode === 'runs' ? v128.load8x8_s(address, { align: 1 }) : i16x8.splat(i32.load8_s(address));
    emitZip(f, params, broadcast, {
      elementBytes: 1,
      lanes: 8,
      step({ a, b, target, left }) {
        f.set(x, load(a, broadcast.run.a));
        f.set(y, load(b, broadcast.run.b));
        const bytes = f.local('v128', 'bytes');
        if (constants.kind === 'select') {
          const picked = constants.fn === 'max' ? i16x8.max_s(x, y) : i16x8.min_s(x, y);
          f.set(bytes, clampedBytes(i8x16.narrow_i16x8_s(picked, picked), constants.bounds));
        } else {
          const [low, high, zero] = emitStored(f, library, config, x, y);
          f.set(bytes, narrowed([low, high, low, high], { zero, ...constants.bounds }));
          f.free(low, high);
        }
        f.if(
          i32.ge_s(left, 8),
          () => f.do(v128.store64_lane(target, bytes, 0, { align: 1 })),
          () => {
            const value = i64x2.extract_lane(bytes, 0);
            f.do(f.call(library.get(storeBytes, null), { target, value, count: left }));
          },
        );
        f.free(bytes);
      },
    });
  },
});

function clampedBytes(bytes: Expr<'v128'>, { min, max }: { readonly min: number; readonly max: number }): Expr<'v128'> {
  return i8x16.min_s(i8x16.max_s(bytes, i8x16.splat(min)), i8x16.splat(max));
}

const splat32 = (value: number): Expr<'v128'> => v128.const('i32x4', [value, value, value, value]);

const splatReal = (value: number): Expr<'v128'> => v128.const('f32x4', [value, value, value, value]);

/** int32 results of the low and high four elements, and the zero point that is still to be added. */
function emitStored(
  f: FunctionBuilder,
  library: Library,
  { constants, rounding }: IntegerZip,
  x: Local<'v128'>,
  y: Local<'v128'>,
): [low: Local<'v128'>, high: Local<'v128'>, zero: number] {
  const [low, high] = [f.local('v128', 'low'), f.local('v128', 'high')];
  const results = [low, high];
  switch (constants.kind) {
    case 'product': {
      f.set(x, i16x8.sub(x, i16x8.splat(constants.aZero)));
      f.set(y, i16x8.sub(y, i16x8.splat(constants.bZero)));
      f.set(low, i32x4.extmul_low_i16x8_s(x, y));
      f.set(high, i32x4.extmul_high_i16x8_s(x, y));
      const plan = planRequantization([constants.factor], [255 * 255], rounding);
      for (const result of results) emitRequantize(f, library, plan.form, result, uniformOperands(plan));
      return [low, high, constants.zero];
    }
    case 'linear': {
      const { aWeight, bWeight, offset, shift } = constants;
      const sum = (p: Expr<'v128'>, q: Expr<'v128'>) =>
        i32x4.add(i32x4.add(i32x4.mul(p, splat32(aWeight)), i32x4.mul(q, splat32(bWeight))), splat32(offset));
      f.set(low, i32x4.shr_s(sum(i32x4.extend_low_i16x8_s(x), i32x4.extend_low_i16x8_s(y)), shift));
      f.set(high, i32x4.shr_s(sum(i32x4.extend_high_i16x8_s(x), i32x4.extend_high_i16x8_s(y)), shift));
      return [low, high, 0];
    }
    case 'real': {
      const { aRatio, bRatio, fixed } = constants;
      const real = f32x4.convert_i32x4_s;
      const sum = (a: Expr<'v128'>, b: Expr<'v128'>) =>
        f32x4.add(
          f32x4.add(f32x4.mul(real(a), splatReal(aRatio)), splatReal(fixed)),
          f32x4.mul(real(b), splatReal(bRatio)),
        );
      const rounded = (value: Expr<'v128'>) => i32x4.trunc_sat_f32x4_s(f32x4.nearest(value));
      f.set(low, rounded(sum(i32x4.extend_low_i16x8_s(x), i32x4.extend_low_i16x8_s(y))));
      f.set(high, rounded(sum(i32x4.extend_high_i16x8_s(x), i32x4.extend_high_i16x8_s(y))));
      return [low, high, 0];
    }
    case 'rescaled': {
      const { leftShift, aFactor, bFactor, factor, subtract, zero } = constants;
      const bound = 255 * 2 ** leftShift;
      const plans = [aFactor, bFactor].map((one) => planRequantization([one], [bound], 'exact'));
      const total = planRequantization([factor], [2 ** (leftShift + 8) - 2 ** leftShift + 2], 'exact');
      f.set(x, i16x8.sub(x, i16x8.splat(constants.aZero)));
      f.set(y, i16x8.sub(y, i16x8.splat(constants.bZero)));
      const other = f.local('v128', 'other');
      results.forEach((result, half) => {
        const extend = half === 0 ? i32x4.extend_low_i16x8_s : i32x4.extend_high_i16x8_s;
        const [left, right] = plans;
        if (left === undefined || right === undefined) return;
        f.set(result, i32x4.shl(extend(x), leftShift));
        emitRequantize(f, library, left.form, result, uniformOperands(left));
        f.set(other, i32x4.shl(extend(y), leftShift));
        emitRequantize(f, library, right.form, other, uniformOperands(right));
        f.set(result, subtract ? i32x4.sub(result, other) : i32x4.add(result, other));
        emitRequantize(f, library, total.form, result, uniformOperands(total));
      });
      f.free(other);
      return [low, high, zero];
    }
    case 'select':
      return [low, high, 0];
  }
}

export interface WholeZip {
  readonly fn: ShortWholeFunction;
  readonly broadcast: Broadcast;
  readonly min: number;
  readonly max: number;
}

/** int32, one element at a time; sums and products wrap, division gives 0 for a divisor of 0. */
export const wholeZip = routine({
  params: zipParams,
  name: ({ fn }: WholeZip) => `${fn} int32`,
  emit(f, params, { fn, broadcast, min, max }) {
    const [x, y] = [f.local('i32', 'x'), f.local('i32', 'y')];
    emitZip(f, params, broadcast, {
      elementBytes: 4,
      lanes: 1,
      step({ a, b, target }) {
        f.set(x, i32.load(a));
        f.set(y, i32.load(b));
        f.set(x, wholeResult(fn, x, y));
        f.set(x, select(x, min, i32.ge_s(x, min)));
        f.set(x, select(x, max, i32.le_s(x, max)));
        f.do(i32.store(target, x));
      },
    });
  },
});

function wholeResult(fn: ShortWholeFunction, x: Local<'i32'>, y: Local<'i32'>): Expr<'i32'> {
  switch (fn) {
    case 'add':
    case 'sub':
    case 'mul':
      return i32[fn](x, y);
    case 'max':
      return select(x, y, i32.gt_s(x, y));
    case 'min':
      return select(x, y, i32.lt_s(x, y));
    case 'div': {
      // In 64 bits, where the smallest number may be divided by -1; a divisor of 0 is replaced first.
      const divisor = i64.extend_i32_s(select(y, 1, y));
      const quotient = i32.wrap_i64(i64.div_s(i64.extend_i32_s(x), divisor));
      return select(quotient, 0, y);
    }
    case 'floor-div':
    case 'floor-mod': {
      const [a, b] = [i64.extend_i32_s(x), i64.extend_i32_s(select(y, 1, y))];
      const rest = i64.rem_s(i64.add(i64.rem_s(a, b), b), b);
      const result = fn === 'floor-mod' ? rest : i64.div_s(i64.sub(a, rest), b);
      return select(i32.wrap_i64(result), 0, y);
    }
  }
}
