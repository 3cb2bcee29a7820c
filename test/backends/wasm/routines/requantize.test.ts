import { describe, expect, test } from 'vitest';
import { encodeModule, i32, ModuleBuilder, v128 } from '../../../../converter/backends/wasm/assembler/index.ts';
import { planRequantization, type Requantization } from '../../../../converter/backends/wasm/packing/requantization.ts';
import { Library } from '../../../../converter/backends/wasm/routine.ts';
import { emitRequantize, uniformOperands } from '../../../../converter/backends/wasm/routines/requantize.ts';
import {
  type FixedPointMultiplier,
  type Rounding,
  requantizeDefinition,
} from '../../../../converter/tensor/requantize.ts';
import { random } from '../run-graph.ts';

/** Requantizes int32 numbers, a multiple of four of them, in a module made for one factor. */
function requantizeInModule(plan: Requantization, values: Int32Array): Int32Array {
  const builder = new ModuleBuilder('requantize');
  builder.memory('memory', { minPages: 1 });
  builder.exportMemory('memory');
  const library = new Library(builder, 'simd128');
  builder.function('run', { params: { end: 'i32' }, export: 'run' }, (f, { end }) => {
    const acc = f.local('v128');
    f.for({ from: 0, to: end, step: 16 }, (at) => {
      const address = typeof at === 'number' ? i32.const(at) : at;
      f.set(acc, v128.load(address));
      emitRequantize(f, library, plan.form, acc, uniformOperands(plan));
      f.do(v128.store(address, acc));
    });
  });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(encodeModule(builder.build())));
  const { memory, run } = exports;
  if (!(memory instanceof WebAssembly.Memory) || typeof run !== 'function') throw new Error('no exports');
  const view = new Int32Array(memory.buffer, 0, values.length);
  view.set(values);
  run(4 * values.length);
  return view.slice();
}

/** Sums up to `bound`, many of them where the factor gives a tie or nearly one. */
function sums({ multiplier, shift }: FixedPointMultiplier, bound: number, next: () => number): Int32Array {
  const real = multiplier * 2 ** (shift - 31);
  return Int32Array.from({ length: 1024 }, (_, i) => {
    const near = i % 2 === 0 || real === 0 ? (next() * 2 - 1) * bound : (Math.floor(next() * 512 - 256) + 0.5) / real;
    const value = Math.round(near) + Math.floor(next() * 5) - 2;
    return Math.max(-bound, Math.min(bound, value));
  });
}

describe.each(['exact', 'single', 'float'] as const)(
  '%s requantization equals its definition',
  (rounding: Rounding) => {
    const shifts = [-30, -29, -25, -16, -9, -8, -7, -3, -2, -1, 0, 1, 5, 9];
    test.each(shifts)('shift %i', (shift) => {
      const next = random(100 + shift);
      for (const multiplier of [
        2 ** 30,
        2 ** 31 - 1,
        0,
        3 * 2 ** 29,
        ...[1, 2, 3].map(() => 2 ** 30 + Math.floor(next() * 2 ** 30)),
      ]) {
        const factor = { multiplier, shift: multiplier === 0 ? 0 : shift };
        const bound = Math.min(2 ** 27, 2 ** (27 - Math.max(0, shift)));
        const values = sums(factor, bound, next);
        const plan = planRequantization([factor], [bound], rounding);
        const expected = values.map((value) => requantizeDefinition(value, factor, rounding));
        expect(requantizeInModule(plan, values)).toEqual(expected);
      }
    });

    test('sums beyond the vector forms go lane by lane', () => {
      const factor = { multiplier: 1518500250, shift: -7 };
      const plan = planRequantization([factor], [2 ** 31], 'exact');
      expect(plan.form.kind).toBe('scalar');
      const values = Int32Array.of(2147483647, -2147483648, 2147483520, -2147483520);
      const expected = values.map((value) => requantizeDefinition(value, factor, 'exact'));
      expect(requantizeInModule(plan, values)).toEqual(expected);
    });
  },
);

test('factors of different size in one layer keep to the definition', () => {
  const factors = [-12, -9, -3, 0].map((shift, i) => ({ multiplier: 2 ** 30 + 12345678 * i, shift }));
  for (const rounding of ['exact', 'single', 'float'] as const) {
    const plan = planRequantization(
      factors,
      factors.map(() => 2 ** 18),
      rounding,
    );
    factors.forEach((factor, channel) => {
      const own = { ...plan, vectors: plan.vectors.map((vector) => vector.subarray(channel, channel + 1)) };
      const values = sums(factor, 2 ** 18, random(channel));
      const expected = values.map((value) => requantizeDefinition(value, factor, rounding));
      expect(requantizeInModule(own, values)).toEqual(expected);
    });
  }
});
