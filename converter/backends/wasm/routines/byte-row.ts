import {
  type Expr,
  type FunctionBuilder,
  i8x16,
  i32,
  i32x4,
  i64x2,
  type Local,
  type Operand,
  v128,
} from '../assembler/index.ts';
import { headerBytes, panelChannels, vectorBytes } from '../packing/panels.ts';
import { headerVectors } from '../packing/requantization.ts';
import { routine } from '../routine.ts';
import type { IntegerProduct } from './matrix.ts';
import { emitRequantize, headerOperands, narrowed, remainingRange, storeBytes } from './requantize.ts';

/** Bytes of weights of one step: eight k of eight channels. */
const stepBytes = 64;

/** What the code of a row by the dot product depends on. */
export interface ByteRow extends IntegerProduct {
  /** Steps of eight k that a pass of the loop takes: each has sums of its own, since one dot product waits for the other. */
  readonly unroll: 1 | 2;
  readonly hasCorrection: boolean;
}

/** Sums of two channels in each vector, each channel in two lanes; of the unrolled steps together. */
type Sums = readonly Local<'v128'>[];

/** Four vectors of eight channels into two, one lane for each. */
function joined(a: Local<'v128'>, b: Local<'v128'>): Expr<'v128'> {
  const even = i8x16.shuffle(a, b, [0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27]);
  const odd = i8x16.shuffle(a, b, [4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31]);
  return i32x4.add(even, odd);
}

interface RowLoop {
  readonly w: Local<'i32'>;
  readonly steps: Operand<'i32'>;
  readonly unroll: number;
  /** Eight bytes of the row twice, of step `step` of a pass. */
  operand(step: number): Expr<'v128'>;
  /** Behind each pass. */
  move(): void;
}

/** The dot products of a panel, the weights at `w`; the sums of all passes are in the first four vectors in the end. */
function emitPanel(f: FunctionBuilder, acc: readonly Sums[], total: Local<'v128'> | null, loop: RowLoop): void {
  const [end, x, ones] = [f.local('i32', 'end'), f.local('v128', 'x'), f.local('v128', 'ones')];
  for (const vector of acc.flat()) f.set(vector, v128.const('i32x4', [0, 0, 0, 0]));
  if (total !== null) {
    f.set(total, v128.const('i32x4', [0, 0, 0, 0]));
    f.set(ones, v128.const('i8x16', new Array<number>(16).fill(1)));
  }
  f.set(end, i32.add(loop.w, i32.mul(loop.steps, stepBytes)));
  f.doWhile(
    () => {
      for (const [step, sums] of acc.entries()) {
        f.set(x, loop.operand(step));
        for (const [j, sum] of sums.entries()) {
          const weights = v128.load(loop.w, { offset: stepBytes * step + 16 * j });
          f.set(sum, i32x4.relaxed_dot_i8x16_i7x16_add_s(weights, x, sum));
        }
        if (total !== null) f.set(total, i32x4.relaxed_dot_i8x16_i7x16_add_s(ones, x, total));
      }
      loop.move();
    },
    i32.ne(f.tee(loop.w, i32.add(loop.w, loop.unroll * stepBytes)), end),
  );
  const [first = [], ...others] = acc;
  for (const sums of others) {
    for (const [j, sum] of sums.entries()) {
      const to = first[j];
      if (to !== undefined) f.set(to, i32x4.add(to, sum));
    }
  }
  f.free(end, x, ones);
}

/**
 * One row times packed weights (order `eights`), eight channels at a time, by the dot product of int8. The row is an operand that
 * `copyAsOperand` made; what lies behind its end meets weights of 0. `corrections` as in `byteTiles`.
 */
