import type { ReduceAttributes } from '../../../ops/reduce.ts';
import type { ScalarExpression } from '../../../ops/scalar-expression.ts';
import { isWholeUnary, type WholeUnaryFunction } from '../../../ops/whole-expression.ts';
import type { WholeZipFunction } from '../../../ops/zip-function.ts';
import { InternalError } from '../../../problem.ts';
import { type DType, dtypeBytes } from '../../../tensor/dtype.ts';
import { type Expr, type FunctionBuilder, i32, i64, type Local, select } from '../assembler/index.ts';
import { type Library, type Routine, routine } from '../routine.ts';
import { elementwiseParams } from './elementwise.ts';
import { emitNested, type NestedLoop } from './nested.ts';

/*
 * Whole numbers of any width, one at a time. Values are 64 bits wide with the sign or zeros of their dtype above; what is stored
 * keeps the low bits. Only uint64 wants instructions without sign.
 */

type Value = Local<'i64'>;

/** The element at an address. */
export function loadWhole(dtype: DType, address: Expr<'i32'>): Expr<'i64'> {
  const signed = dtype.startsWith('int');
  switch (dtypeBytes[dtype]) {
    case 1:
      return signed ? i64.load8_s(address) : i64.load8_u(address);
    case 2:
      return signed ? i64.load16_s(address) : i64.load16_u(address);
    case 4:
      return signed ? i64.load32_s(address) : i64.load32_u(address);
    default:
      return i64.load(address);
  }
}

/** Stores the low bits of a value. */
export function storeWhole(dtype: DType, address: Expr<'i32'>, value: Expr<'i64'>): Expr<'none'> {
  switch (dtypeBytes[dtype]) {
    case 1:
      return i64.store8(address, value);
    case 2:
      return i64.store16(address, value);
    case 4:
      return i64.store32(address, value);
    default:
      return i64.store(address, value);
  }
}

/** The value that is loaded after `value` was stored. */
function wrapped(dtype: DType, value: Expr<'i64'>): Expr<'i64'> {
  const unused = BigInt(64 - 8 * dtypeBytes[dtype]);
  if (unused === 0n) return value;
  const shift = dtype.startsWith('int') ? i64.shr_s : i64.shr_u;
  return shift(i64.shl(value, unused), unused);
}

/** The order of two values. */
export function lessThan(dtype: DType, a: Expr<'i64'>, b: Expr<'i64'>): Expr<'i32'> {
  return dtype === 'uint64' ? i64.lt_u(a, b) : i64.lt_s(a, b);
}

/** base to the power of exponent modulo 2^64, by squaring. */
const power: Routine<null, { readonly base: 'i64'; readonly exponent: 'i64' }, readonly ['i64']> = {
  params: { base: 'i64', exponent: 'i64' },
  results: ['i64'],
  name: () => 'power',
  emit(f, { base, exponent }) {
    const result = f.local('i64', 'result');
    f.set(result, 1n);
    f.while(i64.ne(exponent, 0n), () => {
      f.set(result, select(i64.mul(result, base), result, i32.wrap_i64(i64.and(exponent, 1n))));
      f.set(base, i64.mul(base, base));
      f.set(exponent, i64.shr_u(exponent, 1n));
    });
    f.push(result);
  },
};

/** The function of two values of uint64; those that the sign does not matter to are left to {@link zipped}. */
function zippedWide(f: FunctionBuilder, library: Library, fn: WholeZipFunction, p: Value, q: Value): Expr<'i64'> {
  const divisor = select(q, 1n, i64.ne(q, 0n));
  const isWide = i64.ge_u(q, 64n);
  switch (fn) {
    case 'max':
      return select(p, q, i64.gt_u(p, q));
    case 'min':
      return select(p, q, i64.lt_u(p, q));
    case 'div':
    case 'floor-div':
      return select(i64.div_u(p, divisor), 0n, i64.ne(q, 0n));
    case 'rem':
    case 'floor-mod':
      return select(i64.rem_u(p, divisor), 0n, i64.ne(q, 0n));
    case 'shift-left':
      return select(i64.const(0n), i64.shl(p, q), isWide);
    case 'shift-right':
      return select(i64.const(0n), i64.shr_u(p, q), isWide);
    case 'pow':
      return f.call(library.get(power, null), { base: p, exponent: q });
    default:
      return zipped(f, library, fn, p, q);
  }
}

