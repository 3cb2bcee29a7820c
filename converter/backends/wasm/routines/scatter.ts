import type { ScatterReduction } from '../../../ops/scatter.ts';
import { dtypeBytes } from '../../../tensor/dtype.ts';
import { type FunctionBuilder, i32, type Local } from '../assembler/index.ts';
import { routine } from '../routine.ts';
import { type ScalarDType, withScalar } from './scalar.ts';
import { emitRun } from './strided-copy.ts';

/** The indexed axes (size, and bytes from one place to the next) and the bytes of one run of updates. */
export interface ScatterRows {
  readonly axes: readonly { readonly size: number; readonly step: number }[];
  readonly runBytes: number;
  readonly reduction: ScatterReduction;
  /** The elements that are joined; null where they are only moved. */
  readonly dtype: ScalarDType | null;
}

/** For each of `outer` parts of the target and each of `rows` tuples of indices that lie inside, places or joins a run. */
export const scatterRows = routine({
  params: { updates: 'i32', indices: 'i32', target: 'i32', outer: 'i32', outerStep: 'i32', rows: 'i32' },
  name: ({ runBytes, reduction }: ScatterRows) => `scatter ${reduction} runs of ${runBytes} bytes`,
  emit(f, { updates, indices, target, outer, outerStep, rows }, config) {
    const { axes, runBytes } = config;
    const [index, to, place, left] = [f.local('i32'), f.local('i32'), f.local('i32'), f.local('i32')];
    f.doWhile(
      () => {
        f.set(index, indices);
        f.set(left, rows);
        f.doWhile(
          () => {
            f.block((outside) => {
              f.set(to, target);
              axes.forEach(({ size, step }, position) => {
                f.set(place, i32.load(index, { offset: position * 4 }));
                // As an unsigned number a negative index lies outside, too.
                f.brIf(outside, i32.ge_u(place, size));
                f.set(to, i32.add(to, i32.mul(place, step)));
              });
              emitUpdate(f, updates, to, config);
            });
            f.set(index, i32.add(index, 4 * axes.length));
            f.set(updates, i32.add(updates, runBytes));
          },
          f.tee(left, i32.sub(left, 1)),
        );
        f.set(target, i32.add(target, outerStep));
      },
      f.tee(outer, i32.sub(outer, 1)),
    );
    f.free(index, to, place, left);
  },
});

function emitUpdate(
  f: FunctionBuilder,
  updates: Local<'i32'>,
  to: Local<'i32'>,
  { runBytes, reduction, dtype }: ScatterRows,
): void {
  if (reduction === 'none' || dtype === null) {
    emitRun(f, updates, to, runBytes);
    return;
  }
  const bytes = dtypeBytes[dtype];
  const from = f.local('i32');
  f.set(from, updates);
  withScalar(dtype, (code) => {
    const [old, update] = [f.local(code.type), f.local(code.type)];
    f.for({ from: 0, to: runBytes / bytes }, () => {
      f.set(old, code.load(to));
      f.set(update, code.load(from));
      f.do(code.store(to, code.join(reduction, old, update)));
      f.set(from, i32.add(from, bytes));
      f.set(to, i32.add(to, bytes));
    });
    f.free(old, update);
  });
  f.free(from);
}
