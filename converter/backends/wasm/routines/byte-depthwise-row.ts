import {
  type Counter,
  type Expr,
  type FunctionBuilder,
  i8x16,
  i32,
  i32x4,
  i64x2,
  type Local,
  v128,
} from '../assembler/index.ts';
import { type ByteDepthwise, byteDepthwiseBlock, quadsOf } from '../packing/byte-depthwise.ts';
import { panelChannels, vectorBytes } from '../packing/panels.ts';
import { headerVectors } from '../packing/requantization.ts';
import type { Library } from '../routine.ts';
import { emitRequantize, headerOperands, narrowed, remainingRange, storeBytes } from './requantize.ts';

/** What a row of outputs takes of the parameters of the layer; `output` moves on to the next row. */
export interface RowParams {
  readonly weights: Local<'i32'>;
  readonly output: Local<'i32'>;
  readonly zero: Local<'i32'>;
  readonly min: Local<'i32'>;
  readonly max: Local<'i32'>;
  readonly shift: Local<'i32'>;
}

/** Low and high four channels. */
type Pair = readonly [Local<'v128'>, Local<'v128'>];

/** What the sums of a row of outputs are made of, in eight channels. */
interface RowSums {
  readonly header: Local<'i32'>;
  /** Four rows of the column at hand in each lane. */
  readonly column: readonly Pair[];
  /** The sums of the next output, and of those behind it that have begun. */
  readonly sums: readonly Pair[];
  readonly out: Pair;
  /** The weights of a set, column of the window and four rows. */
  weight(set: number, kx: number, quad: number, half: 0 | 1): Expr<'v128'>;
}

/** Vectors of weights that stay in registers. */
const heldWeights = 12;

/** One row of outputs, eight channels at a time. */
export function emitOutputRow(
  f: FunctionBuilder,
  library: Library,
  shape: ByteDepthwise,
  params: RowParams,
  rows: readonly Local<'i32'>[],
): void {
  const { channels, sets, form, outputWidth, kernelColumns, walk } = shape;
  const quads = quadsOf(shape.kernelRows);
  const [header, left, base] = [f.local('i32', 'header'), f.local('i32', 'left'), f.local('i32', 'base')];
  const [target, first] = [f.local('i32', 'target'), f.local('i32', 'first')];
  const at = rows.map((_, i) => f.local('i32', `at${i}`));
  const pair = (name: string): Pair => [f.local('v128', `${name}0`), f.local('v128', `${name}1`)];
  const weightCount = sets * kernelColumns * quads * 2;
  const held =
    weightCount <= heldWeights ? Array.from({ length: weightCount }, (_, i) => f.local('v128', `w${i}`)) : [];
  const stored = (i: number) => v128.load(header, { offset: headerVectors(form) * vectorBytes + 16 * i });
  const column = Array.from({ length: quads }, (_, i) => pair(`column${i}`));
  const sums = Array.from({ length: Math.floor((kernelColumns - 1) / walk.stride) + 1 }, (_, i) => pair(`sum${i}`));
  const out = pair('out');
  const row: RowSums = {
    ...{ header, column, sums, out },
    weight(set, kx, quad, half) {
      const i = 2 * ((set * kernelColumns + kx) * quads + quad) + half;
      return held[i] ?? stored(i);
    },
  };
  f.set(header, params.weights);
  f.set(base, 0);
  f.set(first, params.output);
  f.set(left, channels);
  const outputs = () => emitOutput(f, library, shape, params, { header, left, target, out });
  f.doWhile(
    () => {
      for (const [i, vector] of held.entries()) f.set(vector, stored(i));
      const phases = Math.min(walk.phases, outputWidth);
      f.for({ from: 0, to: phases }, (phase) => {
        const shift = (bytes: number) => (typeof phase === 'number' ? phase * bytes : i32.mul(phase, bytes));
        for (const [i, place] of at.entries()) {
          f.set(place, i32.add(i32.add(rows[i] ?? base, base), shift(walk.phaseBytes)));
        }
        f.set(target, i32.add(first, shift(channels)));
        if (typeof phase === 'number')
          emitPhase(f, shape, row, at, Math.ceil((outputWidth - phase) / walk.phases), outputs);
        else {
          const width = f.local('i32', 'width');
          f.set(width, i32.div_u(i32.sub(outputWidth + walk.phases - 1, phase), walk.phases));
          emitPhase(f, shape, row, at, width, outputs);
          f.free(width);
        }
      });
      f.set(header, i32.add(header, byteDepthwiseBlock(form, sets, shape)));
      f.set(base, i32.add(base, panelChannels));
      f.set(first, i32.add(first, panelChannels));
    },
    i32.gt_s(f.tee(left, i32.sub(left, panelChannels)), 0),
  );
  f.set(params.output, i32.add(params.output, outputWidth * channels));
  f.free(header, left, base, target, first, ...at, ...held, ...column.flat(), ...sums.flat(), ...out);
}

