import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { importOnnx } from '../../../converter/frontends/onnx/import.ts';
import { evenPicks, type ResizeRule, resizeTaps } from '../../../converter/frontends/onnx/ops/image/resize-taps.ts';
import { phasesOf } from '../../../converter/frontends/transposed-window.ts';
import { evaluateGraph } from '../../../converter/ir/evaluate.ts';
import { type Graph, valueById } from '../../../converter/ir/graph.ts';
import { ProblemError } from '../../../converter/problem.ts';
import { elementCount } from '../../../converter/tensor/shape.ts';
import { tensorType } from '../../../converter/tensor/tensor.ts';
import { floats, type NodeDraft, type TensorDraft, writeModel } from './draft.ts';

const ints = (name: string, values: readonly number[]) => ({ name, type: 7, ints: values });
const int = (name: string, i: number) => ({ name, type: 2, i });
const text = (name: string, s: string) => ({ name, type: 3, s: Buffer.from(s) });

const pattern = (count: number) => Array.from({ length: count }, (_, i) => ((i * 7) % 13) - 6);

interface Draft {
  readonly shape: readonly number[];
  readonly operands: readonly string[];
  readonly initializers?: Readonly<Record<string, TensorDraft>>;
  readonly attributes?: NodeDraft['attributes'];
}

function graphOf(op: string, { shape, operands, initializers = {}, attributes = [] }: Draft): Graph {
  const node = { op, inputs: operands, outputs: ['y'], attributes };
  return importOnnx(writeModel({ inputs: { x: shape }, initializers, outputs: ['y'], nodes: [node], opset: 18 }), 'm');
}

function run(graph: Graph): { shape: readonly number[]; y: number[] } {
  const inputs = graph.inputs.map(({ value }) => {
    const { shape } = valueById(graph, value).type;
    return { type: tensorType('float32', shape), data: Float32Array.from(pattern(elementCount(shape))) };
  });
  const [result] = evaluateGraph(graph, inputs);
  return { shape: result?.type.shape ?? [], y: Array.from(result?.data ?? [], Number) };
}

const types = (graph: Graph) => graph.nodes.map(({ op }) => op.type).filter((type) => type !== 'reshape');

const plain: ResizeRule = {
  ...{ mode: 'linear', transform: 'half_pixel', nearest: 'round_prefer_floor' },
  ...{ cubicA: -0.75, excludeOutside: false, antialias: false },
};

const axis = (input: number, output: number) => ({
  ...{ input, output, scale: output / input, roi: [0, 1] as const },
});

