import {
  type Counter,
  type FunctionBuilder,
  i16x8,
  i32,
  i32x4,
  i64,
  type Local,
  type Operand,
  v128,
} from '../assembler/index.ts';
import { routine } from '../routine.ts';

/**
 * Copies `rows` rows of `rowBytes` (1 or more) int8 as the second operand of the dot product, between rows that are `sourceStep` and
 * `targetStep` bytes apart. A row takes whole vectors, the last of which may begin within the one before.
 */
export const copyAsOperand = routine({
  params: { source: 'i32', target: 'i32', rows: 'i32', rowBytes: 'i32', sourceStep: 'i32', targetStep: 'i32' },
  name: (_: null) => 'copy as operand',
  emit(f, { source, target, rows, rowBytes, sourceStep, targetStep }, _, library) {
    const mask = f.local('v128', 'mask');
    const word = f.local('i32', 'word');
    f.set(word, library.offsets);
    f.set(mask, i32x4.splat(word));
    const wide = i64.mul(i64.extend_i32_u(word), 0x1_0000_0001n);
    const row = { source, target, rowBytes };
    f.while(i32.gt_s(rows, 0), () => {
      f.if(
        i32.ge_s(rowBytes, 16),
        () =>
          emitRow(f, row, 16, (to, from) =>
            f.do(v128.store(to, v128.xor(v128.load(from, { align: 1 }), mask), { align: 1 })),
          ),
        () =>
          f.if(
            i32.ge_s(rowBytes, 8),
            () =>
              emitRow(f, row, 8, (to, from) =>
                f.do(i64.store(to, i64.xor(i64.load(from, { align: 1 }), wide), { align: 1 })),
              ),
            () => emitRow(f, row, 1, (to, from) => f.do(i32.store8(to, i32.xor(i32.load8_u(from), word)))),
          ),
      );
      f.set(source, i32.add(source, sourceStep));
      f.set(target, i32.add(target, targetStep));
      f.set(rows, i32.sub(rows, 1));
    });
  },
});

/**
 * Copies `rows` rows of `rowBytes` (1 or more) int8 as int16, `zero` taken off, between rows that are `sourceStep` and `targetStep`
 * bytes apart. A row takes whole vectors, the last of which may begin within the one before.
 */
export const copyAsWords = routine({
  params: {
    source: 'i32',
    target: 'i32',
    rows: 'i32',
    rowBytes: 'i32',
    sourceStep: 'i32',
    targetStep: 'i32',
    zero: 'i32',
  },
  name: (_: null) => 'copy as int16',
  emit(f, { source, target, rows, rowBytes, sourceStep, targetStep, zero }) {
    const [zeros, at, last] = [f.local('v128', 'zeros'), f.local('i32', 'at'), f.local('i32', 'last')];
    f.set(zeros, i16x8.splat(zero));
    const eight = (index: Counter) => {
      const from = i32.add(source, index);
      const to = i32.add(target, typeof index === 'number' ? 2 * index : i32.shl(index, 1));
      f.do(v128.store(to, i16x8.sub(v128.load8x8_s(from, { align: 1 }), zeros), { align: 1 }));
    };
    f.while(i32.gt_s(rows, 0), () => {
      f.if(
        i32.ge_s(rowBytes, 8),
        () => {
          f.set(last, i32.sub(rowBytes, 8));
          f.for({ from: 0, to: last, step: 8, counter: at }, eight);
          eight(last);
        },
        () => {
          f.for({ from: 0, to: rowBytes, counter: at }, () => {
            const value = i32.sub(i32.load8_s(i32.add(source, at)), zero);
            f.do(i32.store16(i32.add(target, i32.shl(at, 1)), value, { align: 1 }));
          });
        },
      );
      f.set(source, i32.add(source, sourceStep));
      f.set(target, i32.add(target, targetStep));
      f.set(rows, i32.sub(rows, 1));
    });
  },
});

interface Row {
  readonly source: Local<'i32'>;
  readonly target: Local<'i32'>;
  readonly rowBytes: Local<'i32'>;
}

/** Pieces of `bytes` one after the other, and one that ends where the row does. */
function emitRow(
  f: FunctionBuilder,
  { source, target, rowBytes }: Row,
  bytes: number,
  copy: (to: Operand<'i32'>, from: Operand<'i32'>) => void,
): void {
  const [at, last] = [f.local('i32', 'at'), f.local('i32', 'last')];
  f.set(last, i32.sub(rowBytes, bytes));
  f.for({ from: 0, to: last, step: bytes, counter: at }, () => copy(i32.add(target, at), i32.add(source, at)));
  copy(i32.add(target, last), i32.add(source, last));
  f.free(at, last);
}

/** Turns the biases of packed `pairs` into those for a dot product of signed numbers: 128 times the sum of the weights more. */
export const addSignedSums = routine({
  params: { weights: 'i32', channels: 'i32', pairs: 'i32', header: 'i32', zeros: 'i32' },
  name: (_: null) => 'add sums for signed operands',
  emit(f, { weights, channels, pairs, header, zeros }) {
    const [low, high, sums] = [f.local('v128', 'low'), f.local('v128', 'high'), f.local('v128', 'sums')];
    const [w, end] = [f.local('i32', 'w'), f.local('i32', 'end')];
    f.doWhile(
      () => {
        f.set(w, i32.add(weights, header));
        f.set(end, i32.add(w, i32.shl(pairs, 4)));
        f.set(low, i32x4.splat(i32.sub(0, zeros)));
        f.set(high, low);
        f.doWhile(
          () => {
            f.set(sums, i16x8.extadd_pairwise_i8x16_s(v128.load(w)));
            f.set(low, i32x4.add(low, i32x4.extend_low_i16x8_s(sums)));
            f.set(high, i32x4.add(high, i32x4.extend_high_i16x8_s(sums)));
          },
          i32.ne(f.tee(w, i32.add(w, 16)), end),
        );
        for (const [half, sum] of [low, high].entries()) {
          const bias = v128.load(weights, { offset: 16 * half, align: 4 });
          f.do(v128.store(weights, i32x4.add(bias, i32x4.shl(sum, 7)), { offset: 16 * half, align: 4 }));
        }
        f.set(weights, end);
      },
      i32.gt_s(f.tee(channels, i32.sub(channels, 8)), 0),
    );
  },
});