/** The function of two values; see `ops/zip-function.ts`. The dtype has a sign or fewer than 64 bits. */
function zipped(f: FunctionBuilder, library: Library, fn: WholeZipFunction, p: Value, q: Value): Expr<'i64'> {
  // A divisor of 0 is replaced, and so is -1, by which the smallest number cannot be divided.
  const isUnsafe = i32.or(i64.eqz(q), i64.eq(q, -1n));
  const divisor = select(i64.const(1n), q, isUnsafe);
  const quotient = select(select(i64.sub(0n, p), i64.div_s(p, divisor), i64.eq(q, -1n)), 0n, i64.ne(q, 0n));
  const rest = select(i64.const(0n), i64.rem_s(p, divisor), isUnsafe);
  const isOff = i32.and(i64.ne(rest, 0n), i32.ne(i64.lt_s(p, 0n), i64.lt_s(q, 0n)));
  const isWide = i64.ge_s(q, 64n);
  const places = select(i64.const(0n), q, i64.lt_s(q, 0n));
  switch (fn) {
    case 'add':
    case 'sub':
    case 'mul':
    case 'and':
    case 'or':
    case 'xor':
      return i64[fn](p, q);
    case 'max':
      return select(p, q, i64.gt_s(p, q));
    case 'min':
      return select(p, q, i64.lt_s(p, q));
    case 'div':
      return quotient;
    case 'rem':
      return rest;
    case 'floor-div':
      return i64.sub(quotient, i64.extend_i32_u(isOff));
    case 'floor-mod':
      return i64.add(rest, select(q, 0n, isOff));
    case 'shift-left':
      return select(i64.const(0n), i64.shl(p, places), isWide);
    case 'shift-right':
      return i64.shr_s(p, select(i64.const(63n), places, isWide));
    case 'pow': {
      const ofMinusOne = select(i64.const(-1n), 1n, i32.wrap_i64(i64.and(q, 1n)));
      const below = select(i64.const(1n), select(ofMinusOne, 0n, i64.eq(p, -1n)), i64.eq(p, 1n));
      const isBelow = i64.lt_s(q, 0n);
      const exponent = select(i64.const(0n), q, isBelow);
      return select(below, f.call(library.get(power, null), { base: p, exponent }), isBelow);
    }
  }
}

export interface WholePairs {
  readonly fn: WholeZipFunction;
  readonly dtype: DType;
  /** Bounds of the result, or null for none. */
  readonly bounds: { readonly min: number; readonly max: number } | null;
  /** Steps of a, b and the target. */
  readonly loops: readonly NestedLoop[];
}

/** A function of two tensors of whole numbers. */
export const wholePairs = routine({
  params: { a: 'i32', b: 'i32', target: 'i32' },
  name: ({ fn, dtype }: WholePairs) => `${fn} ${dtype}`,
  emit(f, { a, b, target }, { fn, dtype, bounds, loops }, library) {
    const [p, q] = [f.local('i64', 'p'), f.local('i64', 'q')];
    emitNested(f, [a, b, target], loops, ([x, y, to]) => {
      if (x === undefined || y === undefined || to === undefined) throw new InternalError('operands are missing');
      f.set(p, loadWhole(dtype, x));
      f.set(q, loadWhole(dtype, y));
      const compute = dtype === 'uint64' ? zippedWide : zipped;
      if (bounds === null) f.do(storeWhole(dtype, to, compute(f, library, fn, p, q)));
      else {
        const [low, high] = [BigInt(bounds.min), BigInt(bounds.max)];
        f.set(p, wrapped(dtype, zipped(f, library, fn, p, q)));
        f.set(p, select(p, low, i64.ge_s(p, low)));
        f.do(storeWhole(dtype, to, select(p, high, i64.le_s(p, high))));
      }
    });
    f.free(p, q);
  },
});

export interface WholeMap {
  readonly expression: ScalarExpression;
  readonly dtype: DType;
}