describe('Resize', () => {
  test('weighs two neighbours, and repeats the edge', () => {
    expect(resizeTaps(plain, axis(2, 4))).toEqual([
      [{ index: 0, weight: 1 }],
      [
        { index: 0, weight: 0.75 },
        { index: 1, weight: 0.25 },
      ],
      [
        { index: 0, weight: 0.25 },
        { index: 1, weight: 0.75 },
      ],
      [{ index: 1, weight: 1 }],
    ]);
  });

  test('rounds halves as nearest_mode says', () => {
    const placesOf = (nearest: ResizeRule['nearest']) =>
      resizeTaps({ ...plain, mode: 'nearest', nearest, transform: 'asymmetric' }, axis(4, 8)).map(
        (taps) => taps?.[0]?.index,
      );
    expect(placesOf('round_prefer_floor')).toEqual([0, 0, 1, 1, 2, 2, 3, 3]);
    expect(placesOf('round_prefer_ceil')).toEqual([0, 1, 1, 2, 2, 3, 3, 3]);
    expect(placesOf('floor')).toEqual([0, 0, 1, 1, 2, 2, 3, 3]);
    expect(placesOf('ceil')).toEqual([0, 1, 1, 2, 2, 3, 3, 3]);
  });

  test('weights of every rule add up to one', () => {
    const rule = fc.record({
      mode: fc.constantFrom('linear' as const, 'cubic' as const),
      transform: fc.constantFrom('half_pixel' as const, 'align_corners' as const, 'half_pixel_symmetric' as const),
      nearest: fc.constant('floor' as const),
      cubicA: fc.constantFrom(-0.5, -0.75),
      excludeOutside: fc.boolean(),
      antialias: fc.boolean(),
    });
    const size = fc.integer({ min: 1, max: 12 });
    fc.assert(
      fc.property(rule, size, size, (given, input, output) => {
        for (const taps of resizeTaps(given, axis(input, output))) {
          const total = (taps ?? []).reduce((sum, { weight }) => sum + weight, 0);
          expect(total).toBeCloseTo(1, 10);
          for (const { index } of taps ?? []) expect(index).toBeGreaterThanOrEqual(0);
          for (const { index } of taps ?? []) expect(index).toBeLessThan(input);
        }
      }),
    );
  });

  test('places that lie evenly are one strided copy', () => {
    expect(evenPicks([0, 0, 1, 1, 2, 2])).toEqual({ start: 0, step: 1, repeat: 2 });
    expect(evenPicks([1, 3, 5])).toEqual({ start: 1, step: 2, repeat: 1 });
    expect(evenPicks([2, 2, 2])).toEqual({ start: 2, step: 0, repeat: 3 });
    expect(evenPicks([0, 0, 1, 2])).toBeNull();
    expect(evenPicks([0, 0, 1, 1, 2])).toBeNull();
  });

  const resize = (scales: readonly number[], mode: string) =>
    graphOf('Resize', {
      shape: [1, 2, 2, 3],
      operands: ['x', '', 's'],
      initializers: { s: floats([4], scales) },
      attributes: [
        text('mode', mode),
        text('coordinate_transformation_mode', 'asymmetric'),
        text('nearest_mode', 'floor'),
      ],
    });

  test('whole factors of the nearest element only move elements; bilinear resizing is one operator', () => {
    const graph = resize([1, 1, 2, 3], 'nearest');
    expect(types(graph)).toEqual(['transpose', 'slice', 'slice', 'transpose']);
    const { shape, y } = run(graph);
    expect(shape).toEqual([1, 2, 4, 9]);
    const x = pattern(12);
    const at = (c: number, h: number, w: number) => x[(c * 2 + Math.floor(h / 2)) * 3 + Math.floor(w / 3)];
    expect(y).toEqual(Array.from({ length: 72 }, (_, i) => at(Math.floor(i / 36), Math.floor(i / 9) % 4, i % 9)));
    expect(types(resize([1, 1, 2, 3], 'linear'))).toEqual(['transpose', 'resize-bilinear', 'transpose']);
  });

  test.each([
    ['a scale of 0', [1, 1, 0, 1]],
    ['a result of damaged size', [1, 1, 1e9, 1]],
    ['too few scales', [1, 1]],
  ])('%s is refused', (_, scales) => {
    const draft = {
      shape: [1, 1, 2, 2],
      operands: ['x', '', 's'],
      initializers: { s: floats([scales.length], scales) },
    };
    expect(() => graphOf('Resize', draft)).toThrow(ProblemError);
  });
});

/** Input element i adds to output i * stride + k * dilation - pad. */
function scattered(x: number[], w: number[], output: number, stride: number, dilation: number, pad: number): number[] {
  const y = new Array<number>(output).fill(0);
  x.forEach((value, i) => {
    w.forEach((weight, k) => {
      const o = i * stride + k * dilation - pad;
      if (o >= 0 && o < output) y[o] = (y[o] ?? 0) + value * weight;
    });
  });
  return y;
}

