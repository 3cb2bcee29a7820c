import { i32, i32x4, i64x2, v128 } from '../assembler/index.ts';
import { routine } from '../routine.ts';
import { loadLanes } from './elementwise.ts';
import { emitStoredAverage } from './pool.ts';
import { narrowed, storeBytes, storeFloats } from './requantize.ts';

/** What the code of a pool over all rows and columns depends on. */
export interface TotalPool {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly kind: 'average' | 'max';
  readonly ties: 'away' | 'up';
  readonly min: number;
  readonly max: number;
}

/** `sums` has four bytes for each channel. */
export const totalPoolParams = { row: 'i32', sums: 'i32', output: 'i32', y: 'i32' } as const;

/**
 * A pool over a whole int8 image, row by row: `row` is number `y` of them, `sums` holds what the rows before gave, and the last row
 * makes the output. Four channels at a time.
 */
export const totalPool = routine({
  params: totalPoolParams,
  name: ({ kind }: TotalPool) => `${kind} pool of rows int8`,
  emit(f, { row, sums, output, y }, { height, width, channels, kind, ties, min, max }, library) {
    const [value, acc] = [f.local('v128', 'value'), f.local('v128', 'acc')];
    const [at, left, end] = [f.local('i32', 'at'), f.local('i32', 'left'), f.local('i32', 'end')];
    const first = kind === 'max' ? -128 : 0;
    f.set(left, channels);
    f.doWhile(
      () => {
        f.set(acc, v128.const('i32x4', [first, first, first, first]));
        f.if(y, () => f.set(acc, v128.load(sums, { align: 4 })));
        f.set(at, row);
        f.set(end, i32.add(row, width * channels));
        f.doWhile(
          () => {
            f.set(value, loadLanes('int8', at));
            f.set(acc, kind === 'max' ? i32x4.max_s(acc, value) : i32x4.add(acc, value));
          },
          i32.ne(f.tee(at, i32.add(at, channels)), end),
        );
        f.if(
          i32.eq(y, height - 1),
          () => {
            if (kind === 'average') {
              f.set(at, height * width);
              emitStoredAverage(f, acc, at, ties);
            }
            f.set(acc, narrowed([acc, acc, acc, acc], { zero: 0, min, max }));
            f.set(at, left);
            f.if(i32.gt_s(at, 4), () => f.set(at, 4));
            f.do(
              f.call(library.get(storeBytes, null), { target: output, value: i64x2.extract_lane(acc, 0), count: at }),
            );
          },
          () => f.do(f.call(library.get(storeFloats, null), { target: sums, value: acc, count: left })),
        );
        f.set(row, i32.add(row, 4));
        f.set(sums, i32.add(sums, 16));
        f.set(output, i32.add(output, 4));
      },
      i32.gt_s(f.tee(left, i32.sub(left, 4)), 0),
    );
  },
});
