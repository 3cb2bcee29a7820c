import { type BilinearArithmetic, uint8Offset } from '../../../ops/resize-bilinear.ts';
import { type Expr, f32x4, i32, i32x4, type Local, v128 } from '../assembler/index.ts';
import { routine } from '../routine.ts';
import { emitStoreLanes, loadLanes } from './elementwise.ts';

const rowBytes = 16;
const realHalf = v128.const('f32x4', [0.5, 0.5, 0.5, 0.5]);
const offset = v128.const('i32x4', [uint8Offset, uint8Offset, uint8Offset, uint8Offset]);
/** A half in units of 2^-20. */
const half = v128.const('i32x4', [524288, 524288, 524288, 524288]);

/**
 * One image. `rows` and `columns` point to 16 bytes for each output row and column: two places in bytes, two weights, which are
 * float32 or units of 1/1024.
 */
export const resizeBilinear = routine({
  params: { input: 'i32', target: 'i32', rows: 'i32', columns: 'i32', height: 'i32', width: 'i32', channels: 'i32' },
  name: (arithmetic: BilinearArithmetic) => `resize bilinear ${arithmetic}`,
  emit(f, { input, target, rows, columns, height, width, channels }, arithmetic, library) {
    const [column, x, left, sum] = [f.local('i32'), f.local('i32'), f.local('i32'), f.local('v128')];
    const corners = [f.local('i32'), f.local('i32'), f.local('i32'), f.local('i32')] as const;
    const dtype = arithmetic === 'real' ? 'float32' : 'int8';
    const bytes = dtype === 'float32' ? 4 : 1;
    const lanes = arithmetic === 'fixed' ? i32x4 : f32x4;
    const load = (corner: Local<'i32'>): Expr<'v128'> => {
      const loaded = loadLanes(dtype, corner);
      return arithmetic === 'real-uint8' ? f32x4.convert_i32x4_s(i32x4.add(loaded, offset)) : loaded;
    };
    /** Corner, times the weight of its row, times that of its column; corners 0 and 2 are in the first row, 0 and 1 in the first column. */
    const term = (corner: Local<'i32'>, i: number): Expr<'v128'> => {
      const ofRow = v128.load32_splat(rows, { offset: 8 + 4 * (i % 2) });
      const ofColumn = v128.load32_splat(column, { offset: i < 2 ? 8 : 12 });
      return lanes.mul(lanes.mul(load(corner), ofRow), ofColumn);
    };
    f.doWhile(
      () => {
        f.set(column, columns);
        f.set(x, width);
        f.doWhile(
          () => {
            corners.forEach((corner, i) => {
              const row = i32.load(rows, { offset: 4 * (i % 2) });
              f.set(corner, i32.add(i32.add(input, row), i32.load(column, { offset: i < 2 ? 0 : 4 })));
            });
            f.set(left, channels);
            f.doWhile(
              () => {
                corners.forEach((corner, i) => {
                  f.set(sum, i === 0 ? term(corner, i) : lanes.add(sum, term(corner, i)));
                });
                if (arithmetic === 'fixed') emitRounded(f, sum);
                if (arithmetic === 'real-uint8')
                  f.set(sum, i32x4.sub(i32x4.trunc_sat_f32x4_s(f32x4.add(sum, realHalf)), offset));
                emitStoreLanes(f, library, dtype, target, sum, left);
                for (const corner of corners) f.set(corner, i32.add(corner, 4 * bytes));
                f.set(target, i32.add(target, 4 * bytes));
              },
              i32.gt_s(f.tee(left, i32.sub(left, 4)), 0),
            );
            f.set(target, i32.add(target, i32.mul(left, bytes)));
            f.set(column, i32.add(column, rowBytes));
          },
          f.tee(x, i32.sub(x, 1)),
        );
        f.set(rows, i32.add(rows, rowBytes));
      },
      f.tee(height, i32.sub(height, 1)),
    );
    f.free(column, x, left, sum, ...corners);
  },
});

/** Units of 2^-20 to whole numbers, to nearest, ties away from zero. */
function emitRounded(f: Parameters<typeof emitStoreLanes>[0], sum: Local<'v128'>): void {
  const sign = f.local('v128');
  f.set(sign, i32x4.shr_s(sum, 31));
  const magnitude = i32x4.shr_s(i32x4.add(i32x4.abs(sum), half), 20);
  f.set(sum, i32x4.sub(v128.xor(magnitude, sign), sign));
  f.free(sign);
}
