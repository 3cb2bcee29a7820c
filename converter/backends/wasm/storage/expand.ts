import { type FunctionBuilder, f32x4, i8x16, i16x8, i32, i32x4, type Local, memory, v128 } from '../assembler/index.ts';
import { routine } from '../routine.ts';
import { kindBits, runKinds } from './stream.ts';

/** Writes what the runs of a weight stream stand for to `target` and on; see `weightStream`. */
export const expandWeights = routine({
  params: { stream: 'i32', end: 'i32', target: 'i32' },
  name: (_: null) => 'expand weights',
  emit(f, { stream, end, target }) {
    const [words, kind] = [f.local('i32', 'words'), f.local('i32', 'kind')];
    f.doWhile(
      () => {
        f.set(kind, i32.and(i32.load(stream), (1 << kindBits) - 1));
        f.set(words, i32.shr_u(i32.load(stream), kindBits));
        f.set(stream, i32.add(stream, 4));
        f.if(
          i32.eq(kind, runKinds.raw),
          () => {
            f.do(memory.copy(target, stream, i32.shl(words, 2)));
            f.set(stream, i32.add(stream, i32.shl(words, 2)));
            f.set(target, i32.add(target, i32.shl(words, 2)));
          },
          () =>
            f.if(
              i32.eq(kind, runKinds.float16),
              () => emitHalves(f, stream, target, words),
              () =>
                f.if(
                  i32.eq(kind, runKinds.int8),
                  () => emitBytes(f, stream, target, words),
                  () => emitNibbles(f, stream, target, words),
                ),
            ),
        );
      },
      i32.lt_u(stream, end),
    );
  },
});

/** Behind the last vector of a run: back by what it has too much. */
function emitEnd(f: FunctionBuilder, target: Local<'i32'>, words: Local<'i32'>): void {
  f.set(target, i32.add(target, i32.shl(words, 2)));
}

/**
 * Four halves at a time. Without its sign a half, moved up by 13 bits, is a float32 whose exponent is too small by 112; the product with
 * 2^112 is exact, also of what is subnormal.
 */
function emitHalves(f: FunctionBuilder, stream: Local<'i32'>, target: Local<'i32'>, words: Local<'i32'>): void {
  const half = f.local('v128', 'half');
  f.doWhile(
    () => {
      f.set(half, v128.load16x4_u(stream, { align: 1 }));
      const size = v128.and(half, v128.const('i32x4', [0x7fff, 0x7fff, 0x7fff, 0x7fff]));
      const sign = i32x4.shl(v128.and(half, v128.const('i32x4', [0x8000, 0x8000, 0x8000, 0x8000])), 16);
      const scale = v128.const('f32x4', [2 ** 112, 2 ** 112, 2 ** 112, 2 ** 112]);
      f.do(v128.store(target, v128.or(f32x4.mul(i32x4.shl(size, 13), scale), sign), { align: 4 }));
      f.set(stream, i32.add(stream, 8));
      f.set(target, i32.add(target, 16));
    },
    i32.gt_s(f.tee(words, i32.sub(words, 4)), 0),
  );
  emitEnd(f, target, words);
  f.free(half);
}

/** Four bytes at a time, each times its scale. */
function emitBytes(f: FunctionBuilder, stream: Local<'i32'>, target: Local<'i32'>, words: Local<'i32'>): void {
  const [scales, scale, scalesEnd] = [f.local('i32', 'scales'), f.local('i32', 'scale'), f.local('i32', 'scalesEnd')];
  f.set(scales, i32.add(stream, 4));
  f.set(scale, scales);
  f.set(scalesEnd, i32.add(scales, i32.shl(i32.load(stream), 2)));
  f.set(stream, scalesEnd);
  f.doWhile(
    () => {
      const bytes = i32x4.extend_low_i16x8_s(i16x8.extend_low_i8x16_s(v128.load32_zero(stream, { align: 1 })));
      f.do(v128.store(target, f32x4.mul(f32x4.convert_i32x4_s(bytes), v128.load(scale, { align: 4 })), { align: 4 }));
      f.set(stream, i32.add(stream, 4));
      f.set(target, i32.add(target, 16));
      f.set(scale, i32.add(scale, 16));
      f.if(i32.eq(scale, scalesEnd), () => f.set(scale, scales));
    },
    i32.gt_s(f.tee(words, i32.sub(words, 4)), 0),
  );
  emitEnd(f, target, words);
  f.free(scales, scale, scalesEnd);
}

/** Which of the 8 multipliers each of the first 16 bytes has, for spans of 2, 4 and 8 bytes. */
const lanesOf = (span: number) => Array.from({ length: 16 }, (_, i) => Math.floor(i / span));

/** Sixteen bytes at a time, each an int4 number times the multiplier of its place. */
function emitNibbles(f: FunctionBuilder, stream: Local<'i32'>, target: Local<'i32'>, words: Local<'i32'>): void {
  const [span, step] = [f.local('i32', 'span'), f.local('v128', 'step')];
  const [lanes, multipliers] = [f.local('v128', 'lanes'), f.local('v128', 'multipliers')];
  const [numbers, factors] = [f.local('v128', 'numbers'), f.local('v128', 'factors')];
  const splat = (value: number) =>
    v128.const(
      'i8x16',
      Array.from({ length: 16 }, () => value),
    );
  f.set(span, i32.load(stream));
  f.set(multipliers, v128.load64_zero(stream, { offset: 4, align: 4 }));
  f.set(stream, i32.add(stream, 12));
  f.set(step, i8x16.splat(i32.div_u(16, span)));
  f.set(lanes, v128.const('i8x16', lanesOf(2)));
  f.if(i32.eq(span, 4), () => f.set(lanes, v128.const('i8x16', lanesOf(4))));
  f.if(i32.eq(span, 8), () => f.set(lanes, v128.const('i8x16', lanesOf(8))));
  const low = v128.const(
    'i8x16',
    Array.from({ length: 16 }, (_, i) => (i < 8 ? -1 : 0)),
  );
  f.doWhile(
    () => {
      f.set(numbers, v128.load64_splat(stream, { align: 4 }));
      f.set(numbers, v128.bitselect(v128.and(numbers, splat(15)), i8x16.shr_u(numbers, 4), low));
      f.set(numbers, i8x16.sub(numbers, splat(8)));
      f.set(factors, i8x16.swizzle(multipliers, lanes));
      const product = i8x16.narrow_i16x8_s(
        i16x8.extmul_low_i8x16_s(numbers, factors),
        i16x8.extmul_high_i8x16_s(numbers, factors),
      );
      f.do(v128.store(target, product, { align: 4 }));
      f.set(lanes, v128.and(i8x16.add(lanes, step), splat(7)));
      f.set(stream, i32.add(stream, 8));
      f.set(target, i32.add(target, 16));
    },
    i32.gt_s(f.tee(words, i32.sub(words, 4)), 0),
  );
  emitEnd(f, target, words);
  f.free(span, step, lanes, multipliers, numbers, factors);
}
