import type { Comparison } from '../../../ops/compare.ts';
import { InternalError } from '../../../problem.ts';
import type { DType } from '../../../tensor/dtype.ts';
import { type Expr, f32, i32, i64, type Local } from '../assembler/index.ts';
import { routine } from '../routine.ts';
import { emitNested, type NestedLoop } from './nested.ts';
import { emitRun } from './strided-copy.ts';
import { lessThan, loadWhole } from './whole.ts';

export interface Compare {
  readonly relation: Comparison;
  readonly dtype: DType;
  /** Steps of a, b and the target. */
  readonly loops: readonly NestedLoop[];
}

function realRelation(relation: Comparison, a: Expr<'f32'>, b: Expr<'f32'>): Expr<'i32'> {
  switch (relation) {
    case 'equal':
      return f32.eq(a, b);
    case 'not-equal':
      return f32.ne(a, b);
    case 'less':
      return f32.lt(a, b);
    case 'less-equal':
      return f32.le(a, b);
    case 'greater':
      return f32.gt(a, b);
    case 'greater-equal':
      return f32.ge(a, b);
  }
}

function wholeRelation(relation: Comparison, dtype: DType, a: Expr<'i64'>, b: Expr<'i64'>): Expr<'i32'> {
  switch (relation) {
    case 'equal':
      return i64.eq(a, b);
    case 'not-equal':
      return i64.ne(a, b);
    case 'less':
      return lessThan(dtype, a, b);
    case 'less-equal':
      return i32.eqz(lessThan(dtype, b, a));
    case 'greater':
      return lessThan(dtype, b, a);
    case 'greater-equal':
      return i32.eqz(lessThan(dtype, a, b));
  }
}

/** One element at a time, to bytes of 0 or 1. */
export const compareElements = routine({
  params: { a: 'i32', b: 'i32', target: 'i32' },
  name: ({ relation, dtype }: Compare) => `${relation} ${dtype}`,
  emit(f, { a, b, target }, { relation, dtype, loops }) {
    emitNested(f, [a, b, target], loops, ([x, y, to]) => {
      if (x === undefined || y === undefined || to === undefined) throw new InternalError('operands are missing');
      const result =
        dtype === 'float32'
          ? realRelation(relation, f32.load(x), f32.load(y))
          : wholeRelation(relation, dtype, loadWhole(dtype, x), loadWhole(dtype, y));
      f.do(i32.store8(to, result));
    });
  },
});

/** Bytes by the int32 that tables have for them. */
export const compareByKeys = routine({
  params: { a: 'i32', b: 'i32', target: 'i32', aKeys: 'i32', bKeys: 'i32' },
  name: ({ relation }: Pick<Compare, 'relation' | 'loops'>) => `${relation} by keys`,
  emit(f, { a, b, target, aKeys, bKeys }, { relation, loops }) {
    const key = (keys: Local<'i32'>, place: Local<'i32'>) =>
      i64.load32_s(i32.add(keys, i32.shl(i32.load8_u(place), 2)));
    emitNested(f, [a, b, target], loops, ([x, y, to]) => {
      if (x === undefined || y === undefined || to === undefined) throw new InternalError('operands are missing');
      f.do(i32.store8(to, wholeRelation(relation, 'int32', key(aKeys, x), key(bKeys, y))));
    });
  },
});

export interface Select {
  readonly bytes: number;
  /** Steps of the condition, a, b and the target. */
  readonly loops: readonly NestedLoop[];
}

/** Copies one element of `a` where the condition is not 0, of `b` elsewhere. */
export const selectElements = routine({
  params: { condition: 'i32', a: 'i32', b: 'i32', target: 'i32' },
  name: ({ bytes }: Select) => `select ${bytes} bytes`,
  emit(f, { condition, a, b, target }, { bytes, loops }) {
    emitNested(f, [condition, a, b, target], loops, ([test, x, y, to]) => {
      if (test === undefined || x === undefined || y === undefined || to === undefined) {
        throw new InternalError('operands are missing');
      }
      f.if(
        i32.load8_u(test),
        () => emitRun(f, x, to, bytes),
        () => emitRun(f, y, to, bytes),
      );
    });
  },
});
