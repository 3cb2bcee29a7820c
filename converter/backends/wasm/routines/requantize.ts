import {
  type Expr,
  type FunctionBuilder,
  f32x4,
  i8x16,
  i16x8,
  i32,
  i32x4,
  i64,
  i64x2,
  type Local,
  type Operand,
  select,
  v128,
} from '../assembler/index.ts';
import { vectorBytes } from '../packing/panels.ts';
import type { FixedPointRounding, Requantization, RequantizationForm } from '../packing/requantization.ts';
import type { Library, Routine } from '../routine.ts';

/** The upper 32 bits of the two int64 in `low` and `high`, in order. */
function upperHalves(low: Expr<'v128'>, high: Expr<'v128'>): Expr<'v128'> {
  return i8x16.shuffle(low, high, [4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31]);
}

/** hi(a * b + rounding) per lane. `a` is read twice. */
function highProduct(a: Local<'v128'>, b: Local<'v128'>, rounding: Expr<'v128'> | null): Expr<'v128'> {
  const low = i64x2.extmul_low_i32x4_s(a, b);
  const high = i64x2.extmul_high_i32x4_s(a, b);
  if (rounding === null) return upperHalves(low, high);
  return upperHalves(i64x2.add(low, rounding), i64x2.add(high, rounding));
}

/** The constants of the four channels in an accumulator, and the one shift of the layer. */
export interface RequantizationOperands {
  /** Vector `index` of the form: 0 is the bias, 1 the multiplier. */
  vector(index: number): Expr<'v128'>;
  /** One lane of it. */
  lane(index: number, lane: number): Operand<'i32'>;
  readonly shift: Operand<'i32'>;
}

/** The constants of channels `4 * half` and following of the panel at `header`. */
export function headerOperands(header: Local<'i32'>, half: number, shift: Operand<'i32'>): RequantizationOperands {
  const offset = (index: number) => 16 * half + index * vectorBytes;
  return {
    vector: (index) => v128.load(header, { offset: offset(index), align: 4 }),
    lane: (index, lane) => i32.load(header, { offset: offset(index) + 4 * lane }),
    shift,
  };
}

/** The constants of a tensor that has one factor for all elements. */
export function uniformOperands({ vectors, shift }: Requantization): RequantizationOperands {
  const value = (index: number) => vectors[index - 1]?.[0] ?? 0;
  return {
    vector: (index) => v128.const('i32x4', [value(index), value(index), value(index), value(index)]),
    lane: value,
    shift,
  };
}

/** Replaces the int32 sums in `acc` by the requantized values, before the zero point is added. */
export function emitRequantize(
  f: FunctionBuilder,
  library: Library,
  form: RequantizationForm,
  acc: Local<'v128'>,
  operands: RequantizationOperands,
): void {
  const { vector, shift } = operands;
  switch (form.kind) {
    case 'scalar': {
      const scalar = library.get(requantizeScalar, { rounding: form.rounding });
      for (const lane of [0, 1, 2, 3]) {
        const result = f.call(scalar, {
          sum: i32x4.extract_lane(acc, lane),
          multiplier: operands.lane(1, lane),
          shift: operands.lane(2, lane),
        });
        f.set(acc, i32x4.replace_lane(acc, result, lane));
      }
      return;
    }
    case 'line':
      emitLine(f, form, acc, vector);
      return;
    case 'float':
      f.set(acc, i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(f32x4.convert_i32x4_s(acc), vector(1)))));
      return;
    case 'single': {
      const b = f.local('v128');
      if (form.pre === 'lanes') f.set(acc, i32x4.mul(acc, vector(2)));
      f.set(b, vector(1));
      const half = i64x2.splat(i64.shl(1n, i64.extend_i32_u(i32.add(shift, 31))));
      f.set(acc, i32x4.shr_s(highProduct(acc, b, half), shift));
      f.free(b);
      return;
    }
    case 'exact':
      emitExact(f, form, acc, vector, shift);
  }
}

