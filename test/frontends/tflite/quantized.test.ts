import { describe, expect, test } from 'vitest';
import { evaluateGraph } from '../../../converter/ir/evaluate.ts';
import { typeOf } from '../../../converter/ir/graph.ts';
import {
  counting,
  float,
  graphOf,
  int8,
  op,
  problemLines,
  single,
  type TensorDraft,
  textOf,
  uint8,
} from './model-draft.ts';

const window = { padding: 'VALID', stride_w: 1, stride_h: 1 };

describe('quantized uint8 becomes int8 inside', () => {
  const b: TensorDraft = { type: 'INT32', shape: [1], data: [9], scale: 0.125 };
  const draft = single(
    'CONV_2D',
    uint8([1, 1, 1, 2], 0.5, 130),
    { w: uint8([1, 1, 1, 2], 0.25, 120, [0, 255]), b },
    uint8([1, 1, 1, 1], 0.5, 128),
    ['Conv2DOptions', window],
  );

  test('activations and weights with their zero points less 128, ports as they were', () => {
    expect(textOf(draft)).toBe(`input %0 "x": uint8 1x1x1x2 scale=0.5 zero=130
const %2 "w": int8 1x1x1x2 scale=0.25 zero=-8 = [-128,127]
const %3 "b": int32 1 scale=0.125 zero=0 = [9]
%1 "x/int8": int8 1x1x1x2 scale=0.5 zero=2 = requantize(%0) {} from "input x"
%4 "y": int8 1x1x1x1 scale=0.5 zero=0 = conv-2d(%1, %2, %3) {"clamp":{"max":"inf","min":"-inf"},"dilations":[1,1],"groups":1,"hybrid":"none","padding":{"bottom":0,"left":0,"right":0,"top":0},"strides":[1,1]} from "CONV_2D #0 \\"y\\""
%5 "y": uint8 1x1x1x1 scale=0.5 zero=128 = requantize(%4) {} from "output y"
output "y" %5
`);
  });

  test('the numbers are those of the uint8 arithmetic', () => {
    const graph = graphOf(draft);
    const type = typeOf(graph, graph.inputs[0]?.value ?? expect.fail('one input'));
    const [y] = evaluateGraph(graph, [{ type, data: Uint8Array.of(140, 131) }]);
    // (10 * -120 + 1 * 135 + 9) * 0.25 = -264, below 0.
    expect([...(y?.data ?? [])]).toEqual([0]);
    const [z] = evaluateGraph(graph, [{ type, data: Uint8Array.of(130, 132) }]);
    // (2 * 135 + 9) * 0.25 = 69.75
    expect([...(z?.data ?? [])]).toEqual([198]);
  });

  test('uint8 averages round ties up, int8 ones away from zero', () => {
    const options = ['Pool2DOptions', { ...window, filter_width: 2, filter_height: 2 }] as const;
    const pool = (x: TensorDraft, y: TensorDraft) => textOf(single('AVERAGE_POOL_2D', x, {}, y, options));
    expect(pool(uint8([1, 2, 2, 1], 1, 0), uint8([1, 1, 1, 1], 1, 0))).toContain('"ties":"up"');
    expect(pool(int8([1, 2, 2, 1], 1, 0), int8([1, 1, 1, 1], 1, 0))).toContain('"ties":"away"');
  });

  test('plain uint8 stays', () => {
    const plain: TensorDraft = { type: 'UINT8', shape: [2, 3] };
    const text = textOf(single('TRANSPOSE', plain, { p: { type: 'INT32', shape: [2], data: [1, 0] } }, plain));
    expect(text).toContain('%2 "y": uint8 3x2 = transpose(%0)');
  });

  test('a scale per channel on a port is refused', () => {
    const x: TensorDraft = { type: 'UINT8', shape: [1, 2], scale: [1, 2], zero: [0, 0], axis: 1 };
    const draft = single('RELU', x, {}, uint8([1, 2], 1, 0));
    expect(problemLines(draft)).toEqual([
      'tflite-quantization | tensor 0 "x" | an input or output of the model has a scale per channel | quantize activations per tensor',
    ]);
  });
});

