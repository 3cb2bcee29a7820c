import type { Local } from '../../converter/backends/wasm/assembler/index.ts';
import { encodeModule, f32x4, i32, i32x4, ModuleBuilder, v128 } from '../../converter/backends/wasm/assembler/index.ts';
import type { Variant } from '../../converter/backends/wasm/variant.ts';
import { storeAll } from '../../converter/estimate/web/probes.ts';

/** A loop of multiply-accumulates in registers: the most that a kernel of this kind can reach in this engine. */
export interface Roofline {
  readonly module: Uint8Array;
  /** Multiply-accumulates of `run(1)`. */
  readonly macs: number;
}

export type Arithmetic = 'float32' | 'int8';

/** Sums that do not wait for each other: enough for four cycles of two instructions. */
const sums = 12;

/** What is added to a sum, and how many products that is. */
const steps = {
  fused: { macs: 4, add: (sum: Local<'v128'>, a: Local<'v128'>, b: Local<'v128'>) => f32x4.relaxed_madd(a, b, sum) },
  apart: {
    macs: 4,
    add: (sum: Local<'v128'>, a: Local<'v128'>, b: Local<'v128'>) => f32x4.add(sum, f32x4.mul(a, b)),
  },
  bytes: {
    macs: 16,
    add: (sum: Local<'v128'>, a: Local<'v128'>, b: Local<'v128'>) => i32x4.relaxed_dot_i8x16_i7x16_add_s(a, b, sum),
  },
  words: {
    macs: 8,
    add: (sum: Local<'v128'>, a: Local<'v128'>, b: Local<'v128'>) => i32x4.add(sum, i32x4.dot_i16x8_s(a, b)),
  },
} as const;

/** The quickest loop that a variant may use. */
export function rooflineOf(arithmetic: Arithmetic, variant: Variant): Roofline {
  const step =
    arithmetic === 'int8'
      ? steps[variant === 'dot' ? 'bytes' : 'words']
      : steps[variant === 'simd128' ? 'apart' : 'fused'];
  const builder = new ModuleBuilder('roofline');
  builder.memory('memory', { minPages: 1 });
  builder.function('run', { params: { passes: 'i32' }, export: 'run' }, (f, { passes }) => {
    const acc = Array.from({ length: sums }, (_, i) => f.local('v128', `sum${i}`));
    const [a, b] = [f.local('v128', 'a'), f.local('v128', 'b')];
    for (const local of [a, b, ...acc]) f.set(local, v128.load(0));
    f.doWhile(
      () => {
        for (const sum of acc) f.set(sum, step.add(sum, a, b));
      },
      f.tee(passes, i32.sub(passes, 1)),
    );
    storeAll(f, acc);
  });
  return { module: encodeModule(builder.build()), macs: sums * step.macs };
}
