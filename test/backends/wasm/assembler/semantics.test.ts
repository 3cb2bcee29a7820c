import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Expr,
  f32,
  f64,
  i8x16,
  i16x8,
  i32,
  i32x4,
  i64,
  memory,
  type Operand,
  printModule,
  select,
  v128,
} from '../../../../converter/backends/wasm/assembler/index.ts';
import { dotProductModule, sampleModule } from './kernels.ts';
import { compile, functionOf, instantiate, memoryOf, singleFunction } from './run.ts';

describe('constants', () => {
  test.each([0n, -1n, 2n ** 63n - 1n, -(2n ** 63n), 0x1234_5678_9abc_def0n])('i64 %d', async (value) => {
    const f = await compile({}, ['i64'], (b) => b.push(i64.const(value)));
    expect(f()).toBe(value);
  });

  test.each([Number.NaN, -0, 0, Number.POSITIVE_INFINITY, 5e-324, -1.1])('f64 %d', async (value) => {
    const f = await compile({}, ['f64'], (b) => b.push(f64.const(value)));
    expect(f()).toBe(value);
  });

  test('f32 bits of NaN and -0', async () => {
    const bits = async (value: number) => (await compile({}, ['i32'], (b) => b.push(i32.reinterpret_f32(value))))();
    expect(await bits(Number.NaN)).toBe(0x7fc0_0000);
    expect(await bits(-0)).toBe(-0x8000_0000);
    expect(await bits(0.1)).toBe(0x3dcc_cccd);
  });

  test('i32 may be written as unsigned', async () => {
    expect((await compile({}, ['i32'], (b) => b.push(i32.const(0xffff_fffe))))()).toBe(-2);
  });

  test.each([
    ['i8x16', [-1, 255, ...new Array<number>(14).fill(0)], 0xffff],
    ['i16x8', [-2, 0, 0, 0, 0, 0, 0, 0], 0xfffe],
    ['i32x4', [0x8000_0000, 0, 0, 0], -0x8000_0000],
    ['f32x4', [1, 0, 0, 0], 0x3f80_0000],
    ['f64x2', [Number.NaN, 0], 0],
  ] as const)('v128 %s', async (shape, lanes, first) => {
    const f = await compile({}, ['i32'], (b) => b.push(i32x4.extract_lane(v128.const(shape, lanes), 0)));
    expect(f()).toBe(first);
  });

  test('v128 i64x2', async () => {
    const f = await compile({}, ['i32'], (b) => b.push(i32x4.extract_lane(v128.const('i64x2', [0n, -1n << 32n]), 3)));
    expect(f()).toBe(-1);
  });
});

describe('control', () => {
  test('br_table chooses', async () => {
    const f = await compile({ k: 'i32' }, ['i32'], (b, { k }) => {
      b.block((outer) => {
        b.block((middle) => {
          b.block((inner) => b.brTable(k, [inner, middle], outer));
          b.return(10);
        });
        b.return(20);
      });
      b.push(i32.const(30));
    });
    expect([0, 1, 2, -1].map((k) => f(k))).toEqual([10, 20, 30, 30]);
  });

  test('if with a result, and select', async () => {
    const f = await compile({ k: 'i32' }, ['i32'], (b, { k }) => {
      const pushSelected = () => b.push(select(i32.const(2), 1, i32.gt_s(k, 5)));
      b.if(k, pushSelected, () => b.push(i32.const(0)), { results: ['i32'] });
    });
    expect([0, 1, 9].map((k) => f(k))).toEqual([0, 1, 2]);
  });

  test('a branch carries values out of a block with parameters', async () => {
    const f = await compile({ k: 'i32' }, ['i32'], (b, { k }) => {
      b.push(k);
      b.block((exit) => b.br(exit, 5), { params: ['i32'], results: ['i32', 'i32'] });
      b.op('i32.mul');
    });
    expect(f(7)).toBe(35);
  });

  test('while and doWhile', async () => {
    const f = await compile({ n: 'i32' }, ['i32'], (b, { n }) => {
      const steps = b.local('i32');
      b.while(i32.gt_s(n, 0), () => {
        b.set(n, i32.sub(n, 3));
        b.set(steps, i32.add(steps, 1));
      });
      b.push(steps);
    });
    expect([-1, 0, 1, 3, 4].map((n) => f(n))).toEqual([0, 0, 1, 1, 2]);
  });

  test('a call by parameter name, two results, a table', async () => {
    const logged: number[] = [];
    const exports = await instantiate(sampleModule(), { env: { log: (value: number) => logged.push(value) } });
    expect([0, 1, 2].map((k) => functionOf(exports, 'choose')(k))).toEqual([-0, Number.NaN, Number.NaN]);
    expect(functionOf(exports, 'through')(1)).toBe(Number.NaN);
    expect(logged).toEqual([1, 2]);
    expect([...new Uint8Array(memoryOf(exports).buffer, 32, 3)]).toEqual([1, 2, 255]);
    expect([...new Uint8Array(memoryOf(exports).buffer, 16, 2)]).toEqual([0x68, 0x69]);
  });
});

