import { describe, expect, test } from 'vitest';
import { ProblemError } from '../../../../converter/problem.ts';
import { floats, integers, type ModelDraft, type TensorDraft } from '../draft.ts';
import { float, graphOf, int, operatorsOf, outputsOf } from './run.ts';

/** One operator of integer inputs: those of `data` come from the user as uint8, the others are constants. */
function one(
  node: { readonly op: string; readonly domain?: string; readonly attributes?: readonly object[] },
  data: Readonly<Record<string, readonly number[]>>,
  operands: readonly (TensorDraft | string)[],
  outputs: readonly string[] = ['y'],
): ModelDraft {
  const constants = operands.flatMap((operand, i) =>
    typeof operand === 'string' ? [] : [[`c${i}`, operand] as const],
  );
  const inputs = operands.map((operand, i) => (typeof operand === 'string' ? operand : `c${i}`));
  return {
    inputs: data,
    inputTypes: Object.fromEntries(Object.keys(data).map((name) => [name, 2])),
    outputs,
    initializers: Object.fromEntries(constants),
    nodes: [{ ...node, attributes: (node.attributes ?? []).map((attribute) => ({ ...attribute })), inputs, outputs }],
  };
}

const scale = (value: number) => floats([], [value]);
const zero = (value: number) => integers('uint8', [], [value]);
const microsoft = 'com.microsoft';

describe('operators on integers', () => {
  test('QLinearConv', () => {
    const w = integers('uint8', [1, 1, 1, 2], [130, 124]);
    const operands = [
      'x',
      scale(0.5),
      zero(10),
      w,
      scale(0.25),
      zero(128),
      scale(1),
      zero(3),
      integers('int32', [1], [8]),
    ];
    const graph = graphOf(one({ op: 'QLinearConv' }, { x: [1, 1, 1, 3] }, operands));
    expect(operatorsOf(graph)).toContain('conv-2d int8');
    // x - 10 = [10, 2, 4]; sums 2a - 4b + 8 = 20 and -4, times 0.125.
    expect(outputsOf(graph, [20, 12, 14])).toEqual([[3 + 2, 3 + 0]]);
  });

  test('QLinearMatMul with a scale for each column', () => {
    const b = integers('int8', [2, 2], [1, 2, 3, 4]);
    const columns = floats([2], [1, 0.5]);
    const operands = ['x', scale(1), zero(0), b, columns, integers('int8', [2], [0, 0]), scale(0.5), zero(1)];
    const graph = graphOf(one({ op: 'QLinearMatMul' }, { x: [1, 2] }, operands));
    expect(operatorsOf(graph)).toContain('fully-connected int8');
    expect(outputsOf(graph, [5, 6])).toEqual([[1 + 2 * 23, 1 + 34]]);
  });

  test.each([
    ['without a scale of the result gives real numbers', [], [[11.5, 15]]],
    ['with one gives integers', [scale(0.5), zero(1)], [[24, 31]]],
  ])('QGemm %s', (_, result, expected) => {
    const b = integers('int8', [2, 2], [1, 2, 3, 4]);
    const operands = [
      'x',
      scale(1),
      zero(0),
      b,
      scale(0.5),
      integers('int8', [], [0]),
      integers('int32', [2], [0, -4]),
    ];
    const graph = graphOf(one({ op: 'QGemm', domain: microsoft }, { x: [1, 2] }, [...operands, ...result]));
    expect(outputsOf(graph, [5, 6])).toEqual(expected);
  });

  test('QLinearConcat', () => {
    const operands = [scale(1), zero(0), 'a', scale(2), zero(1), 'b', scale(1), zero(0)];
    const node = { op: 'QLinearConcat', domain: microsoft, attributes: [int('axis', 0)] };
    expect(outputsOf(graphOf(one(node, { a: [2], b: [1] }, operands)), [1, 4], [7])).toEqual([[0, 6, 7]]);
  });

  test('QLinearGlobalAveragePool with the channels last', () => {
    const node = { op: 'QLinearGlobalAveragePool', domain: microsoft, attributes: [int('channels_last', 1)] };
    const graph = graphOf(one(node, { x: [1, 1, 2, 2] }, ['x', scale(1), zero(0), scale(0.5), zero(0)]));
    expect(operatorsOf(graph)).toContain('reduce int8');
    expect(outputsOf(graph, [1, 10, 3, 31])).toEqual([[4, 41]]);
  });

  test('QLinearLeakyRelu', () => {
    const node = { op: 'QLinearLeakyRelu', domain: microsoft, attributes: [float('alpha', 0.5)] };
    const graph = graphOf(one(node, { x: [3] }, ['x', scale(1), zero(10), scale(1), zero(10)]));
    expect(outputsOf(graph, [0, 7, 12])).toEqual([[5, 8, 12]]);
  });

  test('whose inner names the file has already', () => {
    const draft = one({ op: 'QLinearAdd', domain: microsoft }, { 'y/Add_2': [1] }, [
      ...['y/Add_2', scale(1), zero(0), 'y/Add_2', scale(1), zero(0), scale(1), zero(0)],
    ]);
    expect(outputsOf(graphOf(draft), [5])).toEqual([[10]]);
  });

  test('a missing operand is a problem in the name of the operator', () => {
    const draft = one({ op: 'QLinearConv' }, { x: [1, 1, 1, 3] }, ['x', scale(1), zero(0)]);
    expect(() => graphOf(draft)).toThrow(/QLinearConv/);
  });
});

