import { describe, expect, test } from 'vitest';
import { counting, float, graphOf, int8, problemLines, single, type TensorDraft, textOf } from './model-draft.ts';

type Fields = Readonly<Record<string, unknown>>;

const conv = (x: readonly number[], filter: readonly number[], fields: Fields = {}, bias = true) => {
  const count = filter.reduce((a, b) => a * b, 1);
  const b: Record<string, TensorDraft> = bias ? { b: float([filter[0] ?? 0], counting(filter[0] ?? 0)) } : {};
  const options = ['Conv2DOptions', { padding: 'SAME', stride_w: 1, stride_h: 1, ...fields }] as const;
  return single('CONV_2D', float(x), { w: float(filter, counting(count)), ...b }, float([1, 1, 1, 1]), options);
};

/** Attributes and output shape of the only node. */
function only(draft: Parameters<typeof graphOf>[0]) {
  const graph = graphOf(draft);
  const [node, ...others] = graph.nodes;
  expect(others).toEqual([]);
  const output = node?.outputs[0] ?? expect.fail('one node');
  return { attributes: node?.op.attributes, shape: graph.values.get(output)?.type.shape };
}

describe('padding', () => {
  // TFLite: ceil(input / stride) outputs under SAME; the odd row or column comes last.
  test.each([
    ['SAME', 5, 3, 1, 1, [1, 1], 5],
    ['SAME', 5, 2, 1, 1, [0, 1], 5],
    ['SAME', 6, 3, 2, 1, [0, 1], 3],
    ['SAME', 5, 3, 2, 1, [1, 1], 3],
    ['SAME', 7, 3, 1, 2, [2, 2], 7],
    ['SAME', 5, 1, 3, 1, [0, 0], 2],
    ['SAME', 2, 5, 1, 1, [2, 2], 2],
    ['VALID', 5, 3, 1, 1, [0, 0], 3],
    ['VALID', 6, 3, 2, 1, [0, 0], 2],
    ['VALID', 7, 3, 1, 3, [0, 0], 1],
  ] as const)(
    '%s: input %i, kernel %i, stride %i, dilation %i',
    (padding, size, kernel, stride, dilation, [before, after], out) => {
      const rows = { padding, stride_h: stride, dilation_h_factor: dilation };
      const columns = { padding, stride_w: stride, dilation_w_factor: dilation };
      expect(only(conv([1, size, 1, 1], [1, kernel, 1, 1], rows))).toMatchObject({
        attributes: {
          padding: { top: before, bottom: after, left: 0, right: 0 },
          strides: [stride, 1],
          dilations: [dilation, 1],
        },
        shape: [1, out, 1, 1],
      });
      expect(only(conv([1, 1, size, 1], [1, 1, kernel, 1], columns))).toMatchObject({
        attributes: { padding: { left: before, right: after, top: 0, bottom: 0 }, strides: [1, stride] },
        shape: [1, 1, out, 1],
      });
    },
  );

  test('a window that does not fit is refused with the numbers', () => {
    expect(problemLines(conv([1, 2, 2, 1], [1, 3, 3, 1], { padding: 'VALID' }))).toEqual([
      'tflite-invalid-operator | CONV_2D #0 "y" | a window of 3 does not fit into 2 with 0 of padding | check the operator in the original model, or leave it out',
    ]);
  });
});

