import { type FunctionBuilder, f32x4, type Local, v128 } from '../assembler/index.ts';

/**
 * Turns int32 sums into float32 outputs of a hybrid layer, before the clamp: (sum * weightScale) * inputScale + bias,
 * in this order (`hybridResult` of `ops/hybrid.ts`). The header holds 8 biases, then 8 weight scales.
 */
export function emitHybridResult(
  f: FunctionBuilder,
  acc: Local<'v128'>,
  at: { readonly header: Local<'i32'>; readonly offset: number; readonly scale: Local<'i32'> },
): void {
  const weightScale = v128.load(at.header, { offset: at.offset + 32, align: 4 });
  const scaled = f32x4.mul(f32x4.mul(f32x4.convert_i32x4_s(acc), weightScale), v128.load32_splat(at.scale));
  f.set(acc, f32x4.add(scaled, v128.load(at.header, { offset: at.offset, align: 4 })));
}
