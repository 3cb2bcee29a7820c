import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  counting,
  float,
  int8,
  ints,
  type ModelDraft,
  problemLines,
  resultsOf,
  type TensorDraft,
} from './model-draft.ts';

interface Geometry {
  readonly input: readonly [height: number, width: number, channels: number];
  readonly filter: readonly [outputs: number, height: number, width: number];
  readonly strides: readonly [number, number];
  readonly padding: 'SAME' | 'VALID';
  readonly output: readonly [height: number, width: number];
}

function draft(
  g: Geometry,
  tensors: { x: TensorDraft; w: TensorDraft; y: TensorDraft },
  bias?: TensorDraft,
): ModelDraft {
  const shape = ints(1, ...g.output, g.filter[0]);
  const fields = { padding: g.padding, stride_h: g.strides[0], stride_w: g.strides[1] };
  const inputs = ['s', 'w', 'x', ...(bias === undefined ? [] : ['b'])];
  return {
    tensors: { s: shape, ...tensors, ...(bias === undefined ? {} : { b: bias }) },
    operators: [{ name: 'TRANSPOSE_CONV', inputs, outputs: ['y'], options: ['TransposeConvOptions', fields] }],
    inputs: ['x'],
    outputs: ['y'],
  };
}

function floatDraft(g: Geometry, bias?: TensorDraft): ModelDraft {
  const filter = [...g.filter, g.input[2]];
  const w = float(filter, counting(filter.reduce((a, b) => a * b, 1)));
  return draft(g, { x: float([1, ...g.input]), w, y: float([1]) }, bias);
}

/** Every input element adds to the outputs that it reaches, as the definition says. */
function scattered({ input: [h, w, c], filter: [o, kh, kw], strides, padding, output: [oh, ow] }: Geometry): number[] {
  const x = counting(h * w * c);
  const weights = counting(o * kh * kw * c);
  const before = (size: number, kernel: number, stride: number) =>
    padding === 'VALID' ? 0 : Math.floor(Math.max(0, (Math.ceil(size / stride) - 1) * stride + kernel - size) / 2);
  const [top, left] = [before(oh, kh, strides[0]), before(ow, kw, strides[1])];
  const y = new Array<number>(oh * ow * o).fill(0);
  for (let iy = 0; iy < h; iy++)
    for (let ix = 0; ix < w; ix++)
      for (let ky = 0; ky < kh; ky++)
        for (let kx = 0; kx < kw; kx++) {
          const [oy, ox] = [iy * strides[0] - top + ky, ix * strides[1] - left + kx];
          if (oy < 0 || oy >= oh || ox < 0 || ox >= ow) continue;
          for (let k = 0; k < o; k++)
            for (let i = 0; i < c; i++) {
              const at = (oy * ow + ox) * o + k;
              const product = (x[(iy * w + ix) * c + i] ?? 0) * (weights[((k * kh + ky) * kw + kx) * c + i] ?? 0);
              y[at] = (y[at] ?? 0) + product;
            }
        }
  return y;
}

const size = (max: number) => fc.integer({ min: 1, max });

describe('TRANSPOSE_CONV', () => {
  test('one pixel becomes the filter', () => {
    const g: Geometry = { input: [1, 1, 1], filter: [1, 2, 3], strides: [2, 3], padding: 'VALID', output: [2, 3] };
    expect(resultsOf(floatDraft(g))).toEqual([{ shape: [1, 2, 3, 1], values: [1, 2, 3, 4, 5, 6] }]);
    expect(resultsOf(floatDraft(g, float([1], [10])))[0]?.values).toEqual([11, 12, 13, 14, 15, 16]);
  });

  test('is what its definition scatters, for any geometry', () => {
    fc.assert(
      fc.property(
        fc.record({
          input: fc.tuple(size(4), size(4), size(2)),
          filter: fc.tuple(size(2), size(4), size(4)),
          strides: fc.tuple(size(3), size(3)),
          padding: fc.constantFrom('SAME' as const, 'VALID' as const),
          extra: fc.tuple(fc.integer({ min: 0, max: 1 }), fc.integer({ min: 0, max: 1 })),
        }),
        ({ extra, ...rest }) => {
          const along = (i: 0 | 1) => {
            const [n, k, s] = [rest.input[i], rest.filter[i === 0 ? 1 : 2], rest.strides[i]];
            return rest.padding === 'SAME' ? Math.max(1, n * s - extra[i]) : (n - 1) * s + k + extra[i];
          };
          const g: Geometry = { ...rest, output: [along(0), along(1)] };
          expect(resultsOf(floatDraft(g))[0]?.values).toEqual(scattered(g));
        },
      ),
      { numRuns: 200 },
    );
  });

  test('int8 spreads its zero point', () => {
    // Real inputs 1 - 3 and 2 - 3 steps; each meets the filter 1, 2 once: -2, -4, -1, -2.
    const g: Geometry = { input: [1, 2, 1], filter: [1, 1, 2], strides: [1, 2], padding: 'VALID', output: [1, 4] };
    const w = int8([1, 1, 2, 1], 1, 0, [1, 2]);
    const bytes = draft(g, { x: int8([1, 1, 2, 1], 1, 3), w, y: int8([1, 1, 4, 1], 1, 0) });
    expect(resultsOf(bytes)[0]?.values).toEqual([-2, -4, -1, -2]);
  });

  test('what does not fit together is refused', () => {
    const g: Geometry = { input: [2, 2, 1], filter: [1, 2, 2], strides: [2, 2], padding: 'VALID', output: [4, 4] };
    const w = float([1, 2, 2, 3], counting(12));
    expect(problemLines(draft(g, { x: float([1, 2, 2, 1]), w, y: float([1]) }))[0]).toContain('do not give 4x4');
    expect(problemLines(floatDraft({ ...g, strides: [0, 2] }))[0]).toContain('do not fit');
    expect(problemLines(floatDraft({ ...g, output: [0, 4] }))[0]).toContain('do not give 0x4');
    const hybrid = draft(g, { x: float([1, 2, 2, 1]), w: int8([1, 2, 2, 1], 1, 0, [1, 2, 3, 4]), y: float([1]) });
    expect(problemLines(hybrid)[0]).toContain('int8 weights on float32 data');
  });
});