/** The sum with its zero point, in 10 to 15 instructions. */
function emitLine(
  f: FunctionBuilder,
  { pre, sign, shift }: Extract<RequantizationForm, { kind: 'line' }>,
  acc: Local<'v128'>,
  vector: (index: number) => Expr<'v128'>,
): void {
  const b = f.local('v128');
  const negative = sign === 'none' ? null : f.local('v128');
  if (pre === 'lanes') f.set(acc, i32x4.mul(acc, vector(4)));
  if (pre === 'double') f.set(acc, i32x4.add(acc, acc));
  if (negative !== null) {
    const isNegative = i32x4.shr_s(acc, 31);
    f.set(negative, sign === 'one' ? isNegative : v128.and(isNegative, vector(pre === 'lanes' ? 5 : 4)));
  }
  f.set(b, vector(1));
  const low = i64x2.add(i64x2.extmul_low_i32x4_s(acc, b), vector(2));
  const high = i64x2.add(i64x2.extmul_high_i32x4_s(acc, b), vector(3));
  f.set(acc, upperHalves(low, high));
  if (negative !== null) {
    f.set(acc, sign === 'one' ? i32x4.add(acc, negative) : i32x4.sub(acc, negative));
    f.free(negative);
  }
  if (shift > 0) f.set(acc, i32x4.shr_s(acc, shift));
  f.free(b);
}

function emitExact(
  f: FunctionBuilder,
  form: Extract<RequantizationForm, { kind: 'exact' }>,
  acc: Local<'v128'>,
  vector: (index: number) => Expr<'v128'>,
  shift: Operand<'i32'>,
): void {
  const b = f.local('v128');
  const half = v128.const('i64x2', [2n ** 31n, 2n ** 31n]);
  f.set(acc, form.pre === 'lanes' ? i32x4.mul(acc, vector(2)) : i32x4.add(acc, acc));
  f.set(b, vector(1));
  f.set(acc, highProduct(acc, b, half));
  const sign = i32x4.shr_s(acc, 31);
  if (form.post === 'uniform') {
    const round = i32x4.splat(i32.shl(1, i32.sub(shift, 1)));
    f.set(acc, i32x4.shr_s(i32x4.add(i32x4.add(acc, sign), round), shift));
  } else if (form.post === 'lanes') {
    const first = form.pre === 'lanes' ? 3 : 2;
    f.set(b, vector(first));
    const correction = form.unshifted ? v128.and(sign, i32x4.gt_s(b, v128.const('i32x4', [0, 0, 0, 0]))) : sign;
    f.set(acc, i32x4.shl(i32x4.add(i32x4.add(acc, correction), b), 2));
    f.set(b, vector(first + 1));
    f.set(acc, highProduct(acc, b, null));
  }
  f.free(b);
}

/** `requantize` of `tensor/requantize.ts` for one int32, in 64-bit integers as its definition reads. */
export const requantizeScalar: Routine<
  { readonly rounding: FixedPointRounding },
  { readonly sum: 'i32'; readonly multiplier: 'i32'; readonly shift: 'i32' },
  readonly ['i32']
> = {
  params: { sum: 'i32', multiplier: 'i32', shift: 'i32' },
  results: ['i32'],
  name: ({ rounding }) => `requantize one ${rounding}`,
  emit(f, { sum, multiplier, shift }, { rounding }) {
    const wide = f.local('i64', 'wide');
    const amount = f.local('i64', 'amount');
    if (rounding === 'single') {
      f.set(amount, i64.extend_i32_s(i32.sub(31, shift)));
      f.set(wide, i64.mul(i64.extend_i32_s(sum), i64.extend_i32_s(multiplier)));
      f.set(wide, i64.add(wide, i64.shl(1n, i64.sub(amount, 1n))));
      f.set(wide, i64.shr_s(wide, amount));
      // A result beyond int32 lies beyond any clamp, too.
      f.set(wide, select(wide, 0x7fffffffn, i64.lt_s(wide, 0x7fffffffn)));
      f.set(wide, select(wide, -0x80000000n, i64.gt_s(wide, -0x80000000n)));
      f.push(i32.wrap_i64(wide));
      return;
    }
    const left = f.local('i32', 'left');
    f.set(left, select(shift, 0, i32.gt_s(shift, 0)));
    f.set(wide, i64.mul(i64.extend_i32_s(i32.shl(sum, left)), i64.extend_i32_s(multiplier)));
    f.set(wide, i64.shr_s(i64.add(wide, 1n << 30n), 31n));
    f.if(i32.lt_s(shift, 0), () => {
      f.set(amount, i64.extend_i32_s(i32.sub(0, shift)));
      f.set(wide, i64.sub(i64.add(wide, i64.shl(1n, i64.sub(amount, 1n))), i64.shr_u(wide, 63n)));
      f.set(wide, i64.shr_s(wide, amount));
    });
    f.push(i32.wrap_i64(wide));
  },
};