/** A function of one tensor of whole numbers; every step wraps to the width of the dtype. */
export const wholeMap = routine({
  params: elementwiseParams,
  name: ({ dtype }: WholeMap) => `map ${dtype}`,
  emit(f, { source, target, count }, { expression, dtype }) {
    const x = f.local('i64', 'x');
    f.doWhile(
      () => {
        f.set(x, loadWhole(dtype, source));
        f.do(storeWhole(dtype, target, steppedValue(expression, dtype, x)));
        f.set(source, i32.add(source, dtypeBytes[dtype]));
        f.set(target, i32.add(target, dtypeBytes[dtype]));
      },
      f.tee(count, i32.sub(count, 1)),
    );
    f.free(x);
  },
});

function steppedValue(expression: ScalarExpression, dtype: DType, x: Value): Expr<'i64'> {
  switch (expression.kind) {
    case 'x':
      return x;
    case 'constant':
      return wrapped(dtype, i64.const(BigInt(expression.value)));
    case 'unary':
      if (!isWholeUnary(expression.fn)) throw new InternalError(`${expression.fn} of whole numbers`);
      return wrapped(dtype, unaryOf(expression.fn, dtype, steppedValue(expression.of, dtype, x)));
    case 'binary': {
      const { fn } = expression;
      const [a, b] = [steppedValue(expression.a, dtype, x), steppedValue(expression.b, dtype, x)];
      if (fn === 'div') throw new InternalError('a quotient of whole numbers');
      if (fn === 'max') return select(b, a, lessThan(dtype, a, b));
      if (fn === 'min') return select(a, b, lessThan(dtype, a, b));
      return wrapped(dtype, i64[fn](a, b));
    }
  }
}

function unaryOf(fn: WholeUnaryFunction, dtype: DType, x: Expr<'i64'>): Expr<'i64'> {
  if (dtype === 'uint64' && fn === 'abs') return x;
  if (dtype === 'uint64' && fn === 'sign') return i64.extend_i32_u(i64.ne(x, 0n));
  switch (fn) {
    case 'neg':
      return i64.sub(0n, x);
    case 'abs':
      return select(i64.sub(0n, x), x, i64.lt_s(x, 0n));
    case 'sign':
      return i64.extend_i32_s(i32.sub(i64.gt_s(x, 0n), i64.lt_s(x, 0n)));
    case 'square':
      return i64.mul(x, x);
    case 'floor':
    case 'ceil':
    case 'round':
      return x;
  }
}

export interface WholeFold {
  readonly kind: ReduceAttributes['kind'];
  readonly dtype: DType;
  /** Steps of the input over kept axes, and over reduced axes. */
  readonly kept: readonly NestedLoop[];
  readonly reduced: readonly NestedLoop[];
  readonly count: number;
}

/** Reduces whole numbers, one output at a time; a mean of up to 32 bits has its sum in 64. */
export const wholeFold = routine({
  params: { input: 'i32', output: 'i32' },
  name: ({ kind, dtype }: WholeFold) => `${kind} ${dtype}`,
  emit(f, { input, output }, { kind, dtype, kept, reduced, count }) {
    const [sum, x, inner] = [f.local('i64', 'sum'), f.local('i64', 'x'), f.local('i32', 'inner')];
    emitNested(f, [input], kept, ([start]) => {
      if (start === undefined) throw new InternalError('the input is missing');
      if (kind === 'max' || kind === 'min') f.set(sum, loadWhole(dtype, start));
      else f.set(sum, kind === 'product' ? 1n : 0n);
      f.set(inner, start);
      emitNested(f, [inner], reduced, ([at]) => {
        if (at === undefined) throw new InternalError('the input is missing');
        f.set(x, loadWhole(dtype, at));
        if (kind === 'max') f.set(sum, select(x, sum, lessThan(dtype, sum, x)));
        else if (kind === 'min') f.set(sum, select(x, sum, lessThan(dtype, x, sum)));
        else f.set(sum, kind === 'product' ? i64.mul(sum, x) : i64.add(sum, x));
      });
      f.do(storeWhole(dtype, output, kind === 'mean' ? i64.div_s(sum, BigInt(count)) : sum));
      f.set(output, i32.add(output, dtypeBytes[dtype]));
    });
    f.free(sum, x, inner);
  },
});