describe('CONV_2D', () => {
  test('as text, with a fused activation', () => {
    expect(
      textOf(conv([1, 2, 2, 1], [2, 1, 1, 1], { fused_activation_function: 'RELU6' })),
    ).toBe(`input %0 "x": float32 1x2x2x1
const %1 "w": float32 2x1x1x1 = [1,2]
const %2 "b": float32 2 = [1,2]
%3 "y": float32 1x2x2x2 = conv-2d(%0, %1, %2) {"clamp":{"max":6,"min":0},"dilations":[1,1],"groups":1,"hybrid":"none","padding":{"bottom":0,"left":0,"right":0,"top":0},"strides":[1,1]} from "CONV_2D #0 \\"y\\""
output "y" %3
`);
  });

  test.each([
    ['NONE', Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
    ['RELU', 0, Number.POSITIVE_INFINITY],
    ['RELU_N1_TO_1', -1, 1],
    ['RELU6', 0, 6],
  ])('fused %s', (activation, min, max) => {
    expect(only(conv([1, 2, 2, 1], [1, 1, 1, 1], { fused_activation_function: activation })).attributes).toMatchObject({
      clamp: { min, max },
    });
  });

  test.each(['TANH', 'SIGN_BIT'])('fused %s is refused', (activation) => {
    expect(problemLines(conv([1, 2, 2, 1], [1, 1, 1, 1], { fused_activation_function: activation }))).toEqual([
      `unsupported-attribute | CONV_2D #0 "y" | the fused activation ${activation} is not supported | export the model with the activation as an operator of its own`,
    ]);
  });

  test('fewer filter channels than input channels mean groups', () => {
    expect(only(conv([1, 2, 2, 6], [4, 1, 1, 3]))).toMatchObject({ attributes: { groups: 2 }, shape: [1, 2, 2, 4] });
    expect(problemLines(conv([1, 2, 2, 5], [4, 1, 1, 3]))).toEqual([
      expect.stringContaining('input channels 5 must be a multiple of filter channels 3'),
    ]);
    expect(problemLines(conv([1, 2, 2, 6], [3, 1, 1, 3]))).toEqual([
      expect.stringContaining('output channels 3 a multiple of the groups'),
    ]);
  });

  test('an absent bias is zeros, with the scale of the products', () => {
    expect(textOf(conv([1, 2, 2, 1], [2, 1, 1, 1], {}, false))).toContain('const %2 "y/zero_bias": float32 2 = [0,0]');
    const options = ['Conv2DOptions', { padding: 'VALID', stride_w: 1, stride_h: 1 }] as const;
    const quantized = single(
      'CONV_2D',
      int8([1, 1, 1, 2], 0.5, 3),
      { w: int8([1, 1, 1, 2], 0.25, 0, [1, 2]) },
      int8([1, 1, 1, 1], 1, 0),
      options,
    );
    expect(textOf(quantized)).toContain('"y/zero_bias": int32 1 scale=0.125 zero=0 = [0]');
  });

  test('one weight scale becomes one per channel, as the int8 kernel computes', () => {
    const options = ['Conv2DOptions', { padding: 'VALID', stride_w: 1, stride_h: 1 }] as const;
    const w = int8([2, 1, 1, 2], 0.25, 0, [1, 2, 3, 4]);
    const b: TensorDraft = { type: 'INT32', shape: [2], data: [5, 6], scale: 0.125 };
    const text = textOf(single('CONV_2D', int8([1, 1, 1, 2], 0.5, 3), { w, b }, int8([1, 1, 1, 2], 1, 0), options));
    expect(text).toContain('"w": int8 2x1x1x2 axis=0 scales=[0.25,0.25] zeros=[0,0] = [1,2,3,4]');
    expect(text).toContain('= conv-2d(%0, %3, %2)');
  });

  test.each([
    ['rank of the input', conv([2, 2, 1], [1, 1, 1, 1]), 'the input has 3 dimensions, expected 4 (NHWC)'],
    ['rank of the filter', conv([1, 2, 2, 1], [1, 1, 1]), 'the filter has 3 dimensions, expected 4 (OHWI)'],
    ['stride 0', conv([1, 2, 2, 1], [1, 1, 1, 1], { stride_h: 0 }), 'kernel 1x1, stride 0x1: all must be 1 or more'],
    ['dilation 0', conv([1, 2, 2, 1], [1, 1, 1, 1], { dilation_w_factor: 0 }), 'all must be 1 or more'],
    [
      'a huge dilation',
      conv([1, 2, 2, 1], [1, 3, 1, 1], { dilation_h_factor: 2 ** 30 }),
      'dilation 1073741824x1 is not supported',
    ],
  ])('wrong: %s', (_, draft, what) => {
    expect(problemLines(draft)).toEqual([expect.stringContaining(what)]);
  });

  test('weights computed at run time are refused', () => {
    const draft = conv([1, 2, 2, 1], [1, 1, 1, 1]);
    const { data: _, ...w } = draft.tensors.w ?? expect.fail('w');
    expect(problemLines({ ...draft, tensors: { ...draft.tensors, w }, inputs: ['x', 'w'] })).toEqual([
      'tflite-not-constant | CONV_2D #0 "y" | the weights ("w") is computed at run time | only constants are supported here: freeze it when exporting the model',
    ]);
  });

  test('a bias of another length or dtype is refused', () => {
    const draft = conv([1, 2, 2, 1], [2, 1, 1, 1]);
    const withBias = (b: TensorDraft) => ({ ...draft, tensors: { ...draft.tensors, b } });
    expect(problemLines(withBias(float([3], [1, 2, 3])))).toEqual([
      expect.stringContaining('the bias must have 2 elements'),
    ]);
    expect(problemLines(withBias({ type: 'INT32', shape: [2], data: [1, 2] }))).toEqual([
      expect.stringContaining('dtypes float32 float32 int32 float32 (input, weights, bias, output) are not supported'),
    ]);
  });

  test('scales that no multiplier can hold are refused', () => {
    const options = ['Conv2DOptions', { padding: 'VALID', stride_w: 1, stride_h: 1 }] as const;
    const w = int8([1, 1, 1, 1], 1e30, 0, [1]);
    const draft = single('CONV_2D', int8([1, 1, 1, 1], 1e30, 3), { w }, int8([1, 1, 1, 1], 1e-30, 0), options);
    expect(problemLines(draft)).toEqual([expect.stringContaining('which no 32-bit multiplier can hold')]);
  });
});

describe('DEPTHWISE_CONV_2D', () => {
  const depthwise = (x: readonly number[], filter: readonly number[], fields: Fields = {}) => {
    const count = filter.reduce((a, b) => a * b, 1);
    const options = ['DepthwiseConv2DOptions', { padding: 'VALID', stride_w: 1, stride_h: 1, ...fields }] as const;
    return single('DEPTHWISE_CONV_2D', float(x), { w: float(filter, counting(count)) }, float([1, 1, 1, 1]), options);
  };

  test('the multiplier follows from the shapes, whatever the option says', () => {
    const { attributes, shape } = only(
      depthwise([1, 3, 3, 2], [1, 3, 2, 6], { depth_multiplier: 1, fused_activation_function: 'RELU' }),
    );
    expect(shape).toEqual([1, 1, 2, 6]);
    expect(attributes).toMatchObject({ clamp: { min: 0 }, hybrid: 'none', dilations: [1, 1] });
  });

  test.each([
    ['channels that do not divide', depthwise([1, 3, 3, 2], [1, 1, 1, 3]), 'a multiple of 2 channels'],
    ['a first dimension', depthwise([1, 3, 3, 2], [2, 1, 1, 2]), 'weights must have a first dimension of 1'],
    ['the rank of the filter', depthwise([1, 3, 3, 2], [1, 2, 2]), '3 dimensions'],
  ])('wrong: %s', (_, draft, what) => {
    expect(problemLines(draft)).toEqual([expect.stringContaining(what)]);
  });
});

describe('FULLY_CONNECTED', () => {
  const dense = (x: readonly number[], w: readonly number[], fields: Fields = {}) => {
    const count = w.reduce((a, b) => a * b, 1);
    return single('FULLY_CONNECTED', float(x), { w: float(w, counting(count)) }, float([1, 1]), [
      'FullyConnectedOptions',
      fields,
    ]);
  };

  test('flattens the input to rows, and gives them back under keep_num_dims', () => {
    expect(textOf(dense([2, 3, 4], [5, 4])).match(/%\d+ "[^"]*": float32 \S+ = [a-z-]+/g)).toEqual([
      '%3 "x/reshape": float32 6x4 = reshape',
      '%4 "y": float32 6x5 = fully-connected',
    ]);
    expect(textOf(dense([2, 3, 4], [5, 12])).match(/float32 \S+ = [a-z-]+/g)).toEqual([
      'float32 2x12 = reshape',
      'float32 2x5 = fully-connected',
    ]);
    expect(textOf(dense([2, 3, 4], [5, 4], { keep_num_dims: true })).match(/float32 \S+ = [a-z-]+/g)).toEqual([
      'float32 6x4 = reshape',
      'float32 6x5 = fully-connected',
      'float32 2x3x5 = reshape',
    ]);
    expect(textOf(dense([3, 4], [5, 4])).match(/= [a-z-]+/g)).toEqual(['= fully-connected']);
  });

  test.each([
    ['rows that do not fit', dense([2, 3], [5, 4]), '6 input elements cannot be split into rows of 4'],
    ['the rank of the weights', dense([2, 3], [3]), 'the weights have 1 dimensions, expected 2'],
    [
      'shuffled weights',
      dense([2, 3], [5, 3], { weights_format: 'SHUFFLED4x16INT8' }),
      'weights_format SHUFFLED4x16INT8 is not supported',
    ],
  ])('wrong: %s', (_, draft, what) => {
    expect(problemLines(draft)).toEqual([expect.stringContaining(what)]);
  });
});
