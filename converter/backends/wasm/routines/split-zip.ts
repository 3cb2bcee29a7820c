import { type Expr, i8x16, i16x8, i32, i32x4, i64x2, type Local, v128 } from '../assembler/index.ts';
import type { Broadcast } from '../packing/broadcast.ts';
import type { SplitSum } from '../packing/split-sum.ts';
import { routine } from '../routine.ts';
import { narrowed, storeBytes } from './requantize.ts';
import { emitZip, zipParams } from './zip.ts';

/** Lanes of int16 of a and b side by side, the low and the high four. */
const pairLanes = [
  [0, 1, 16, 17, 2, 3, 18, 19, 4, 5, 20, 21, 6, 7, 22, 23],
  [8, 9, 24, 25, 10, 11, 26, 27, 12, 13, 28, 29, 14, 15, 30, 31],
] as const;

/** int8 sums of {@link SplitSum}, eight elements at a time. */
export const splitZip = routine({
  params: zipParams,
  name: (_: { readonly sum: SplitSum; readonly broadcast: Broadcast }) => 'sum int8',
  emit(f, params, { sum, broadcast }, library) {
    const [x, y, bytes] = [f.local('v128', 'x'), f.local('v128', 'y'), f.local('v128', 'bytes')];
    const [low, high] = [f.local('v128', 'low'), f.local('v128', 'high')];
    const load = (address: Local<'i32'>, mode: 'runs' | 'stays') =>
      mode === 'runs' ? v128.load8x8_s(address, { align: 1 }) : i16x8.splat(i32.load8_s(address));
    const constant = (value: Expr<'v128'>) => {
      const local = f.local('v128');
      f.set(local, value);
      return local;
    };
    const weights = ([a, b]: SplitSum['high']) => constant(v128.const('i16x8', [a, b, a, b, a, b, a, b]));
    const offset = ([, , all]: SplitSum['high']) => constant(v128.const('i32x4', [all, all, all, all]));
    const [highWeights, lowWeights] = [weights(sum.high), weights(sum.low)];
    const [highOffset, lowOffset] = [offset(sum.high), offset(sum.low)];
    const summed = (pairs: Local<'v128'>) => {
      const fraction = i32x4.shr_s(i32x4.add(i32x4.dot_i16x8_s(pairs, lowWeights), lowOffset), 15);
      const whole = i32x4.add(i32x4.dot_i16x8_s(pairs, highWeights), highOffset);
      return i32x4.shr_s(i32x4.add(whole, fraction), sum.shift);
    };
    emitZip(f, params, broadcast, {
      elementBytes: 1,
      lanes: 8,
      step({ a, b, target, left }) {
        f.set(x, load(a, broadcast.run.a));
        f.set(y, load(b, broadcast.run.b));
        f.set(low, i8x16.shuffle(x, y, pairLanes[0]));
        f.set(high, i8x16.shuffle(x, y, pairLanes[1]));
        f.set(low, summed(low));
        f.set(high, summed(high));
        f.set(bytes, narrowed([low, high, low, high], { zero: 0, ...sum.bounds }));
        f.if(
          i32.ge_s(left, 8),
          () => f.do(v128.store64_lane(target, bytes, 0, { align: 1 })),
          () => {
            const value = i64x2.extract_lane(bytes, 0);
            f.do(f.call(library.get(storeBytes, null), { target, value, count: left }));
          },
        );
      },
    });
  },
});
