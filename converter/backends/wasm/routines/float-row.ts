import { invariant } from '../../../problem.ts';
import { type FunctionBuilder, f32x4, i8x16, i32, type Local, v128 } from '../assembler/index.ts';
import { headerBytes, panelChannels } from '../packing/panels.ts';
import { type Library, routine } from '../routine.ts';
import { type Bounds, bounded, emitBounds, multiplyAdd, zeroLanes } from './float-lanes.ts';
import { storeFloats } from './requantize.ts';

export interface FloatRow {
  readonly bounds: Bounds;
  /** Channels of the last panel, 8 or fewer; null where it is not known before the run. */
  readonly lastChannels: number | null;
}

/**
 * The product of one row with packed weights ('fours' order, the bias in front), plus bias, clamped. A step is a vector of the row; numbers
 * behind its end meet weights of 0, so they must be finite. Work may be split by panels.
 */
export const floatRow = routine({
  params: { row: 'i32', weights: 'i32', output: 'i32', steps: 'i32', channels: 'i32', min: 'f32', max: 'f32' },
  name: (_: FloatRow) => 'row product float32',
  emit(f, { row, weights, output, steps, channels, min, max }, { bounds, lastChannels }, library) {
    const [x, w, end] = [f.local('i32', 'x'), f.local('i32', 'w'), f.local('i32', 'end')];
    const value = f.local('v128', 'value');
    const acc = Array.from({ length: panelChannels }, (_, channel) => f.local('v128', `acc${channel}`));
    const vectors = emitBounds(f, { min, max }, bounds);
    f.set(end, i32.add(row, i32.shl(steps, 4)));
    f.doWhile(
      () => {
        for (const vector of acc) f.set(vector, zeroLanes);
        f.set(x, row);
        f.set(w, i32.add(weights, headerBytes(1, 'float32')));
        f.doWhile(
          () => {
            f.set(value, v128.load(x, { align: 4 }));
            acc.forEach((vector, channel) => {
              f.set(vector, multiplyAdd(library.variant, vector, value, v128.load(w, { offset: 16 * channel })));
            });
            f.set(w, i32.add(w, 16 * panelChannels));
          },
          i32.ne(f.tee(x, i32.add(x, 16)), end),
        );
        const results = [acc.slice(0, 4), acc.slice(4)].map((four, half) => {
          const sum = joinedLanes(f, four);
          f.set(sum, bounded(f32x4.add(sum, v128.load(weights, { offset: 16 * half })), vectors));
          return sum;
        });
        const whole = () => {
          results.forEach((value, half) => {
            f.do(v128.store(output, value, { offset: 16 * half, align: 4 }));
          });
        };
        if (lastChannels === panelChannels) whole();
        else f.if(i32.ge_s(channels, panelChannels), whole, () => emitPart(f, library, { output, channels }, results));
        f.set(weights, w);
        f.set(output, i32.add(output, 4 * panelChannels));
      },
      i32.gt_s(f.tee(channels, i32.sub(channels, panelChannels)), 0),
    );
  },
});

/** Stores as many floats as there are channels left, fewer than 8. */
function emitPart(
  f: FunctionBuilder,
  library: Library,
  { output, channels }: { readonly output: Local<'i32'>; readonly channels: Local<'i32'> },
  [low, high]: readonly Local<'v128'>[],
): void {
  const partial = library.get(storeFloats, null);
  if (low === undefined || high === undefined) return;
  f.do(f.call(partial, { target: output, value: low, count: channels }));
  f.if(i32.gt_s(channels, 4), () => {
    f.do(f.call(partial, { target: i32.add(output, 16), value: high, count: i32.sub(channels, 4) }));
  });
}

/** Lane i is the sum of the four lanes of vector i; kept in the first vector. */
function joinedLanes(f: FunctionBuilder, vectors: readonly Local<'v128'>[]): Local<'v128'> {
  const [a, b, c, d] = vectors;
  invariant(a !== undefined && b !== undefined && c !== undefined && d !== undefined, 'four vectors are joined');
  const low = (p: Local<'v128'>, q: Local<'v128'>) =>
    i8x16.shuffle(p, q, [0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23]);
  const high = (p: Local<'v128'>, q: Local<'v128'>) =>
    i8x16.shuffle(p, q, [8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31]);
  f.set(a, f32x4.add(low(a, b), high(a, b)));
  f.set(c, f32x4.add(low(c, d), high(c, d)));
  const firstHalves = i8x16.shuffle(a, c, [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23]);
  const lastHalves = i8x16.shuffle(a, c, [8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31]);
  f.set(a, f32x4.add(firstHalves, lastHalves));
  return a;
}
