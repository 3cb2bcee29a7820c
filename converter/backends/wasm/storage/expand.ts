import { type FunctionBuilder, f32x4, i16x8, i32, i32x4, type Local, memory, v128 } from '../assembler/index.ts';
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
              () => emitBytes(f, stream, target, words),
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
