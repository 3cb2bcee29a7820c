import type { Comparison } from '../../../ops/compare.ts';
import { InternalError } from '../../../problem.ts';
import { i32 } from '../assembler/index.ts';
import { routine } from '../routine.ts';
import { emitNested, type NestedLoop } from './nested.ts';
import { type ScalarDType, withScalar } from './scalar.ts';
import { emitRun } from './strided-copy.ts';

export interface Compare {
  readonly relation: Comparison;
  readonly dtype: ScalarDType;
  /** Steps of a, b and the target. */
  readonly loops: readonly NestedLoop[];
}

/** One element at a time, to bytes of 0 or 1. */
export const compareElements = routine({
  params: { a: 'i32', b: 'i32', target: 'i32' },
  name: ({ relation, dtype }: Compare) => `${relation} ${dtype}`,
  emit(f, { a, b, target }, { relation, dtype, loops }) {
    emitNested(f, [a, b, target], loops, ([x, y, to]) => {
      if (x === undefined || y === undefined || to === undefined) throw new InternalError('operands are missing');
      withScalar(dtype, (code) => f.do(i32.store8(to, code.compare(relation, code.load(x), code.load(y)))));
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