describe('integer products', () => {
  const product = (depth: number) => {
    const b = integers('uint8', [depth, 1], new Array<number>(depth).fill(255));
    return one({ op: 'MatMulInteger' }, { x: [1, depth] }, ['x', b, zero(1), zero(0)]);
  };

  test('are exact', () => {
    const draft = product(200);
    const graph = graphOf(draft);
    expect(outputsOf(graph, new Array<number>(200).fill(255))).toEqual([[200 * 254 * 255]]);
  });

  test('whose sums may need more than 24 bits are refused', () => {
    expect(() => graphOf(product(300))).toThrow('24 bits');
  });

  test('of any depth are fine where they are read as float32', () => {
    const draft = product(300);
    const cast = { op: 'Cast', inputs: ['y'], outputs: ['f'], attributes: [int('to', 1)] };
    const graph = graphOf({ ...draft, outputs: ['f'], nodes: [...draft.nodes, cast] });
    expect(outputsOf(graph, new Array<number>(300).fill(1))).toEqual([[0]]);
  });

  test('ConvInteger with a zero point for each output channel', () => {
    const w = integers('int8', [2, 1, 1, 1], [3, 5]);
    const draft = one({ op: 'ConvInteger' }, { x: [1, 1, 1, 2] }, ['x', w, zero(2), integers('int8', [2], [1, -1])]);
    expect(outputsOf(graphOf(draft), [0, 7])).toEqual([[-4, 10, -12, 30]]);
  });
});

describe('dynamic quantization', () => {
  const dynamic: ModelDraft = {
    inputs: { x: [4] },
    outputs: ['y', 's', 'z'],
    nodes: [{ op: 'DynamicQuantizeLinear', inputs: ['x'], outputs: ['y', 's', 'z'] }],
  };

  test('computes scale and zero point from the range, which contains 0', () => {
    const [y, s, z] = outputsOf(graphOf(dynamic), [-1, 0, 1, 1.55]);
    expect(y).toEqual([0, 100, 200, 255]);
    expect(s?.[0]).toBeCloseTo(0.01, 8);
    expect(z).toEqual([100]);
  });

  test('of zeros gives zeros', () => {
    const [y, , z] = outputsOf(graphOf(dynamic), [0, 0, 0, 0]);
    expect([y, z]).toEqual([[0, 0, 0, 0], [0]]);
  });

  test('DynamicQuantizeMatMul multiplies what was quantized', () => {
    const draft: ModelDraft = {
      inputs: { x: [1, 2] },
      outputs: ['y'],
      initializers: { b: integers('int8', [2, 1], [3, -5]), s: floats([1], [2]), bias: floats([1], [1]) },
      nodes: [{ op: 'DynamicQuantizeMatMul', domain: microsoft, inputs: ['x', 'b', 's', '', 'bias'], outputs: ['y'] }],
    };
    // The scale is 1/51, so that 5 is 255 steps and 0.507 is 26.
    expect(outputsOf(graphOf(draft), [5, 0.507])[0]?.[0]).toBeCloseTo(1 + 2 * (3 * 5 - (5 * 26) / 51), 4);
  });
});

describe('operators of quantization-aware training', () => {
  const quant = (attributes: readonly object[], bits: number, zeroPoint = 0): ModelDraft => ({
    inputs: { x: [5] },
    outputs: ['y'],
    initializers: { s: floats([], [0.5]), z: floats([], [zeroPoint]), b: floats([], [bits]) },
    nodes: [
      {
        op: 'Quant',
        domain: 'qonnx.custom_op.general',
        inputs: ['x', 's', 'z', 'b'],
        outputs: ['y'],
        attributes: attributes.map((attribute) => ({ ...attribute })),
      },
    ],
  });
  const values = [-100, -0.75, 0.25, 0.75, 100];

  test.each([
    ['signed', [int('signed', 1)], 3, 0, [-2, -1, 0, 1, 1.5]],
    ['narrow', [int('signed', 1), int('narrow', 1)], 3, 0, [-1.5, -1, 0, 1, 1.5]],
    ['unsigned', [int('signed', 0)], 2, 0, [0, 0, 0, 1, 1.5]],
    ['rounding down', [{ name: 'rounding_mode', type: 3, s: Buffer.from('FLOOR') }], 3, 0, [-2, -1, 0, 0.5, 1.5]],
    ['with a zero point', [int('signed', 0)], 3, 2, [-1, -1, 0, 1, 2.5]],
  ])('Quant %s', (_, attributes, bits, zeroPoint, expected) => {
    expect(outputsOf(graphOf(quant(attributes, bits, zeroPoint)), values)[0]?.map((y) => y + 0)).toEqual(expected);
  });

  test('an unknown rounding is refused', () => {
    expect(() => graphOf(quant([{ name: 'rounding_mode', type: 3, s: Buffer.from('DICE') }], 3))).toThrow(ProblemError);
  });

  test('BipolarQuant gives one scale or the other', () => {
    const draft: ModelDraft = {
      inputs: { x: [4] },
      outputs: ['y'],
      initializers: { s: floats([], [0.5]) },
      nodes: [{ op: 'BipolarQuant', domain: 'onnx.brevitas', inputs: ['x', 's'], outputs: ['y'] }],
    };
    expect(outputsOf(graphOf(draft), [-3, -0.001, 0, 2])).toEqual([[-0.5, -0.5, 0.5, 0.5]]);
  });

  test('a convolution with the channels last', () => {
    const draft: ModelDraft = {
      inputs: { x: [1, 1, 2, 2] },
      outputs: ['y'],
      initializers: { w: floats([1, 1, 2, 2], [1, 2, 3, 4]) },
      nodes: [{ op: 'Conv', domain: 'qonnx.custom_op.channels_last', inputs: ['x', 'w'], outputs: ['y'] }],
    };
    expect(outputsOf(graphOf(draft), [1, 10, 100, 1000])).toEqual([[4321]]);
  });
});
