import { type Expr, i32, select } from '../assembler/index.ts';
import { routine } from '../routine.ts';
import { emitRun } from './strided-copy.ts';

/** The indexed axes (last index, and bytes from one place to the next) and the bytes that lie side by side. */
export interface GatherRows {
  readonly axes: readonly { readonly last: number; readonly step: number }[];
  readonly runBytes: number;
}

/** For each of `outer` parts of the data and each of `rows` tuples of indices, copies a run; indices are limited to their axes. */
export const gatherRows = routine({
  params: { data: 'i32', indices: 'i32', target: 'i32', outer: 'i32', outerStep: 'i32', rows: 'i32' },
  name: ({ runBytes }: GatherRows) => `gather runs of ${runBytes} bytes`,
  emit(f, { data, indices, target, outer, outerStep, rows }, { axes, runBytes }) {
    const [source, index, place, left] = [f.local('i32'), f.local('i32'), f.local('i32'), f.local('i32')];
    const limited = (position: number, last: number): Expr<'i32'> => {
      f.set(place, i32.load(index, { offset: position * 4 }));
      f.set(place, select(place, 0, i32.gt_s(place, 0)));
      return select(place, last, i32.lt_s(place, last));
    };
    f.doWhile(
      () => {
        f.set(index, indices);
        f.set(left, rows);
        f.doWhile(
          () => {
            f.set(source, data);
            axes.forEach(({ last, step }, position) => {
              f.set(source, i32.add(source, i32.mul(limited(position, last), step)));
            });
            emitRun(f, source, target, runBytes);
            f.set(index, i32.add(index, 4 * axes.length));
            f.set(target, i32.add(target, runBytes));
          },
          f.tee(left, i32.sub(left, 1)),
        );
        f.set(data, i32.add(data, outerStep));
      },
      f.tee(outer, i32.sub(outer, 1)),
    );
    f.free(source, index, place, left);
  },
});