/** `width` outputs whose windows are over the same columns. */
function emitPhase(
  f: FunctionBuilder,
  { kernelColumns, sets, walk }: ByteDepthwise,
  { header, column, sums, out, weight }: RowSums,
  at: readonly Local<'i32'>[],
  width: Counter,
  finish: () => void,
): void {
  const add = (to: Pair, from: Pair, kx: number) => {
    for (const half of [0, 1] as const) {
      const start: Expr<'v128'> = kx === 0 ? v128.load(header, { offset: 16 * half }) : from[half];
      let sum = start;
      for (let set = 0; set < sets; set++) {
        for (const [quad, bytes] of column.entries()) {
          sum = i32x4.relaxed_dot_i8x16_i7x16_add_s(weight(set, kx, quad, half), bytes[half], sum);
        }
      }
      f.set(to[half], sum);
    }
  };
  /** A column that is `last` columns before the end of the window of the next output. */
  const visit = (last: number) => {
    const kx = kernelColumns - 1 - last;
    emitColumn(f, at, column, walk.columnBytes);
    sums.forEach((sum, i) => {
      const own = kx - i * walk.stride;
      const before = sums[i - 1] ?? out;
      if (own >= 0) add(last === 0 ? before : sum, sum, own);
    });
  };
  for (let column = 0; column < kernelColumns - walk.stride; column++) visit(kernelColumns - 1 - column);
  f.for({ from: 0, to: width }, () => {
    for (let last = Math.min(walk.stride, kernelColumns) - 1; last >= 0; last--) visit(last);
    const skipped = Math.max(0, walk.stride - kernelColumns) * walk.columnBytes;
    if (skipped > 0) for (const place of at) f.set(place, i32.add(place, skipped));
    finish();
  });
}

/** Bytes of two vectors in turn. */
const byteLanes = [0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23];

/** Pairs of bytes of two vectors in turn, channels 0 to 3, and 4 to 7. */
const pairLanes = [
  [0, 1, 16, 17, 2, 3, 18, 19, 4, 5, 20, 21, 6, 7, 22, 23],
  [8, 9, 24, 25, 10, 11, 26, 27, 12, 13, 28, 29, 14, 15, 30, 31],
] as const;

/** The next column of eight channels. Bytes of a lane that are of no row meet weights of 0. */
function emitColumn(
  f: FunctionBuilder,
  at: readonly Local<'i32'>[],
  column: readonly Pair[],
  columnBytes: number,
): void {
  const [upper, lower] = [f.local('v128', 'upper'), f.local('v128', 'lower')];
  const bytes = (place: Local<'i32'>) => v128.load64_zero(place, { align: 1 });
  const joined = (vector: Local<'v128'>, first: Local<'i32'>, second: Local<'i32'> | undefined) => {
    if (second !== undefined) f.set(vector, i8x16.shuffle(bytes(first), bytes(second), byteLanes));
    else {
      f.set(vector, bytes(first));
      f.set(vector, i8x16.shuffle(vector, vector, byteLanes));
    }
  };
  for (const [quad, halves] of column.entries()) {
    const [a, b, c, d] = at.slice(4 * quad, 4 * quad + 4);
    if (a === undefined) continue;
    joined(upper, a, b);
    if (c !== undefined) joined(lower, c, d);
    for (const half of [0, 1] as const) {
      f.set(halves[half], i8x16.shuffle(upper, c === undefined ? upper : lower, pairLanes[half]));
    }
  }
  for (const place of at) f.set(place, i32.add(place, columnBytes));
  f.free(upper, lower);
}

interface Output {
  readonly header: Local<'i32'>;
  readonly left: Local<'i32'>;
  readonly target: Local<'i32'>;
  readonly out: Pair;
}

/** Eight channels of an output, or those that are left. */
function emitOutput(
  f: FunctionBuilder,
  library: Library,
  { form, channels, walk }: ByteDepthwise,
  params: RowParams,
  { header, left, target, out }: Output,
): void {
  for (const [half, vector] of out.entries()) {
    emitRequantize(f, library, form, vector, headerOperands(header, half, params.shift));
  }
  const [low, high] = out;
  f.set(low, narrowed([low, high, low, high], remainingRange(form, params)));
  const whole = () => f.do(v128.store64_lane(target, low, 0, { align: 1 }));
  const rest = channels % panelChannels;
  const partial = () => {
    const value = i64x2.extract_lane(low, 0);
    f.do(f.call(library.get(storeBytes, null), { target, value, count: rest }));
  };
  if (rest === 0) whole();
  else f.if(i32.ge_s(left, panelChannels), whole, partial);
  f.set(target, i32.add(target, walk.phases * channels));
}
