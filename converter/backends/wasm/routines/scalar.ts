import type { Comparison } from '../../../ops/compare.ts';
import type { ZipFunction } from '../../../ops/zip.ts';
import { type Expr, f32, i32, i64, type Local, type Operand, select } from '../assembler/index.ts';

/** Element types that are computed one at a time; a bool is a `uint8` of 0 or 1. */
export type ScalarDType = 'float32' | 'int8' | 'uint8' | 'int16' | 'int32' | 'int64';

export function isScalarDType(dtype: string): dtype is ScalarDType {
  return dtype === 'float32' || dtype === 'int64' || dtype in narrowLoads;
}

/** What scalars are computed in. */
export type ScalarValue = 'f32' | 'i32' | 'i64';

/** The instructions for elements of one type. Operands that are named twice are computed twice: give locals. */
export interface ScalarCode<T extends ScalarValue> {
  readonly type: T;
  load(at: Expr<'i32'>): Operand<T>;
  store(at: Expr<'i32'>, value: Expr<T> | Operand<T>): Expr<'none'>;
  constant(value: number): Operand<T>;
  compare(relation: Comparison, a: Expr<T> | Operand<T>, b: Expr<T> | Operand<T>): Expr<'i32'>;
  /** Sum, difference, product, larger or smaller one: whole numbers wrap, NaN stays NaN. */
  join(fn: PlainFunction, a: Local<T>, b: Local<T>): Operand<T>;
}

/** Functions that every scalar type has. */
export type PlainFunction = Extract<ZipFunction, 'add' | 'sub' | 'mul' | 'max' | 'min'>;

const realCompare = { equal: f32.eq, 'not-equal': f32.ne, less: f32.lt, 'less-equal': f32.le } as const;
const wholeCompare = { equal: i32.eq, 'not-equal': i32.ne, less: i32.lt_s, 'less-equal': i32.le_s } as const;
const wideCompare = { equal: i64.eq, 'not-equal': i64.ne, less: i64.lt_s, 'less-equal': i64.le_s } as const;

const real: ScalarCode<'f32'> = {
  type: 'f32',
  load: (at) => f32.load(at),
  store: (at, value) => f32.store(at, value),
  constant: (value) => f32.const(value),
  compare(relation, a, b) {
    if (relation === 'greater') return f32.gt(a, b);
    return relation === 'greater-equal' ? f32.ge(a, b) : realCompare[relation](a, b);
  },
  join: (fn, a, b) => f32[fn](a, b),
};

const narrowLoads = {
  int8: i32.load8_s,
  uint8: i32.load8_u,
  int16: i32.load16_s,
  int32: i32.load,
} as const;

const narrowStores = {
  int8: i32.store8,
  uint8: i32.store8,
  int16: i32.store16,
  int32: i32.store,
} as const;

function whole(dtype: keyof typeof narrowLoads): ScalarCode<'i32'> {
  return {
    type: 'i32',
    load: (at) => narrowLoads[dtype](at),
    store: (at, value) => narrowStores[dtype](at, value),
    constant: (value) => i32.const(value),
    compare(relation, a, b) {
      if (relation === 'greater') return i32.gt_s(a, b);
      return relation === 'greater-equal' ? i32.ge_s(a, b) : wholeCompare[relation](a, b);
    },
    join(fn, a, b) {
      if (fn === 'max') return select(a, b, i32.gt_s(a, b));
      return fn === 'min' ? select(a, b, i32.lt_s(a, b)) : i32[fn](a, b);
    },
  };
}

const wide: ScalarCode<'i64'> = {
  type: 'i64',
  load: (at) => i64.load(at),
  store: (at, value) => i64.store(at, value),
  constant: (value) => i64.const(BigInt(value)),
  compare(relation, a, b) {
    if (relation === 'greater') return i64.gt_s(a, b);
    return relation === 'greater-equal' ? i64.ge_s(a, b) : wideCompare[relation](a, b);
  },
  join(fn, a, b) {
    if (fn === 'max') return select(a, b, i64.gt_s(a, b));
    return fn === 'min' ? select(a, b, i64.lt_s(a, b)) : i64[fn](a, b);
  },
};

/** Calls `use` with the instructions for `dtype`. */
export function withScalar(dtype: ScalarDType, use: <T extends ScalarValue>(code: ScalarCode<T>) => void): void {
  if (dtype === 'float32') use(real);
  else if (dtype === 'int64') use(wide);
  else use(whole(dtype));
}
