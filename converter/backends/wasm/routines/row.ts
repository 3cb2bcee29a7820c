import {
  type Expr,
  type FunctionBuilder,
  i8x16,
  i16x8,
  i32,
  i32x4,
  i64x2,
  type Local,
  type ParameterLocals,
  v128,
} from '../assembler/index.ts';
import { headerBytes, type IntegerWeights, panelChannels, weightBytes } from '../packing/panels.ts';
import { headerVectors } from '../packing/requantization.ts';
import { type Library, routine } from '../routine.ts';
import { emitHybridResult } from './hybrid.ts';
import { clamped, type IntegerProduct } from './matrix.ts';
import { emitRequantize, headerOperands, narrowed, remainingRange, storeBytes, storeFloats } from './requantize.ts';
import { storedZeros, widened } from './weights.ts';

/**
 * Products of one row with packed weights, 8 channels at a time. A step is a vector of the row: 8 int16; numbers behind the end of the
 * row meet weights of 0.
 */
export const rowParams = { row: 'i32', weights: 'i32', output: 'i32', steps: 'i32', channels: 'i32' } as const;

interface RowParts {
  readonly library: Library;
  readonly element: IntegerWeights;
  /** Vectors of channel constants in front of the weights. */
  readonly vectors: number;
  readonly outputBytes: 1 | 2 | 4;
  /** Turns the sums of 4 channels into outputs, in place; `half` is 0 or 1. */
  finish(sums: Local<'v128'>, half: number): void;
  store(sums: readonly [Local<'v128'>, Local<'v128'>]): void;
}

/** The products of a row; `parts` say what becomes of the sums of 8 channels. */
export function emitRow(f: FunctionBuilder, params: ParameterLocals<typeof rowParams>, parts: RowParts): void {
  const { row, weights, output, steps, channels } = params;
  const { element } = parts;
  const vectorWeights = 8 * weightBytes[element];
  const zeros = element === 'offset-int8' ? f.local('v128', 'zeros') : null;
  const [x, w, end] = [f.local('i32', 'x'), f.local('i32', 'w'), f.local('i32', 'end')];
  const value = f.local('v128', 'value');
  const acc = Array.from({ length: panelChannels }, (_, channel) => f.local('v128', `acc${channel}`));
  f.doWhile(
    () => {
      for (const vector of acc) f.set(vector, v128.const('i32x4', [0, 0, 0, 0]));
      f.set(x, row);
      f.set(w, i32.add(weights, headerBytes(parts.vectors, element)));
      if (zeros !== null) f.set(zeros, storedZeros(weights, parts.vectors));
      f.set(end, i32.add(row, i32.shl(steps, 4)));
      f.doWhile(
        () => {
          f.set(value, v128.load(x, { align: 4 }));
          acc.forEach((vector, channel) => {
            const offset = channel * vectorWeights;
            f.set(vector, i32x4.add(vector, i32x4.dot_i16x8_s(value, widened(w, { offset }, zeros))));
          });
          f.set(w, i32.add(w, panelChannels * vectorWeights));
        },
        i32.ne(f.tee(x, i32.add(x, 16)), end),
      );
      const sums = [acc.slice(0, 4), acc.slice(4, 8)].map((four) => joinedLanes(f, four));
      const [low, high] = sums;
      if (low === undefined || high === undefined) return;
      parts.finish(low, 0);
      parts.finish(high, 1);
      parts.store([low, high]);
      f.set(weights, w);
      f.set(output, i32.add(output, panelChannels * parts.outputBytes));
    },
    i32.gt_s(f.tee(channels, i32.sub(channels, panelChannels)), 0),
  );
}

/** Lane i is the sum of the four lanes of vector i; kept in the first vector. */
function joinedLanes(f: FunctionBuilder, vectors: readonly Local<'v128'>[]): Local<'v128'> | undefined {
  const [a, b, c, d] = vectors;
  if (a === undefined || b === undefined || c === undefined || d === undefined) return undefined;
  const low = (p: Local<'v128'>, q: Local<'v128'>) =>
    i8x16.shuffle(p, q, [0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23]);
  const high = (p: Local<'v128'>, q: Local<'v128'>) =>
    i8x16.shuffle(p, q, [8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31]);
  f.set(a, i32x4.add(low(a, b), high(a, b)));
  f.set(c, i32x4.add(low(c, d), high(c, d)));
  const firstHalves = i8x16.shuffle(a, c, [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23]);
  const lastHalves = i8x16.shuffle(a, c, [8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31]);
  f.set(a, i32x4.add(firstHalves, lastHalves));
  return a;
}