describe('hybrid: float32 data and int8 weights', () => {
  const scales = { scale: [0.1, 0.2], zero: [0, 0] };
  const hybridOf = (name: string, w: TensorDraft, options: readonly [string, Readonly<Record<string, unknown>>]) => {
    const x = float(name === 'FULLY_CONNECTED' ? [1, 2] : [1, 1, 1, 2]);
    return /"hybrid":"(\w+)"/.exec(textOf(single(name, x, { w }, float([1, 2]), options)))?.[1];
  };
  const conv = ['Conv2DOptions', window] as const;
  const depthwise = ['DepthwiseConv2DOptions', window] as const;
  const filter = counting(4);

  test('convolutions are asymmetric with scales per channel', () => {
    expect(hybridOf('CONV_2D', { type: 'INT8', shape: [2, 1, 1, 2], data: filter, ...scales }, conv)).toBe(
      'asymmetric',
    );
  });

  test('and symmetric with one scale', () => {
    expect(hybridOf('CONV_2D', int8([2, 1, 1, 2], 0.1, 0, filter), conv)).toBe('symmetric');
  });

  test('depthwise ones are always asymmetric', () => {
    expect(hybridOf('DEPTHWISE_CONV_2D', int8([1, 1, 1, 4], 0.1, 0, filter), depthwise)).toBe('asymmetric');
    const w: TensorDraft = { type: 'INT8', shape: [1, 1, 1, 2], data: [1, 2], ...scales, axis: 3 };
    expect(hybridOf('DEPTHWISE_CONV_2D', w, depthwise)).toBe('asymmetric');
  });

  test('fully connected ones as their option says', () => {
    const w = int8([2, 2], 0.1, 0, filter);
    expect(hybridOf('FULLY_CONNECTED', w, ['FullyConnectedOptions', {}])).toBe('symmetric');
    expect(hybridOf('FULLY_CONNECTED', w, ['FullyConnectedOptions', { asymmetric_quantize_inputs: true }])).toBe(
      'asymmetric',
    );
  });

  test('float weights are not hybrid', () => {
    expect(hybridOf('CONV_2D', float([2, 1, 1, 2], filter), conv)).toBe('none');
  });
});

describe('QUANTIZE and DEQUANTIZE', () => {
  const y8 = int8([2], 0.5, 1);

  test.each([
    ['float32', float([2]), 'quantize(%0)'],
    ['int8', int8([2], 0.25, 0), 'requantize(%0)'],
    ['int16', { type: 'INT16', shape: [2], scale: 0.25, zero: 0 } as TensorDraft, 'requantize(%0)'],
  ])('from %s', (_, x, call) => {
    expect(textOf(single('QUANTIZE', x, {}, y8))).toContain(call);
  });

  test('to float32, of constants at conversion', () => {
    expect(textOf(single('DEQUANTIZE', y8, {}, float([2])))).toContain('float32 2 = dequantize(%0)');
    const half: TensorDraft = { type: 'FLOAT16', shape: [2], data: [0x3c00, 0xc000] };
    const draft = {
      tensors: { x: float([2]), half, w: float([2]), y: float([2]) },
      operators: [op('DEQUANTIZE', ['half'], 'w'), op('ADD', ['x', 'w'], 'y')],
      inputs: ['x'],
      outputs: ['y'],
    };
    expect(textOf(draft)).toContain('const %2 "w": float32 2 = [1,-2]');
  });

  test('without a scale is refused', () => {
    expect(problemLines(single('DEQUANTIZE', { type: 'INT8', shape: [2] }, {}, float([2])))).toEqual([
      expect.stringContaining('the input has no scale and zero point'),
    ]);
    expect(problemLines(single('QUANTIZE', float([2]), {}, { type: 'INT8', shape: [2] }))).toEqual([
      expect.stringContaining('the output needs one scale and zero point'),
    ]);
  });
});

describe('operands of quantized operators', () => {
  test('concatenation wants one quantization', () => {
    const draft = {
      tensors: { a: int8([2], 0.5, 0), b: int8([2], 0.25, 0), y: int8([4], 0.5, 0) },
      operators: [op('CONCATENATION', ['a', 'b'], 'y', ['ConcatenationOptions', { axis: 0 }])],
      inputs: ['a', 'b'],
      outputs: ['y'],
    };
    expect(problemLines(draft)).toEqual([
      'unsupported-attribute | CONCATENATION #0 "y" | input "b" has another scale or zero point than the output | quantize the model again, so that all inputs of a concatenation share their parameters',
    ]);
  });

  test('softmax wants the output scale of its kernel', () => {
    const soft = (y: TensorDraft) => single('SOFTMAX', int8([1, 4], 0.1, 0), {}, y, ['SoftmaxOptions', { beta: 1 }]);
    expect(textOf(soft(int8([1, 4], 1 / 256, -128)))).toContain('softmax(%0) {"beta":1}');
    expect(problemLines(soft(int8([1, 4], 1 / 128, -128)))).toEqual([expect.stringContaining('needs scale 1/256')]);
  });

  test('an int8 tensor without a scale is refused', () => {
    expect(
      problemLines(single('ADD', { type: 'INT8', shape: [2] }, { c: int8([2], 1, 0, [1, 2]) }, int8([2], 1, 0))),
    ).toEqual([expect.stringContaining('int8 tensors need one scale and zero point')]);
  });

  test('a convolution without input scale and bias is refused, not a crash', () => {
    const x: TensorDraft = { type: 'INT8', shape: [1, 1, 1, 2] };
    const draft = single('CONV_2D', x, { w: int8([1, 1, 1, 2], 1, 0, [1, 2]) }, int8([1, 1, 1, 1], 1, 0), [
      'Conv2DOptions',
      window,
    ]);
    expect(problemLines(draft)).toEqual([
      expect.stringContaining('input and output need one scale and zero point each'),
    ]);
  });
});
