import { dtypeBytes } from '../../../tensor/dtype.ts';
import { i32 } from '../assembler/index.ts';
import { routine } from '../routine.ts';
import { type ScalarDType, withScalar } from './scalar.ts';

export interface Cumulative {
  readonly dtype: ScalarDType;
  readonly kind: 'sum' | 'product';
  readonly exclusive: boolean;
}

/**
 * Running sums or products of `outer` x `inner` rows of `length` elements, which are `step` bytes apart from `start` on in each part of
 * `part` bytes. `input` and `target` may be the same.
 */
export const cumulativeRows = routine({
  params: {
    ...{ input: 'i32', target: 'i32', outer: 'i32', length: 'i32', inner: 'i32' },
    ...{ start: 'i32', step: 'i32', part: 'i32' },
  } as const,
  name: ({ kind, dtype }: Cumulative) => `cumulative ${kind} ${dtype}`,
  emit(f, { input, target, outer, length, inner, start, step, part }, { dtype, kind, exclusive }) {
    const [place, row, left, k] = [f.local('i32'), f.local('i32'), f.local('i32'), f.local('i32')];
    withScalar(dtype, (code) => {
      const [total, next] = [f.local(code.type), f.local(code.type)];
      f.doWhile(
        () => {
          f.set(row, start);
          f.set(left, inner);
          f.doWhile(
            () => {
              f.set(place, row);
              f.set(k, length);
              f.set(total, code.constant(kind === 'sum' ? 0 : 1));
              f.doWhile(
                () => {
                  f.set(next, code.load(i32.add(input, place)));
                  if (exclusive) f.do(code.store(i32.add(target, place), total));
                  f.set(total, code.join(kind === 'sum' ? 'add' : 'mul', total, next));
                  if (!exclusive) f.do(code.store(i32.add(target, place), total));
                  f.set(place, i32.add(place, step));
                },
                f.tee(k, i32.sub(k, 1)),
              );
              f.set(row, i32.add(row, dtypeBytes[dtype]));
            },
            f.tee(left, i32.sub(left, 1)),
          );
          f.set(input, i32.add(input, part));
          f.set(target, i32.add(target, part));
        },
        f.tee(outer, i32.sub(outer, 1)),
      );
      f.free(total, next);
    });
    f.free(place, row, left, k);
  },
});