describe('counted loop', () => {
  /** Sum of the counter over the trips, and the counter afterwards. */
  const trips = async (from: number, to: number, step: number, unroll: boolean) => {
    const f = await compile({}, ['i32', 'i32'], (b) => {
      const counter = b.local('i32', 'i');
      const sum = b.local('i32', 'sum');
      b.for({ counter, from, to, step, unroll }, (i) => b.set(sum, i32.add(i32.add(sum, i), i32.mul(counter, 1000))));
      b.push(sum, counter);
    });
    return f();
  };

  test.each([
    [0, 0, 1],
    [3, 0, 1],
    [0, 1, 1],
    [0, 4, 1],
    [0, 5, 4],
    [-4, 9, 3],
  ])('from %d to %d by %d equals TypeScript, unrolled or not', async (from, to, step) => {
    let sum = 0;
    let i = from;
    for (; i < to; i += step) sum += 1001 * i;
    expect(await trips(from, to, step, false)).toEqual([sum, i]);
    expect(await trips(from, to, step, true)).toEqual([sum, i]);
  });

  test('bounds known only at run time', async () => {
    const f = await compile({ from: 'i32', to: 'i32' }, ['i32'], (b, { from, to }) => {
      const count = b.local('i32');
      b.for({ from, to, step: 4 }, () => b.set(count, i32.add(count, 1)));
      b.push(count);
    });
    expect([f(0, 0), f(0, 1), f(0, 4), f(0, 5), f(9, 2), f(-8, 0)]).toEqual([0, 1, 1, 2, 0, 2]);
  });

  test('unsigned bounds', async () => {
    const f = await compile({ from: 'i32', to: 'i32' }, ['i32'], (b, { from, to }) => {
      const count = b.local('i32');
      b.for({ from, to, step: 16, unsigned: true }, () => b.set(count, i32.add(count, 1)));
      b.push(count);
    });
    expect(f(0x7fff_fff0, 0x8000_0010)).toBe(2);
  });

  test('a known trip count of one or none emits no loop, and unrolling neither', () => {
    const listing = (to: number, unroll = false) =>
      printModule(singleFunction({}, [], (b) => b.for({ from: 0, to, unroll }, (i) => b.do(i32.store(i, 1)))));
    expect(listing(0)).not.toMatch(/loop|i32\.store/);
    expect(listing(1)).not.toMatch(/loop|local/);
    expect(listing(2)).toMatch(/loop/);
    expect(listing(2, true)).not.toMatch(/loop|local/);
    expect(listing(2, true).match(/i32\.store/g)).toHaveLength(2);
  });

  test('a counter that would overflow, and an unrolled loop without known bounds, are refused', () => {
    expect(() => singleFunction({}, [], (b) => b.for({ from: 0, to: 2 ** 31 - 1, step: 2 }, () => {}))).toThrow(
      /overflow/,
    );
    expect(() =>
      singleFunction({ n: 'i32' }, [], (b, { n }) => b.for({ from: 0, to: n, unroll: true }, () => {})),
    ).toThrow(/cannot unroll/);
  });
});

