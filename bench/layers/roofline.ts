import { encodeModule, f32x4, i32, i32x4, ModuleBuilder, v128 } from '../../converter/backends/wasm/assembler/index.ts';
import type { Variant } from '../../converter/backends/wasm/variant.ts';

/** Sums that are kept apart, so that no instruction waits for another. */
const sums = 12;

/** int8 multiplications of one instruction on one sum. */
const macsPerStep: { readonly [V in Variant]: number } = { dot: 16, madd: 8, simd128: 8 };

/** int8 multiplications of one pass of the loop in {@link roofline}. */
export function roofMacs(variant: Variant): number {
  return sums * macsPerStep[variant];
}

/**
 * A module that exports `run(passes)`: a loop of the multiplications of a variant on registers alone. No int8 layer can be quicker.
 */
export function roofline(variant: Variant): Uint8Array<ArrayBuffer> {
  const builder = new ModuleBuilder('roofline');
  builder.function('run', { params: { passes: 'i32' }, results: ['f32'], export: 'run' }, (f, { passes }) => {
    const acc = Array.from({ length: sums }, (_, i) => f.local('v128', `acc${i}`));
    const [a, b] = [f.local('v128', 'a'), f.local('v128', 'b')];
    f.set(a, i32x4.splat(passes));
    f.set(b, i32x4.splat(i32.const(0x01020304)));
    f.doWhile(
      () => {
        for (const sum of acc) {
          const next =
            variant === 'dot'
              ? i32x4.relaxed_dot_i8x16_i7x16_add_s(a, b, sum)
              : i32x4.add(sum, i32x4.dot_i16x8_s(sum, b));
          f.set(sum, next);
        }
      },
      f.tee(passes, i32.sub(passes, 1)),
    );
    f.push(
      f32x4.extract_lane(
        acc.reduce((total: ReturnType<typeof v128.xor>, sum) => v128.xor(total, sum), v128.xor(a, b)),
        0,
      ),
    );
  });
  return encodeModule(builder.build(), { names: false });
}
