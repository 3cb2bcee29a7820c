import { encodeModule, i32, i32x4, ModuleBuilder, v128 } from '../../converter/backends/wasm/assembler/index.ts';

/** Factors of the four sums of the probe; full ranges, so that pairs that saturate at 16 bits show. */
const signedFactors = [
  [127, 127, 127, 127],
  [-128, -128, -128, -128],
  [127, 127, 127, 127],
  [-128, 127, -1, 100],
];
const otherFactors = [
  [127, 127, 127, 127],
  [255, 255, 255, 255],
  [255, 255, 255, 255],
  [128, 255, 1, 0],
];
const starts = [1, -5, 2 ** 30, -7];

/** The sums where the other operand is read by `read`. */
function sums(read: (byte: number) => number): number[] {
  return starts.map((start, i) =>
    (signedFactors[i] ?? []).reduce((sum, a, k) => sum + a * read(otherFactors[i]?.[k] ?? 0), start),
  );
}

/** The module that `loader.js` tests the dot product with. */
export function dotProbe(): Uint8Array {
  const builder = new ModuleBuilder('probe');
  builder.function('test', { results: ['i32'], export: 'test' }, (f) => {
    const r = f.local('v128');
    const a = v128.const('i8x16', signedFactors.flat());
    const b = v128.const('i8x16', otherFactors.flat());
    f.set(r, i32x4.relaxed_dot_i8x16_i7x16_add_s(a, b, v128.const('i32x4', starts)));
    const right = (expected: readonly number[]) => i32x4.bitmask(i32x4.eq(r, v128.const('i32x4', expected)));
    f.push(i32.or(right(sums((byte) => byte)), i32.shl(right(sums((byte) => (byte > 127 ? byte - 256 : byte))), 4)));
  });
  return encodeModule(builder.build(), { names: false });
}
