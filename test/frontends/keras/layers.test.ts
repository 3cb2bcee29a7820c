import { describe, expect, test } from 'vitest';
import { importKerasH5 } from '../../../converter/frontends/keras/import.ts';
import { noImportOptions } from '../../../converter/frontends/options.ts';
import { evaluateGraph } from '../../../converter/ir/evaluate.ts';
import { typeOf } from '../../../converter/ir/graph.ts';
import { verifyGraph } from '../../../converter/ir/verify.ts';
import { optimizeGraph } from '../../../converter/pipeline.ts';
import { type LayerDraft, numbers, sequentialH5, weight } from './drafts.ts';

/** The shape and numbers that layers make of an input; the optimized graph must give the same. */
function run(shape: readonly number[], input: readonly number[], layers: readonly LayerDraft[], version?: string) {
  const graph = importKerasH5(sequentialH5([null, ...shape.slice(1)], layers, version), 'm', {
    ...noImportOptions,
    shapes: new Map([['input', shape]]),
  });
  verifyGraph(graph, 'import');
  const type = typeOf(graph, graph.inputs[0]?.value ?? expect.fail('no input'));
  const tensors = [{ type, data: Float32Array.from(input) }];
  const [result] = evaluateGraph(graph, tensors);
  const [optimized] = evaluateGraph(optimizeGraph(graph).graph, tensors);
  const values = Array.from(result?.data ?? [], Number);
  Array.from(optimized?.data ?? [], Number).forEach((value, i) => {
    expect(value).toBeCloseTo(values[i] ?? Number.NaN, 4);
  });
  return { shape: result?.type.shape, values };
}

function expectClose(found: readonly number[], expected: readonly number[]): void {
  expect(found.length).toBe(expected.length);
  found.forEach((value, i) => {
    expect(value, `element ${i}`).toBeCloseTo(expected[i] ?? Number.NaN, 5);
  });
}

const single = (
  className: string,
  config: LayerDraft['config'] = {},
  weights?: LayerDraft['weights'],
): LayerDraft[] => [weights === undefined ? { className, config } : { className, config, weights }];

