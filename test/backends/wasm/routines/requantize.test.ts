import { describe, expect, test } from 'vitest';
import { encodeModule, i32, ModuleBuilder, v128 } from '../../../../converter/backends/wasm/assembler/index.ts';
import { planLine } from '../../../../converter/backends/wasm/packing/line.ts';
import { planRequantization, type Requantization } from '../../../../converter/backends/wasm/packing/requantization.ts';
import { Library } from '../../../../converter/backends/wasm/routine.ts';
import {
  emitRequantize,
  type RequantizationOperands,
  uniformOperands,
} from '../../../../converter/backends/wasm/routines/requantize.ts';
import {
  type FixedPointMultiplier,
  type Rounding,
  requantizeDefinition,
} from '../../../../converter/tensor/requantize.ts';
import { random } from '../run-graph.ts';

/** Requantizes int32 numbers, a multiple of four of them, in a module made for one factor. */
function requantizeInModule(
  plan: Requantization,
  values: Int32Array,
  operands: RequantizationOperands = uniformOperands(plan),
): Int32Array {
  const builder = new ModuleBuilder('requantize');
  builder.memory('memory', { minPages: 1 });
  builder.exportMemory('memory');
  const library = new Library(builder, 'simd128');
  builder.function('run', { params: { end: 'i32' }, export: 'run' }, (f, { end }) => {
    const acc = f.local('v128');
    f.for({ from: 0, to: end, step: 16 }, (at) => {
      const address = typeof at === 'number' ? i32.const(at) : at;
      f.set(acc, v128.load(address));
      emitRequantize(f, library, plan.form, acc, operands);
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

describe('a line equals the definition, zero point and bounds included', () => {
  const shiftsOf = [
    [-9, -9, -9, -9],
    [-12, -9, -3, 0],
    [-1, 0, 0, -1],
    [-7, -8, -7, -10],
    [0, 0, 0, 0],
  ];
  const ranges = [
    { zero: -128, min: -128, max: 127 },
    { zero: 3, min: -128, max: 127 },
    { zero: 3, min: 3, max: 60 },
    { zero: -20, min: -50, max: 127 },
  ];
  test.each(shiftsOf.flatMap((shifts) => ranges.map((range) => [shifts, range] as const)))('%j %j', (shifts, range) => {
    const next = random(shifts.length + range.zero);
    const factors = shifts.map((shift, i) => ({ multiplier: 2 ** 30 + Math.floor(next() * 2 ** 30) * (i % 2), shift }));
    const bound = 2 ** 17;
    for (const rounding of ['exact', 'single'] as const) {
      const plan = planLine(factors, [bound, bound, bound, bound], rounding, range);
      if (plan === null) throw new Error('no line');
      const values = factors.map((factor) => sums(factor, bound, next));
      const mixed = new Int32Array(4 * 1024).map((_, i) => values[i % 4]?.[i >> 2] ?? 0);
      const expected = mixed.map((value, i) => {
        const stored =
          requantizeDefinition(value, factors[i % 4] ?? { multiplier: 0, shift: 0 }, rounding) + range.zero;
        return Math.max(range.min, Math.min(range.max, stored));
      });
      const found = requantizeInModule(plan, mixed, fourOperands(plan));
      expect(found.map((value) => Math.max(range.min, Math.min(range.max, value)))).toEqual(expected);
    }
  });

  test('and what it cannot hold has none', () => {
    const range = { zero: 0, min: -128, max: 127 };
    expect(planLine([{ multiplier: 2 ** 30, shift: 1 }], [100], 'exact', range)).toBe(null);
    expect(planLine([{ multiplier: 2 ** 30, shift: -4 }], [100], 'float', range)).toBe(null);
    const apart = [-20, 0].map((shift) => ({ multiplier: 2 ** 30, shift }));
    expect(planLine(apart, [2 ** 12, 2 ** 12], 'exact', range)).toBe(null);
  });
});

/** The constants of four channels. */
function fourOperands({ vectors }: Requantization): RequantizationOperands {
  const lane = (index: number, at: number) => vectors[index - 1]?.[at] ?? 0;
  return {
    vector: (index) => v128.const('i32x4', [lane(index, 0), lane(index, 1), lane(index, 2), lane(index, 3)]),
    lane,
    shift: 0,
  };
}
