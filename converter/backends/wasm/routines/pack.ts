import { type FunctionBuilder, i8x16, i16x8, i32, type Local, type ParameterLocals, v128 } from '../assembler/index.ts';
import { routine } from '../routine.ts';

/** Parameters of {@link pack}. Steps and chunks are bytes of the source. */
const packParams = {
  source: 'i32',
  panel: 'i32',
  zero: 'i32',
  rows: 'i32',
  column: 'i32',
  columns: 'i32',
  pixelStep: 'i32',
  rowSkip: 'i32',
  kernelRows: 'i32',
  kernelRowStep: 'i32',
  kernelColumns: 'i32',
  kernelColumnStep: 'i32',
  chunk: 'i32',
  chunkSteps: 'i32',
} as const;

/**
 * Packs the patches of `rows` output positions, beginning at `source` in column `column` of `columns`, as the matrix
 * products read them: tiles of four rows; for each chunk of a patch 16 bytes per step: the step of row 0, 1, 2 and 3.
 *
 * int8 becomes int16 with `zero` taken off, two per step. A patch is kernelRows x kernelColumns chunks of `chunk` bytes, which take
 * `chunkSteps` steps (half an odd step is rubbish that meets weights of 0). The next position is `pixelStep` further on, plus `rowSkip` after the last column. Rows behind the last repeat it.
 * Writes up to 48 bytes behind the panel.
 */
export const pack = routine({
  params: packParams,
  name: (_: null) => 'pack int8',
  emit(f, params) {
    const { source, rows, column, columns, pixelStep, rowSkip } = params;
    const pointers = [0, 1, 2, 3].map((r) => f.local('i32', `row${r}`));
    f.doWhile(
      () => {
        for (const pointer of pointers) {
          f.set(pointer, source);
          f.if(i32.gt_s(rows, 1), () => {
            f.set(source, i32.add(source, pixelStep));
            f.if(i32.eq(f.tee(column, i32.add(column, 1)), columns), () => {
              f.set(column, 0);
              f.set(source, i32.add(source, rowSkip));
            });
          });
          f.set(rows, i32.sub(rows, 1));
        }
        emitPackTile(f, params, pointers);
      },
      i32.gt_s(rows, 0),
    );
    f.free(...pointers);
  },
});

function emitPackTile(
  f: FunctionBuilder,
  params: ParameterLocals<typeof packParams>,
  pointers: readonly Local<'i32'>[],
): void {
  const { panel, chunk, chunkSteps } = params;
  const [ky, kx] = [f.local('i32', 'ky'), f.local('i32', 'kx')];
  const [rowOffset, offset] = [f.local('i32', 'rowOffset'), f.local('i32', 'offset')];
  const [end, target] = [f.local('i32', 'end'), f.local('i32', 'target')];
  f.set(rowOffset, 0);
  f.for({ from: 0, to: params.kernelRows, counter: ky }, () => {
    f.for({ from: 0, to: params.kernelColumns, counter: kx }, () => {
      f.set(offset, i32.add(rowOffset, i32.mul(kx, params.kernelColumnStep)));
      f.set(end, i32.add(offset, chunk));
      f.set(target, panel);
      f.doWhile(
        () => {
          emitTransposed(
            f,
            pointers.map((pointer) => i32.add(pointer, offset)),
            target,
            params.zero,
          );
          f.set(target, i32.add(target, 64));
        },
        i32.lt_s(f.tee(offset, i32.add(offset, 8)), end),
      );
      f.set(panel, i32.add(panel, i32.shl(chunkSteps, 4)));
    });
    f.set(rowOffset, i32.add(rowOffset, params.kernelRowStep));
  });
  f.free(ky, kx, rowOffset, offset, end, target);
}

/** Four steps of four rows: loads a vector of each row and stores the transposed 4 x 4 words. */
function emitTransposed(
  f: FunctionBuilder,
  addresses: readonly ReturnType<typeof i32.add>[],
  target: Local<'i32'>,
  zero: Local<'i32'>,
): void {
  const loaded = addresses.map((address) => {
    const vector = f.local('v128');
    f.set(vector, i16x8.sub(v128.load8x8_s(address, { align: 1 }), i16x8.splat(zero)));
    return vector;
  });
  const [a, b, c, d] = loaded;
  if (a === undefined || b === undefined || c === undefined || d === undefined) return;
  const low = (p: Local<'v128'>, q: Local<'v128'>) =>
    i8x16.shuffle(p, q, [0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23]);
  const high = (p: Local<'v128'>, q: Local<'v128'>) =>
    i8x16.shuffle(p, q, [8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31]);
  const firstHalves = (p: Local<'v128'>, q: Local<'v128'>) =>
    i8x16.shuffle(p, q, [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23]);
  const lastHalves = (p: Local<'v128'>, q: Local<'v128'>) =>
    i8x16.shuffle(p, q, [8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31]);
  const [ab, cd] = [f.local('v128'), f.local('v128')];
  for (const [interleave, first] of [
    [low, 0],
    [high, 32],
  ] as const) {
    f.set(ab, interleave(a, b));
    f.set(cd, interleave(c, d));
    f.do(v128.store(target, firstHalves(ab, cd), { offset: first }));
    f.do(v128.store(target, lastHalves(ab, cd), { offset: first + 16 }));
  }
  f.free(ab, cd, ...loaded);
}