export const byteRow = routine({
  params: {
    row: 'i32',
    weights: 'i32',
    output: 'i32',
    steps: 'i32',
    channels: 'i32',
    corrections: 'i32',
    weightZero: 'i32',
    zero: 'i32',
    min: 'i32',
    max: 'i32',
    shift: 'i32',
  },
  name: ({ element, form }: ByteRow) => `row by dot products ${element} ${form.kind}`,
  emit(f, params, { element, form, unroll, hasCorrection }, library) {
    const { row, weights, output, steps, channels, corrections } = params;
    const [w, at] = [f.local('i32', 'w'), f.local('i32', 'at')];
    const acc = Array.from({ length: unroll }, () => [0, 1, 2, 3].map((j) => f.local('v128', `acc${j}`)));
    const total = element === 'offset-int8' ? f.local('v128', 'total') : null;
    const [low, high] = [f.local('v128', 'low'), f.local('v128', 'high')];
    f.doWhile(
      () => {
        f.set(w, i32.add(weights, headerBytes(headerVectors(form), element)));
        f.set(at, row);
        emitPanel(f, acc, total, {
          ...{ w, steps, unroll },
          operand: (step) => v128.load64_splat(at, { offset: 8 * step, align: 1 }),
          move: () => f.set(at, i32.add(at, 8 * unroll)),
        });
        const [a = low, b = low, c = low, d = low] = acc[0] ?? [];
        f.set(low, joined(a, b));
        f.set(high, joined(c, d));
        if (total !== null) f.set(total, i32x4.mul(joined(total, total), i32x4.splat(params.weightZero)));
        for (const [half, sum] of [low, high].entries()) {
          f.set(sum, i32x4.add(sum, v128.load(weights, { offset: 16 * half })));
          if (hasCorrection) f.set(sum, i32x4.add(sum, v128.load(corrections, { offset: 16 * half })));
          if (total !== null) f.set(sum, i32x4.sub(sum, total));
          emitRequantize(f, library, form, sum, headerOperands(weights, half, params.shift));
        }
        f.set(low, narrowed([low, high, low, high], remainingRange(form, params)));
        const value = i64x2.extract_lane(low, 0);
        f.if(
          i32.ge_s(channels, panelChannels),
          () => f.do(v128.store64_lane(output, low, 0, { align: 1 })),
          () => f.do(f.call(library.get(storeBytes, null), { target: output, value, count: channels })),
        );
        f.set(weights, w);
        f.set(output, i32.add(output, panelChannels));
        if (hasCorrection) f.set(corrections, i32.add(corrections, vectorBytes));
      },
      i32.gt_s(f.tee(channels, i32.sub(channels, panelChannels)), 0),
    );
  },
});

/** Turns the biases of packed `eights` into those for a dot product of signed numbers: 128 times the sum of the weights more. */
export const addSignedRows = routine({
  params: { weights: 'i32', channels: 'i32', steps: 'i32', header: 'i32', zeros: 'i32' },
  name: (_: null) => 'add sums of rows for signed operands',
  emit(f, { weights, channels, steps, header, zeros }) {
    const [w, ones] = [f.local('i32', 'w'), f.local('v128', 'one')];
    const acc = [0, 1, 2, 3].map((j) => f.local('v128', `acc${j}`));
    f.set(ones, v128.const('i8x16', new Array<number>(16).fill(1)));
    f.doWhile(
      () => {
        f.set(w, i32.add(weights, header));
        emitPanel(f, [acc], null, { w, steps, unroll: 1, operand: () => ones, move: () => {} });
        const [a = ones, b = ones, c = ones, d = ones] = acc;
        for (const [half, sum] of [joined(a, b), joined(c, d)].entries()) {
          const more = i32x4.shl(i32x4.sub(sum, i32x4.splat(zeros)), 7);
          const bias = v128.load(weights, { offset: 16 * half });
          f.do(v128.store(weights, i32x4.add(bias, more), { offset: 16 * half }));
        }
        f.set(weights, w);
      },
      i32.gt_s(f.tee(channels, i32.sub(channels, panelChannels)), 0),
    );
  },
});