describe('ConvTranspose', () => {
  const small = fc.integer({ min: 1, max: 4 });
  const geometry = fc.record({ input: fc.integer({ min: 3, max: 6 }), kernel: small, stride: small, dilation: small });

  test('of any geometry is what the scattered sums give', () => {
    fc.assert(
      fc.property(
        geometry,
        fc.nat(2),
        fc.nat(2),
        fc.nat(1),
        ({ input, kernel, stride, dilation }, start, end, more) => {
          const full = (input - 1) * stride + (kernel - 1) * dilation + 1;
          const output = full - start - end + Math.min(more, stride - 1);
          fc.pre(output >= 1);
          const attributes = [
            ints('strides', [stride]),
            ints('dilations', [dilation]),
            ints('pads', [start, end]),
            ints('output_padding', [Math.min(more, stride - 1)]),
          ];
          const weights = pattern(kernel).map((value) => value + 0.5);
          const draft = { shape: [1, 1, input], operands: ['x', 'w'], attributes };
          const graph = graphOf('ConvTranspose', { ...draft, initializers: { w: floats([1, 1, kernel], weights) } });
          const { shape, y } = run(graph);
          expect(shape).toEqual([1, 1, output]);
          expect(y).toEqual(scattered(pattern(input), weights, output, stride, dilation, start).map((v) => v + 0));
        },
      ),
    );
  });

  test('no phase multiplies a zero that was put between elements', () => {
    const { phases, rows } = phasesOf({ input: 5, output: 10, kernel: 4, stride: 2, dilation: 1, pad: 1 });
    expect(phases.map(({ taps }) => taps)).toEqual([
      [2, 0],
      [3, 1],
    ]);
    expect(rows).toBe(6);
  });

  test('phases of equal windows are one convolution', () => {
    const weights = floats([1, 2, 2, 2], pattern(8));
    const attributes = [ints('strides', [2, 2])];
    const graph = graphOf('ConvTranspose', {
      ...{ shape: [1, 1, 3, 3], operands: ['x', 'w'], attributes, initializers: { w: weights } },
    });
    expect(types(graph).filter((type) => type === 'conv-2d')).toHaveLength(1);
  });
});

describe('pools', () => {
  const pool = (op: string, shape: readonly number[], ...attributes: NonNullable<NodeDraft['attributes']>[number][]) =>
    graphOf(op, { shape, operands: ['x'], attributes });

  test('a dilated window takes every other element', () => {
    const { y } = run(pool('MaxPool', [1, 1, 5], ints('kernel_shape', [2]), ints('dilations', [2])));
    const x = pattern(5);
    expect(y).toEqual([0, 1, 2].map((i) => Math.max(x[i] ?? 0, x[i + 2] ?? 0)));
  });

  test('an average of three axes counts what lies inside', () => {
    const kernel = [ints('kernel_shape', [2, 2, 2]), ints('pads', [1, 0, 0, 0, 0, 0])];
    const x = pattern(8);
    const sum = x.reduce((a, b) => a + b, 0);
    const first = x.slice(0, 4).reduce((a, b) => a + b, 0);
    expect(run(pool('AveragePool', [1, 1, 2, 2, 2], ...kernel)).y).toEqual([Math.fround(first / 4), sum / 8]);
    const counted = run(pool('AveragePool', [1, 1, 2, 2, 2], ...kernel, int('count_include_pad', 1)));
    expect(counted.y).toEqual([first / 8, sum / 8]);
  });

  test('LpPool of a third power', () => {
    const [y = 0] = run(pool('LpPool', [1, 1, 2], ints('kernel_shape', [2]), int('p', 3))).y;
    expect(y).toBeCloseTo(Math.cbrt(6 ** 3 + 1), 4);
  });

  test('windows of too many slices and negative paddings are refused', () => {
    const huge = [ints('kernel_shape', [300]), ints('dilations', [2])];
    expect(() => pool('MaxPool', [1, 1, 1000], ...huge)).toThrow(/300/);
    expect(() => pool('MaxPool', [1, 1, 9], ints('kernel_shape', [2]), ints('pads', [-1, 0]))).toThrow(ProblemError);
  });
});
