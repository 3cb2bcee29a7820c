import { type FunctionBuilder, i32, i32x4, type Local, memory, v128 } from '../assembler/index.ts';
import { type ByteDepthwise, ringBytes, ringRows } from '../packing/byte-depthwise.ts';
import { panelChannels } from '../packing/panels.ts';
import { type Library, routine } from '../routine.ts';
import { emitOutputRow } from './byte-depthwise-row.ts';
import { copyAsOperand } from './byte-image.ts';
import { repeatElements } from './copy.ts';

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

/**
 * Each input row is copied once, as the second operand of the dot product, to a ring of rows. Of eight channels, the bytes of four
 * rows of a column lie in one lane; a column meets the weights of all outputs whose windows it is in, and their sums go along the row.
 */
export const byteDepthwise = routine({
  params: depthwiseParams,
  name: (_: ByteDepthwise) => 'depthwise int8 by dot products',
  emit(f, params, shape, library) {
    const { rowBytes, strideRows, dilationRows } = shape;
    const rows = Array.from({ length: shape.kernelRows }, (_, i) => f.local('i32', `row${i}`));
    const [next, count, fill] = [f.local('i32', 'next'), f.local('i32', 'count'), f.local('i32', 'fill')];
    const [image, written] = [f.local('i32', 'image'), f.local('i32', 'written')];
    const kept = ringRows(shape);
    f.set(image, params.input);
    f.set(fill, i32.and(i32.xor(params.inputZero, library.offsets), 0xff));
    f.for({ from: 0, to: shape.images }, () => {
      f.do(memory.fill(params.scratch, fill, kept * rowBytes));
      // Once round the ring, while its first rows are written.
      for (const [i, row] of rows.entries()) f.set(row, i32.add(params.scratch, i * dilationRows * rowBytes));
      f.set(written, params.scratch);
      f.set(next, -shape.top);
      f.set(count, kept);
      f.for({ from: 0, to: shape.outputHeight }, () => {
        f.doWhile(
          () => emitNextRow(f, library, shape, { scratch: params.scratch, rows, written, next, image, fill }),
          f.tee(count, i32.sub(count, 1)),
        );
        emitOutputRow(f, library, shape, params, rows);
        f.set(count, Math.min(strideRows, kept));
        if (strideRows > kept) f.set(next, i32.add(next, strideRows - kept));
      });
      f.set(image, i32.add(image, shape.inputHeight * shape.inputRowBytes));
    });
  },
});

interface Rows {
  readonly scratch: Local<'i32'>;
  /** The rows under the window. */
  readonly rows: readonly Local<'i32'>[];
  /** Where the next one goes. */
  readonly written: Local<'i32'>;
  readonly next: Local<'i32'>;
  readonly image: Local<'i32'>;
  readonly fill: Local<'i32'>;
}

/** The next row takes the place of the topmost one; the window goes down by one. */
function emitNextRow(f: FunctionBuilder, library: Library, shape: ByteDepthwise, at: Rows): void {
  const { written, next, image, fill, scratch } = at;
  const { rowBytes, usedBytes, multiplier } = shape;
  f.if(
    i32.lt_u(next, shape.inputHeight),
    () => {
      if (usedBytes === 0) return;
      const source = i32.add(image, i32.mul(next, shape.inputRowBytes));
      const one = { rows: 1, rowBytes: usedBytes, sourceStep: 0, targetStep: 0 };
      const target = i32.add(written, shape.start);
      const plain = multiplier === 1 ? target : i32.add(scratch, ringBytes(shape));
      f.do(f.call(library.get(copyAsOperand, null), { source, target: plain, ...one }));
      if (multiplier === 1) return;
      const repeat = library.get(repeatElements, { elementBytes: 1, times: multiplier });
      f.do(f.call(repeat, { source: plain, target, count: usedBytes }));
    },
    () => f.do(memory.fill(written, fill, rowBytes)),
  );
  f.set(next, i32.add(next, 1));
  if (ringRows(shape) === 1) return;
  const end = f.local('i32', 'ringEnd');
  f.set(end, i32.add(scratch, ringRows(shape) * rowBytes));
  for (const row of [written, ...at.rows]) {
    f.if(i32.eq(f.tee(row, i32.add(row, rowBytes)), end), () => f.set(row, scratch));
  }
  f.free(end);
}

/** Turns the biases into those for a dot product of signed numbers: 128 times the sum of the weights, in `vectors` pairs of vectors, more. */
export const addSignedTaps = routine({
  params: { weights: 'i32', channels: 'i32', header: 'i32' },
  name: ({ vectors }: { readonly vectors: number }) => `add sums of ${vectors} for signed operands`,
  emit(f, { weights, channels, header }, { vectors }) {
    const [w, ones] = [f.local('i32', 'w'), f.local('v128', 'ones')];
    f.set(ones, v128.const('i8x16', new Array<number>(16).fill(1)));
    f.doWhile(
      () => {
        f.set(w, i32.add(weights, header));
        for (const half of [0, 1]) {
          const sum = Array.from({ length: vectors }).reduce(
            (acc: ReturnType<typeof v128.load>, _, i) =>
              i32x4.relaxed_dot_i8x16_i7x16_add_s(v128.load(w, { offset: 32 * i + 16 * half }), ones, acc),
            v128.const('i32x4', [0, 0, 0, 0]),
          );
          const bias = v128.load(weights, { offset: 16 * half });
          f.do(v128.store(weights, i32x4.add(bias, i32x4.shl(sum, 7)), { offset: 16 * half }));
        }
        f.set(weights, i32.add(w, vectors * 32));
      },
      i32.gt_s(f.tee(channels, i32.sub(channels, panelChannels)), 0),
    );
  },
});