describe('memory and vectors', () => {
  test('stores and loads with offsets, copy and fill', async () => {
    const module = singleFunction({ at: 'i32' }, ['i64'], (b, { at }) => {
      b.do(
        memory.fill(at, 0xab, 8),
        i32.store16(at, 0x1234, { offset: 4, align: 1 }),
        memory.copy(i32.add(at, 16), at, 8),
      );
      b.push(i64.load(at, { offset: 16 }));
    });
    const f = functionOf(await instantiate(module), 'f');
    expect(f(8)).toBe(BigInt.asIntN(64, 0xabab_1234_abab_ababn));
  });

  test('shuffle takes lanes of both vectors', async () => {
    const ramp = Array.from({ length: 16 }, (_, lane) => lane);
    const pick = [31, 0, 16, 15, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 17];
    const module = singleFunction({}, [], (b) => {
      const low = v128.const('i8x16', ramp);
      const high = v128.const(
        'i8x16',
        ramp.map((lane) => lane + 100),
      );
      b.do(v128.store(0, i8x16.shuffle(low, high, pick)));
    });
    const exports = await instantiate(module);
    functionOf(exports, 'f')();
    const expected = pick.map((lane) => (lane < 16 ? lane : lane + 84));
    expect([...new Uint8Array(memoryOf(exports).buffer, 0, 16)]).toEqual(expected);
  });

  test('dot_i16x8_s and tee', async () => {
    const f = await compile({ x: 'i32' }, ['i32'], (b, { x }) => {
      const v = b.local('v128', 'v');
      b.push(i32x4.extract_lane(i32x4.dot_i16x8_s(b.tee(v, i16x8.splat(x)), v), 2));
    });
    expect(f(-300)).toBe(180_000);
  });

  test.each([0, 1, 3, 4, 5, 31, 32, 33])('dot product of %d floats', async (n) => {
    const shared = new WebAssembly.Memory({ initial: 1 });
    const exports = await instantiate(dotProductModule(), { env: { memory: shared } });
    const values = new Float32Array(shared.buffer, 0, 128);
    for (let i = 0; i < n; i++) [values[i], values[64 + i]] = [i + 1, 2 - i];
    let sum = 0;
    for (let i = 0; i < n; i++) sum += (i + 1) * (2 - i);
    expect(functionOf(exports, 'dot')(0, 256, n)).toBe(sum);
  });
});

interface Tree {
  readonly value: number;
  readonly expr: (x: Expr<'i32'>, y: Expr<'i32'>) => Operand<'i32'>;
}

/** Trees of operations whose values for given x and y are computed in JavaScript beside them. */
function trees(x: number, y: number): fc.Arbitrary<Tree> {
  const binary: readonly [(a: Operand<'i32'>, b: Operand<'i32'>) => Expr<'i32'>, (a: number, b: number) => number][] = [
    [i32.add, (a, b) => (a + b) | 0],
    [i32.sub, (a, b) => (a - b) | 0],
    [i32.mul, Math.imul],
    [i32.and, (a, b) => a & b],
    [i32.or, (a, b) => a | b],
    [i32.xor, (a, b) => a ^ b],
    [i32.shl, (a, b) => a << b],
    [i32.shr_s, (a, b) => a >> b],
    [i32.shr_u, (a, b) => (a >>> b) | 0],
    [i32.rotl, (a, b) => (a << b) | (a >>> ((32 - b) & 31))],
    [i32.lt_s, (a, b) => Number(a < b)],
    [i32.ge_u, (a, b) => Number(a >>> 0 >= b >>> 0)],
  ];
  return fc.letrec<{ tree: Tree }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 6, depthIdentifier: 'tree' },
      fc.integer().map((value): Tree => ({ value, expr: () => value })),
      fc.constant<Tree>({ value: x, expr: (a) => a }),
      fc.constant<Tree>({ value: y, expr: (_, b) => b }),
      tie('tree').map(({ value, expr }): Tree => ({ value: Math.clz32(value), expr: (a, b) => i32.clz(expr(a, b)) })),
      fc.tuple(fc.constantFrom(...binary), tie('tree'), tie('tree')).map(
        ([[operation, evaluate], left, right]): Tree => ({
          value: evaluate(left.value, right.value),
          expr: (a, b) => operation(left.expr(a, b), right.expr(a, b)),
        }),
      ),
    ),
  })).tree;
}

test('random trees of i32 operations equal JavaScript', async () => {
  const cases = fc.tuple(fc.integer(), fc.integer()).chain(([x, y]) => fc.tuple(fc.constant({ x, y }), trees(x, y)));
  await fc.assert(
    fc.asyncProperty(cases, async ([{ x, y }, tree]) => {
      const f = await compile({ x: 'i32', y: 'i32' }, ['i32'], (b, locals) => {
        b.return(tree.expr(locals.x, locals.y));
      });
      expect(f(x, y)).toBe(tree.value | 0);
    }),
    { numRuns: 300 },
  );
});

test('f32 arithmetic rounds to single', async () => {
  const f = await compile({ x: 'f32' }, ['f32'], (b, { x }) => b.push(f32.add(x, 0.1)));
  expect(f(0.2)).toBe(Math.fround(Math.fround(0.2) + Math.fround(0.1)));
});
