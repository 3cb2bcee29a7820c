import {
  type FunctionBuilder,
  i8x16,
  i32,
  i32x4,
  i64x2,
  type Local,
  memory,
  type ParameterLocals,
  v128,
} from '../assembler/index.ts';
import { panelChannels, vectorBytes } from '../packing/panels.ts';
import { headerVectors, type RequantizationForm } from '../packing/requantization.ts';
import { type Library, routine } from '../routine.ts';
import { copyAsOperand } from './byte-image.ts';
import { emitRequantize, headerOperands, narrowed, remainingRange, storeBytes } from './requantize.ts';

/** A depthwise layer of 3 x 3 windows, in bytes. */
export interface ByteDepthwise {
  readonly images: number;
  readonly channels: number;
  readonly outputHeight: number;
  readonly outputWidth: number;
  readonly inputHeight: number;
  readonly inputRowBytes: number;
  /** Rows of padding above, bytes of padding at the left, and what of an input row the windows cover. */
  readonly top: number;
  readonly start: number;
  readonly usedBytes: number;
  /** Bytes of a row with its padding. */
  readonly rowBytes: number;
  readonly strideRows: number;
  readonly strideColumns: 1 | 2;
  /** Weights of more than 8 bits are the sum of two. */
  readonly sets: 1 | 2;
  readonly form: RequantizationForm;
}

/** Rows and columns of the window. */
const extent = 3;

/** Bytes of scratch: the rows under the window. */
export function byteDepthwiseScratch({ rowBytes }: Pick<ByteDepthwise, 'rowBytes'>): number {
  return extent * rowBytes + 16;
}

/** Bytes of the constants of eight channels: header, then for each set and column two vectors of (row 0, 1, 2, 0) for four channels. */
export function byteDepthwiseBlock(form: RequantizationForm, sets: number): number {
  return headerVectors(form) * vectorBytes + sets * extent * 32;
}

const depthwiseParams = {
  input: 'i32',
  weights: 'i32',
  output: 'i32',
  scratch: 'i32',
  inputZero: 'i32',
  zero: 'i32',
  min: 'i32',
  max: 'i32',
  shift: 'i32',
} as const;

type Params = ParameterLocals<typeof depthwiseParams>;

/**
 * Each input row is copied once, as the second operand of the dot product, to one of three rows that take turns. Of eight channels,
 * the three bytes of a column lie in one lane; a column meets the weights of up to three outputs, whose sums go along the row.
 */
export const byteDepthwise = routine({
  params: depthwiseParams,
  name: (_: ByteDepthwise) => 'depthwise int8 by dot products',
  emit(f, params, shape, library) {
    const { rowBytes, strideRows } = shape;
    const rows = Array.from({ length: extent }, (_, i) => f.local('i32', `row${i}`));
    const [next, count, fill] = [f.local('i32', 'next'), f.local('i32', 'count'), f.local('i32', 'fill')];
    const image = f.local('i32', 'image');
    f.set(image, params.input);
    f.set(fill, i32.and(i32.xor(params.inputZero, library.offsets), 0xff));
    f.for({ from: 0, to: shape.images }, () => {
      f.do(memory.fill(params.scratch, fill, extent * rowBytes));
      for (const [i, row] of rows.entries()) f.set(row, i32.add(params.scratch, i * rowBytes));
      f.set(next, -shape.top);
      f.set(count, extent);
      f.for({ from: 0, to: shape.outputHeight }, () => {
        f.doWhile(() => emitNextRow(f, library, shape, { rows, next, image, fill }), f.tee(count, i32.sub(count, 1)));
        emitOutputRow(f, library, shape, params, rows);
        f.set(count, Math.min(strideRows, extent));
        if (strideRows > extent) f.set(next, i32.add(next, strideRows - extent));
      });
      f.set(image, i32.add(image, shape.inputHeight * shape.inputRowBytes));
    });
  },
});

interface Rows {
  readonly rows: readonly Local<'i32'>[];
  readonly next: Local<'i32'>;
  readonly image: Local<'i32'>;
  readonly fill: Local<'i32'>;
}

/** The topmost row makes room for the next one. */
function emitNextRow(
  f: FunctionBuilder,
  library: Library,
  shape: ByteDepthwise,
  { rows, next, image, fill }: Rows,
): void {
  const [first, second, third] = rows;
  if (first === undefined || second === undefined || third === undefined) return;
  const freed = f.local('i32', 'freed');
  f.set(freed, first);
  f.set(first, second);
  f.set(second, third);
  f.set(third, freed);
  f.if(
    i32.lt_u(next, shape.inputHeight),
    () => {
      if (shape.usedBytes === 0) return;
      const source = i32.add(image, i32.mul(next, shape.inputRowBytes));
      const one = { rows: 1, rowBytes: shape.usedBytes, sourceStep: 0, targetStep: 0 };
      f.do(f.call(library.get(copyAsOperand, null), { source, target: i32.add(third, shape.start), ...one }));
    },
    () => f.do(memory.fill(third, fill, shape.rowBytes)),
  );
  f.set(next, i32.add(next, 1));
  f.free(freed);
}

/** Low and high four channels. */
type Pair = readonly [Local<'v128'>, Local<'v128'>];