/** Zero point and clamp of an int8 output. */
export interface OutputRange {
  readonly zero: Operand<'i32'>;
  readonly min: Operand<'i32'>;
  readonly max: Operand<'i32'>;
}

/** What is left to do behind {@link emitRequantize}: a line contains the zero point and often the bounds. */
export function remainingRange(form: RequantizationForm, range: OutputRange): OutputRange {
  if (form.kind !== 'line') return range;
  return form.isClamped ? { ...range, zero: 0 } : { zero: 0, min: -128, max: 127 };
}

/**
 * 16 clamped int8 from four vectors of requantized int32. Saturating steps commute with the clamp, since the bounds lie
 * within int8.
 */
export function narrowed(
  [a, b, c, d]: readonly [Expr<'v128'>, Expr<'v128'>, Expr<'v128'>, Expr<'v128'>],
  { zero, min, max }: OutputRange,
): Expr<'v128'> {
  const shifted = (value: Expr<'v128'>) => (zero === 0 ? value : i16x8.add_sat_s(value, i16x8.splat(zero)));
  const bytes = i8x16.narrow_i16x8_s(shifted(i16x8.narrow_i32x4_s(a, b)), shifted(i16x8.narrow_i32x4_s(c, d)));
  const above = min === -128 ? bytes : i8x16.max_s(bytes, i8x16.splat(min));
  return max === 127 ? above : i8x16.min_s(above, i8x16.splat(max));
}

/** Stores the low `count` (1 to 8) bytes of `value`. */
export const storeBytes: Routine<
  null,
  { readonly target: 'i32'; readonly value: 'i64'; readonly count: 'i32' },
  readonly []
> = {
  params: { target: 'i32', value: 'i64', count: 'i32' },
  results: [],
  name: () => 'store bytes',
  emit(f, { target, value, count }) {
    f.if(i32.and(count, 8), () => {
      f.do(i64.store(target, value, { align: 1 }));
      f.return();
    });
    const part = (bytes: number, store: () => void) => {
      f.if(i32.and(count, bytes), () => {
        store();
        f.set(value, i64.shr_u(value, BigInt(8 * bytes)));
        f.set(target, i32.add(target, bytes));
      });
    };
    part(4, () => f.do(i64.store32(target, value, { align: 1 })));
    part(2, () => f.do(i64.store16(target, value, { align: 1 })));
    f.if(i32.and(count, 1), () => f.do(i64.store8(target, value)));
  },
};

/** Stores the low `count` (1 to 4) floats of `value`. */
export const storeFloats: Routine<
  null,
  { readonly target: 'i32'; readonly value: 'v128'; readonly count: 'i32' },
  readonly []
> = {
  params: { target: 'i32', value: 'v128', count: 'i32' },
  results: [],
  name: () => 'store floats',
  emit(f, { target, value, count }) {
    f.if(i32.ge_s(count, 4), () => {
      f.do(v128.store(target, value, { align: 4 }));
      f.return();
    });
    f.if(i32.and(count, 2), () => {
      f.do(v128.store64_lane(target, value, 0, { align: 4 }));
      f.set(target, i32.add(target, 8));
      f.set(value, i8x16.shuffle(value, value, [8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15]));
    });
    f.if(i32.and(count, 1), () => f.do(v128.store32_lane(target, value, 0, { align: 4 })));
  },
};