/** The error function by its Maclaurin series. */
function erf(v: number): number {
  let [sum, term] = [0, v];
  for (let n = 0; n < 120; n++) {
    sum += term / (2 * n + 1);
    term *= -(v * v) / (n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

describe('activations', () => {
  const x = [-3, -0.75, -0.5, -0.25, 0, 0.25, 0.5, 0.75, 2, 7];
  const each: readonly (readonly [string, LayerDraft[], (x: number) => number])[] = [
    ['relu', single('Activation', { activation: 'relu' }), (v) => Math.max(0, v)],
    ['relu1', single('Activation', { activation: 'relu1' }), (v) => Math.min(1, Math.max(0, v))],
    ['ternary_tanh', single('Activation', { activation: 'ternary_tanh' }), (v) => (v > 0.5 ? 1 : v <= -0.5 ? -1 : 0)],
    ['sigmoid', single('Activation', { activation: 'sigmoid' }), (v) => 1 / (1 + Math.exp(-v))],
    ['swish', single('Activation', { activation: 'swish' }), (v) => v / (1 + Math.exp(-v))],
    ['softplus', single('Activation', { activation: 'softplus' }), (v) => Math.log(1 + Math.exp(v))],
    ['elu', single('ELU', { alpha: 0.5 }), (v) => (v > 0 ? v : 0.5 * (Math.exp(v) - 1))],
    [
      'selu',
      single('Activation', { activation: 'selu' }),
      (v) => 1.0507009873554805 * (v > 0 ? v : 1.6732631923545496 * (Math.exp(v) - 1)),
    ],
    ['LeakyReLU', single('LeakyReLU', { alpha: 0.3 }), (v) => (v > 0 ? v : 0.3 * v)],
    ['LeakyReLU of Keras 3', single('LeakyReLU', { negative_slope: 1.5 }), (v) => (v > 0 ? v : 1.5 * v)],
    [
      'ReLU of 6',
      single('ReLU', { max_value: 6, negative_slope: 0, threshold: 0 }),
      (v) => Math.min(6, Math.max(0, v)),
    ],
    [
      'hard_sigmoid before Keras 3',
      single('Activation', { activation: 'hard_sigmoid' }),
      (v) => Math.min(1, Math.max(0, 0.2 * v + 0.5)),
    ],
    [
      'function object',
      single('Activation', { activation: { class_name: 'function', config: 'relu6' } }),
      (v) => Math.min(6, Math.max(0, v)),
    ],
    [
      'layer object',
      single('Activation', { activation: { class_name: 'ReLU', config: { max_value: 1 } } }),
      (v) => Math.min(1, Math.max(0, v)),
    ],
    ['Rescaling', single('Rescaling', { scale: 0.5, offset: -1 }), (v) => 0.5 * v - 1],
    ['gelu', single('Activation', { activation: 'gelu' }), (v) => (v === 0 ? 0 : 0.5 * v * (1 + erf(v / Math.SQRT2)))],
    ['Dropout', single('Dropout', { rate: 0.5 }), (v) => v],
  ];
  test.each(each)('%s', (_, layers, expected) => {
    expectClose(run([1, 10], x, layers).values, x.map(expected));
  });

  test('hard_sigmoid of Keras 3', () => {
    const { values } = run([1, 10], x, single('Activation', { activation: 'hard_sigmoid' }), '3.1.0');
    expectClose(
      values,
      x.map((v) => Math.min(1, Math.max(0, (v + 3) / 6))),
    );
  });

  test('the steps of ternary_tanh lie at 0.5 exactly', () => {
    const next = 2 ** -24;
    const edges = [0.5, 0.5 + 2 ** -23, -0.5, -0.5 + next];
    expect(run([1, 4], edges, single('Activation', { activation: 'ternary_tanh' })).values).toEqual([0, 1, -1, 0]);
  });

  test('PReLU has slopes of its own', () => {
    const layers = single('PReLU', { shared_axes: [1, 2] }, { alpha: { shape: [1, 1, 2], values: [0.5, 2] } });
    expect(run([1, 1, 2, 2], [-1, -1, 3, -4], layers).values).toEqual([-0.5, -2, 3, -8]);
  });

  test('Softmax along the first axis of the features', () => {
    const { values } = run([1, 2, 2], [0, 1, 0, 3], single('Softmax', { axis: 1 }));
    expectClose(values, [0.5, 1 / (1 + Math.exp(2)), 0.5, 1 / (1 + Math.exp(-2))]);
  });
});

describe('products', () => {
  test('Dense on the last axis of three', () => {
    const weights = {
      kernel: { shape: [2, 3], values: [1, 2, 3, 4, 5, 6] },
      bias: { shape: [3], values: [0.5, 0, -100] },
    };
    const layers = single('Dense', { units: 3, activation: 'relu', use_bias: true }, weights);
    expect(run([1, 2, 2], [1, 1, 0, -1], layers)).toEqual({ shape: [1, 2, 3], values: [5.5, 7, 0, 0, 0, 0] });
  });

  test('BinaryDense and TernaryDense', () => {
    const kernel = { shape: [3, 1], values: [0.4, -0.01, 0.9] };
    expect(
      run([1, 3], [1, 10, 100], single('BinaryDense', { units: 1, use_bias: false, H: 1 }, { kernel })).values,
    ).toEqual([91]);
    expect(
      run([1, 3], [1, 10, 100], single('TernaryDense', { units: 1, use_bias: false, H: 1 }, { kernel })).values,
    ).toEqual([100]);
  });

  /** Convolution by its definition, NHWC and HWIO, with the padding of each side given. */
  function direct(
    x: readonly number[],
    [h, w, c]: readonly [number, number, number],
    kernel: ReturnType<typeof weight>,
    stride: number,
    top: number,
    left: number,
    oh: number,
    ow: number,
    depthwise = false,
  ): number[] {
    const [kh = 0, kw = 0, , o = 0] = kernel.shape;
    const result: number[] = [];
    for (let y = 0; y < oh; y++) {
      for (let z = 0; z < ow; z++) {
        for (let k = 0; k < (depthwise ? c * o : o); k++) {
          let sum = 0;
          for (let i = 0; i < kh; i++) {
            for (let j = 0; j < kw; j++) {
              const [row, column] = [y * stride + i - top, z * stride + j - left];
              if (row < 0 || column < 0 || row >= h || column >= w) continue;
              for (let ch = 0; ch < c; ch++) {
                if (depthwise && ch !== Math.floor(k / o)) continue;
                const place = depthwise ? ((i * kw + j) * c + ch) * o + (k % o) : ((i * kw + j) * c + ch) * o + k;
                sum += (x[(row * w + column) * c + ch] ?? 0) * (kernel.values[place] ?? 0);
              }
            }
          }
          result.push(sum);
        }
      }
    }
    return result;
  }

  const x = numbers(5 * 4 * 2);
  const image = [5, 4, 2] as const;

  test('Conv2D with padding same: the odd pixel is after', () => {
    const kernel = weight(2, 3, 2, 3);
    const layers = single(
      'Conv2D',
      { filters: 3, kernel_size: [2, 3], strides: [2, 2], padding: 'same', use_bias: false },
      { kernel },
    );
    const { shape, values } = run([1, ...image], x, layers);
    expect(shape).toEqual([1, 3, 2, 3]);
    expectClose(values, direct(x, image, kernel, 2, 0, 0, 3, 2));
  });

  test('DepthwiseConv2D with two filters for each channel', () => {
    const kernel = weight(3, 3, 2, 2);
    const layers = single(
      'DepthwiseConv2D',
      { kernel_size: [3, 3], strides: [1, 1], padding: 'same', depth_multiplier: 2, use_bias: false },
      { depthwise_kernel: kernel },
    );
    expectClose(run([1, ...image], x, layers).values, direct(x, image, kernel, 1, 1, 1, 5, 4, true));
  });

  test('SeparableConv2D is the two after each other', () => {
    const [first, second] = [weight(3, 3, 2, 1), weight(1, 1, 2, 4)];
    const layers = single(
      'SeparableConv2D',
      { filters: 4, kernel_size: 3, padding: 'valid', use_bias: false },
      { depthwise_kernel: first, pointwise_kernel: second },
    );
    const between = direct(x, image, first, 1, 0, 0, 3, 2, true);
    expectClose(run([1, ...image], x, layers).values, direct(between, [3, 2, 2], second, 1, 0, 0, 3, 2));
  });

  test('Conv1D causal looks back only', () => {
    const kernel = { shape: [2, 1, 1], values: [1, 10] };
    const layers = single(
      'Conv1D',
      { filters: 1, kernel_size: [2], padding: 'causal', dilation_rate: 2, use_bias: false },
      { kernel },
    );
    expect(run([1, 4, 1], [1, 2, 3, 4], layers)).toEqual({ shape: [1, 4, 1], values: [10, 20, 31, 42] });
  });

  test('channels_first gives the same numbers in the other order', () => {
    const kernel = weight(3, 3, 2, 3);
    const config = { filters: 3, kernel_size: 3, padding: 'valid', use_bias: false };
    const plain = run([1, ...image], x, single('Conv2D', config, { kernel })).values;
    const turned = Array.from({ length: 40 }, (_, i) => x[(i % 20) * 2 + Math.floor(i / 20)] ?? 0);
    const { shape, values } = run(
      [1, 2, 5, 4],
      turned,
      single('Conv2D', { ...config, data_format: 'channels_first' }, { kernel }),
    );
    expect(shape).toEqual([1, 3, 3, 2]);
    expectClose(
      values,
      Array.from({ length: 18 }, (_, i) => plain[(i % 6) * 3 + Math.floor(i / 6)] ?? 0),
    );
  });

  /** Each pixel of the input adds the kernel to the output, which `valid` cuts nowhere and `same` at size * stride. */
  test.each([
    ['same', 3, 2],
    ['valid', 3, 2],
    ['same', 2, 3],
    ['valid', 2, 3],
    ['same', 4, 1],
  ])('Conv2DTranspose, padding %s, kernel %i, stride %i', (padding, size, stride) => {
    const kernel = weight(size, size, 3, 2);
    const layers = single(
      'Conv2DTranspose',
      { filters: 3, kernel_size: size, strides: stride, padding, use_bias: false },
      { kernel },
    );
    const { shape, values } = run([1, ...image], x, layers);
    const [oh, ow] = [5, 4].map(
      (length) => length * stride + (padding === 'same' ? 0 : Math.max(size - stride, 0)),
    ) as [number, number];
    expect(shape).toEqual([1, oh, ow, 3]);
    const cut = padding === 'same' ? Math.floor(Math.max(0, size - stride) / 2) : 0;
    const expected = new Array<number>(oh * ow * 3).fill(0);
    for (let at = 0; at < 40; at++) {
      const [row, column, c] = [Math.floor(at / 8), Math.floor(at / 2) % 4, at % 2];
      for (let k = 0; k < size * size * 3; k++) {
        const [i, j, o] = [Math.floor(k / 3 / size), Math.floor(k / 3) % size, k % 3];
        const [y, z] = [row * stride + i - cut, column * stride + j - cut];
        if (y < 0 || z < 0 || y >= oh || z >= ow) continue;
        const place = (y * ow + z) * 3 + o;
        expected[place] =
          (expected[place] ?? 0) + (x[at] ?? 0) * (kernel.values[((i * size + j) * 3 + o) * 2 + c] ?? 0);
      }
    }
    expectClose(values, expected);
  });
});

describe('normalizations', () => {
  test('BatchNormalization without scale', () => {
    const data = (values: number[]) => ({ shape: [2], values });
    const weights = { beta: data([1, 2]), moving_mean: data([0.5, -1]), moving_variance: data([4, 0.25]) };
    const layers = single(
      'BatchNormalization',
      { axis: [2], epsilon: 0.001, scale: 0, center: 1, momentum: 0.9 },
      weights,
    );
    const expected = [(2 - 0.5) / Math.sqrt(4.001) + 1, (3 + 1) / Math.sqrt(0.251) + 2];
    expectClose(run([1, 1, 2], [2, 3], layers).values, expected);
  });

  test('LayerNormalization over the last axis', () => {
    const data = (values: number[]) => ({ shape: [4], values });
    const weights = { gamma: data([1, 2, 3, 4]), beta: data([0, 0, 1, 0]) };
    const { values } = run([1, 4], [1, 2, 3, 6], single('LayerNormalization', { axis: [1], epsilon: 0.001 }, weights));
    const factor = 1 / Math.sqrt(3.5 + 0.001);
    expectClose(values, [-2 * factor, -2 * factor, 1, 12 * factor]);
  });

  test('Normalization from its options and from data', () => {
    const given = single('Normalization', { axis: -1, mean: [1, 2], variance: [4, 0] });
    expectClose(run([1, 2], [5, 2], given).values, [2, 0]);
    const stored = {
      mean: { shape: [2], values: [1, 2] },
      variance: { shape: [2], values: [4, 9] },
      count: { shape: [], values: [7] },
    };
    expectClose(run([1, 2], [5, 5], single('Normalization', { axis: [-1] }, stored)).values, [2, 1]);
  });
});

describe('movement and pooling', () => {
  const x = [1, 2, 3, 4, 5, 6, 7, 8, 9];
  const each: readonly (readonly [string, LayerDraft[], readonly number[], readonly number[]])[] = [
    [
      'MaxPooling2D',
      single('MaxPooling2D', { pool_size: [2, 2], strides: [1, 1], padding: 'valid' }),
      [1, 2, 2, 1],
      [5, 6, 8, 9],
    ],
    [
      'AveragePooling2D same',
      single('AveragePooling2D', { pool_size: 2, strides: null, padding: 'same' }),
      [1, 2, 2, 1],
      [3, 4.5, 7.5, 9],
    ],
    ['GlobalAveragePooling2D', single('GlobalAveragePooling2D'), [1, 1], [5]],
    ['GlobalMaxPooling2D', single('GlobalMaxPooling2D', { keepdims: true }), [1, 1, 1, 1], [9]],
    [
      'ZeroPadding2D',
      single('ZeroPadding2D', {
        padding: [
          [0, 1],
          [1, 0],
        ],
      }),
      [1, 4, 4, 1],
      [0, 1, 2, 3, 0, 4, 5, 6, 0, 7, 8, 9, 0, 0, 0, 0],
    ],
    [
      'Cropping2D',
      single('Cropping2D', {
        cropping: [
          [1, 0],
          [0, 2],
        ],
      }),
      [1, 2, 1, 1],
      [4, 7],
    ],
    [
      'UpSampling2D',
      [
        ...single('Cropping2D', {
          cropping: [
            [0, 1],
            [0, 1],
          ],
        }),
        ...single('UpSampling2D', { size: [1, 2] }),
      ],
      [1, 2, 4, 1],
      [1, 1, 2, 2, 4, 4, 5, 5],
    ],
    ['Permute', single('Permute', { dims: [3, 2, 1] }), [1, 1, 3, 3], [1, 4, 7, 2, 5, 8, 3, 6, 9]],
    ['Reshape', single('Reshape', { target_shape: [-1, 3] }), [1, 3, 3], x],
    ['Flatten', single('Flatten', { data_format: 'channels_last' }), [1, 9], x],
    ['RepeatVector', [...single('Flatten'), ...single('RepeatVector', { n: 2 })], [1, 2, 9], [...x, ...x]],
  ];
  test.each(each)('%s', (_, layers, shape, values) => {
    expect(run([1, 3, 3, 1], x, layers)).toEqual({ shape, values });
  });

  test('bilinear UpSampling2D has its pixel centres at halves', () => {
    const { values } = run([1, 1, 2, 1], [0, 4], single('UpSampling2D', { size: [1, 2], interpolation: 'bilinear' }));
    expect(values).toEqual([0, 1, 3, 4]);
  });

  test('1-D pooling and padding', () => {
    expect(
      run([1, 5, 1], [1, 9, 2, 3, 4], single('MaxPooling1D', { pool_size: [2], strides: [2], padding: 'valid' }))
        .values,
    ).toEqual([9, 3]);
    expect(run([1, 2, 1], [1, 2], single('ZeroPadding1D', { padding: [1, 2] })).values).toEqual([0, 1, 2, 0, 0]);
    expect(run([1, 4, 2], [1, 2, 3, 4, 5, 6, 7, 8], single('GlobalAveragePooling1D')).values).toEqual([4, 5]);
  });

  test('an Embedding takes rows of its table', () => {
    const layers = single(
      'Embedding',
      { input_dim: 3, output_dim: 2 },
      { embeddings: { shape: [3, 2], values: [1, 2, 3, 4, 5, 6] } },
    );
    expect(run([1, 2], [2, 0], layers)).toEqual({ shape: [1, 2, 2], values: [5, 6, 1, 2] });
  });
});