/** One row of outputs, eight channels at a time. */
function emitOutputRow(
  f: FunctionBuilder,
  library: Library,
  shape: ByteDepthwise,
  params: Params,
  rows: readonly Local<'i32'>[],
): void {
  const { channels, sets, form, outputWidth } = shape;
  const [header, left, base] = [f.local('i32', 'header'), f.local('i32', 'left'), f.local('i32', 'base')];
  const [target, first] = [f.local('i32', 'target'), f.local('i32', 'first')];
  const at = rows.map((_, i) => f.local('i32', `at${i}`));
  const pair = (name: string): Pair => [f.local('v128', `${name}0`), f.local('v128', `${name}1`)];
  const weights = Array.from({ length: sets }, () => Array.from({ length: extent }, (_, kx) => pair(`w${kx}`)));
  const [column, older, newer, out] = [pair('column'), pair('older'), pair('newer'), pair('out')];
  f.set(header, params.weights);
  f.set(base, 0);
  f.set(first, params.output);
  f.set(left, channels);
  f.doWhile(
    () => {
      weights.flat().forEach((vectors, i) => {
        for (const [half, vector] of vectors.entries()) {
          f.set(vector, v128.load(header, { offset: headerVectors(form) * vectorBytes + 32 * i + 16 * half }));
        }
      });
      for (const [i, place] of at.entries()) f.set(place, i32.add(rows[i] ?? base, base));
      f.set(target, first);
      const add = (to: Pair, kx: number, from: Pair | null) => {
        for (const half of [0, 1] as const) {
          const start = from === null ? v128.load(header, { offset: 16 * half }) : from[half];
          const sum = weights.reduce((acc, set) => {
            const factor = set[kx]?.[half];
            return factor === undefined ? acc : i32x4.relaxed_dot_i8x16_i7x16_add_s(factor, column[half], acc);
          }, start);
          f.set(to[half], sum);
        }
      };
      const nextColumn = () => emitColumn(f, at, column, channels);
      const finish = () => emitOutput(f, library, shape, params, { header, left, target, out });
      nextColumn();
      if (shape.strideColumns === 1) {
        add(newer, 0, null);
        nextColumn();
        add(older, 1, newer);
        add(newer, 0, null);
        f.for({ from: 0, to: outputWidth }, () => {
          nextColumn();
          add(out, 2, older);
          add(older, 1, newer);
          add(newer, 0, null);
          finish();
        });
      } else {
        add(older, 0, null);
        f.for({ from: 0, to: outputWidth }, () => {
          nextColumn();
          add(older, 1, older);
          nextColumn();
          add(out, 2, older);
          add(older, 0, null);
          finish();
        });
      }
      f.set(header, i32.add(header, byteDepthwiseBlock(form, sets)));
      f.set(base, i32.add(base, panelChannels));
      f.set(first, i32.add(first, panelChannels));
    },
    i32.gt_s(f.tee(left, i32.sub(left, panelChannels)), 0),
  );
  f.set(params.output, i32.add(params.output, outputWidth * channels));
  f.free(header, left, base, target, first, ...at, ...weights.flat(2), ...column, ...older, ...newer, ...out);
}

/** Bytes of three rows side by side: row 0, 1, 2, 2 of channels 0 to 3, and of 4 to 7. */
const columnLanes = [
  [0, 1, 16, 17, 2, 3, 18, 19, 4, 5, 20, 21, 6, 7, 22, 23],
  [8, 9, 24, 25, 10, 11, 26, 27, 12, 13, 28, 29, 14, 15, 30, 31],
] as const;

const byteLanes = [0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23];

/** The next column of eight channels. The fourth byte of a lane meets a weight of 0. */
function emitColumn(f: FunctionBuilder, at: readonly Local<'i32'>[], column: Pair, channels: number): void {
  const [top, middle, bottom] = at;
  if (top === undefined || middle === undefined || bottom === undefined) return;
  const [upper, lower] = [f.local('v128', 'upper'), f.local('v128', 'lower')];
  const bytes = (place: Local<'i32'>) => v128.load64_zero(place, { align: 1 });
  f.set(upper, i8x16.shuffle(bytes(top), bytes(middle), byteLanes));
  f.set(lower, bytes(bottom));
  f.set(lower, i8x16.shuffle(lower, lower, byteLanes));
  f.set(column[0], i8x16.shuffle(upper, lower, columnLanes[0]));
  f.set(column[1], i8x16.shuffle(upper, lower, columnLanes[1]));
  for (const place of at) f.set(place, i32.add(place, channels));
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
  { form, channels }: ByteDepthwise,
  params: Params,
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
  f.set(target, i32.add(target, channels));
}

/** Turns the biases into those for a dot product of signed numbers: 128 times the sum of the weights more. */
export const addSignedTaps = routine({
  params: { weights: 'i32', channels: 'i32', header: 'i32' },
  name: ({ sets }: { readonly sets: number }) => `add sums of ${sets} for signed operands`,
  emit(f, { weights, channels, header }, { sets }) {
    const [w, ones] = [f.local('i32', 'w'), f.local('v128', 'ones')];
    f.set(ones, v128.const('i8x16', new Array<number>(16).fill(1)));
    f.doWhile(
      () => {
        f.set(w, i32.add(weights, header));
        for (const half of [0, 1]) {
          const sum = Array.from({ length: sets * extent }).reduce(
            (acc: ReturnType<typeof v128.load>, _, i) =>
              i32x4.relaxed_dot_i8x16_i7x16_add_s(v128.load(w, { offset: 32 * i + 16 * half }), ones, acc),
            v128.const('i32x4', [0, 0, 0, 0]),
          );
          const bias = v128.load(weights, { offset: 16 * half });
          f.do(v128.store(weights, i32x4.add(bias, i32x4.shl(sum, 7)), { offset: 16 * half }));
        }
        f.set(weights, i32.add(w, sets * extent * 32));
      },
      i32.gt_s(f.tee(channels, i32.sub(channels, panelChannels)), 0),
    );
  },
});