export const integerRow = routine({
  params: { ...rowParams, zero: 'i32', min: 'i32', max: 'i32', shift: 'i32' },
  name: ({ element, form }: IntegerProduct) => `row product ${element} ${form.kind}`,
  emit(f, params, { element, form }, library) {
    const { weights: header, output, channels, shift } = params;
    emitRow(f, params, {
      library,
      element,
      vectors: headerVectors(form),
      outputBytes: 1,
      finish(sums, half) {
        f.set(sums, i32x4.add(sums, v128.load(header, { offset: 16 * half })));
        emitRequantize(f, library, form, sums, headerOperands(header, half, shift));
      },
      store([low, high]) {
        f.set(low, narrowed([low, high, low, high], remainingRange(form, params)));
        const value = i64x2.extract_lane(low, 0);
        f.if(
          i32.ge_s(channels, panelChannels),
          () => f.do(v128.store64_lane(output, low, 0, { align: 1 })),
          () => f.do(f.call(library.get(storeBytes, null), { target: output, value, count: channels })),
        );
      },
    });
  },
});

function storeRowFloats(
  f: FunctionBuilder,
  library: Library,
  { output, channels }: { readonly output: Local<'i32'>; readonly channels: Local<'i32'> },
  [low, high]: readonly [Local<'v128'>, Local<'v128'>],
): void {
  const partial = library.get(storeFloats, null);
  f.do(f.call(partial, { target: output, value: low, count: channels }));
  f.if(i32.gt_s(channels, 4), () => {
    f.do(f.call(partial, { target: i32.add(output, 16), value: high, count: i32.sub(channels, 4) }));
  });
}

/** `scale` is where the scale of the quantized row lies. */
export const hybridRow = routine({
  params: { ...rowParams, scale: 'i32', min: 'f32', max: 'f32' },
  name: ({ element }: { readonly element: IntegerWeights }) => `row product hybrid ${element}`,
  emit(f, params, { element }, library) {
    const { weights: header, scale } = params;
    emitRow(f, params, {
      library,
      element,
      vectors: 2,
      outputBytes: 4,
      finish(sums, half) {
        emitHybridResult(f, sums, { header, offset: 16 * half, scale });
        f.set(sums, clamped(sums, params));
      },
      store: (sums) => storeRowFloats(f, library, params, sums),
    });
  },
});

/** Writes 8 int8 per step as int16, the zero taken off. */
export const widenRow = routine({
  params: { source: 'i32', target: 'i32', steps: 'i32', zero: 'i32' },
  name: (_: null) => 'widen row',
  emit: (f, { source, target, steps, zero }) => emitWidening(f, { source, target, steps }, zero),
});

/** As {@link widenRow}, with the zero point from memory. */
export const widenHybridRow = routine({
  params: { source: 'i32', target: 'i32', steps: 'i32', batch: 'i32' },
  name: (_: null) => 'widen quantized row',
  emit: (f, { source, target, steps, batch }) => {
    emitWidening(f, { source, target, steps }, i32.load(batch, { offset: 4 }));
  },
});

function emitWidening(
  f: FunctionBuilder,
  {
    source,
    target,
    steps,
  }: { readonly source: Local<'i32'>; readonly target: Local<'i32'>; readonly steps: Local<'i32'> },
  zero: Expr<'i32'>,
): void {
  const zeros = f.local('v128', 'zeros');
  f.set(zeros, i16x8.splat(zero));
  f.doWhile(
    () => {
      f.do(v128.store(target, i16x8.sub(v128.load8x8_s(source, { align: 1 }), zeros)));
      f.set(source, i32.add(source, 8));
      f.set(target, i32.add(target, 16));
    },
    f.tee(steps, i32.sub(steps, 1)),
  );
}
