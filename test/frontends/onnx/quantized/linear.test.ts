import { describe, expect, test } from 'vitest';
import { typeOf } from '../../../../converter/ir/graph.ts';
import { ProblemError } from '../../../../converter/problem.ts';
import { perTensor } from '../../../../converter/tensor/quantization.ts';
import { floats, integers, type ModelDraft } from '../draft.ts';
import { graphOf, int, operatorsOf, outputsOf } from './run.ts';

const scale = (value: number) => floats([], [value]);

describe('QuantizeLinear', () => {
  const quantize = (zero: ReturnType<typeof integers>, s: number, count: number): ModelDraft => ({
    inputs: { x: [count] },
    outputs: ['y'],
    initializers: { s: scale(s), z: zero },
    nodes: [{ op: 'QuantizeLinear', inputs: ['x', 's', 'z'], outputs: ['y'] }],
  });

  test('ties go to the even step, and what is beyond saturates', () => {
    const graph = graphOf(quantize(integers('int8', [], [1]), 0.5, 7));
    expect(outputsOf(graph, [0.25, 0.75, 1.25, -0.25, -0.75, 1000, -1000])).toEqual([[1, 3, 3, 1, -1, 127, -128]]);
  });

  test('of uint8 stays uint8 for the user', () => {
    const graph = graphOf(quantize(integers('uint8', [], [128]), 2, 3));
    const type = typeOf(graph, graph.outputs[0]?.value ?? graph.inputs[0]?.value ?? expect.fail());
    expect(type).toMatchObject({ dtype: 'uint8', quantization: perTensor(2, 128) });
    expect(outputsOf(graph, [-254, 3, 1000])).toEqual([[1, 130, 255]]);
  });

  test('along an axis, each row has its own scale', () => {
    const draft: ModelDraft = {
      inputs: { x: [2, 2] },
      outputs: ['y'],
      initializers: { s: floats([2], [1, 2]), z: integers('int8', [2], [0, 10]) },
      nodes: [{ op: 'QuantizeLinear', inputs: ['x', 's', 'z'], outputs: ['y'], attributes: [int('axis', 0)] }],
    };
    expect(outputsOf(graphOf(draft), [1, 2.5, 3, 500])).toEqual([[1, 2, 12, 127]]);
  });

  test('with a scale computed at run time', () => {
    const draft: ModelDraft = {
      inputs: { x: [3], s: [] },
      outputs: ['y'],
      initializers: { z: integers('uint8', [], [3]) },
      nodes: [{ op: 'QuantizeLinear', inputs: ['x', 's', 'z'], outputs: ['y'] }],
    };
    expect(outputsOf(graphOf(draft), [1, 3, -100], [2])).toEqual([[3, 5, 0]]);
  });

  test('to 4 bits is refused', () => {
    const draft = quantize(integers('int4', [], [0]), 1, 3);
    expect(() => graphOf(draft)).toThrow(ProblemError);
  });
});

describe('DequantizeLinear of constants', () => {
  const constant = (w: ReturnType<typeof integers>, s: ReturnType<typeof floats>, attributes: object[] = []) => {
    const draft: ModelDraft = {
      opset: 21,
      inputs: { x: [1] },
      outputs: ['y'],
      initializers: { w, s },
      nodes: [
        { op: 'DequantizeLinear', inputs: ['w', 's'], outputs: ['r'], attributes: attributes.map((a) => ({ ...a })) },
        { op: 'Add', inputs: ['r', 'x'], outputs: ['y'] },
      ],
    };
    return outputsOf(graphOf(draft), [0]);
  };

  test('of 4 bits: the low half of a byte comes first', () => {
    expect(constant(integers('int4', [3], [0xe1, 0x07]), scale(0.5))).toEqual([[0.5, -1, 3.5]]);
  });

  test('in blocks along an axis, the last one smaller', () => {
    const w = integers('int8', [1, 3, 2], [1, 2, 3, 4, 5, 6]);
    const found = constant(w, floats([1, 2, 2], [1, 10, 100, 1000]), [int('axis', 1), int('block_size', 2)]);
    expect(found).toEqual([[1, 20, 3, 40, 500, 6000]]);
  });

  test('blocks that do not fit are refused', () => {
    const w = integers('int8', [1, 3, 2], [1, 2, 3, 4, 5, 6]);
    const attributes = [int('axis', 1), int('block_size', 1)];
    expect(() => constant(w, floats([1, 2, 2], [1, 10, 100, 1000]), attributes)).toThrow('do not fit blocks');
  });
});

describe('integer inputs', () => {
  const read = (secondScale: number): ModelDraft => ({
    inputs: { x: [2] },
    inputTypes: { x: 2 },
    outputs: ['y', 'w'],
    initializers: { s: scale(0.5), t: scale(secondScale), z: integers('uint8', [], [10]) },
    nodes: [
      { op: 'DequantizeLinear', inputs: ['x', 's', 'z'], outputs: ['y'] },
      { op: 'DequantizeLinear', inputs: ['x', 't', 'z'], outputs: ['w'] },
    ],
  });

  test('have the scale of their reader', () => {
    const graph = graphOf(read(0.5));
    expect(typeOf(graph, graph.inputs[0]?.value ?? expect.fail())).toMatchObject({
      dtype: 'uint8',
      quantization: perTensor(0.5, 10),
    });
    expect(outputsOf(graph, [0, 255])).toEqual([
      [-5, 122.5],
      [-5, 122.5],
    ]);
  });

  test('may be read with another scale, too', () => {
    expect(outputsOf(graphOf(read(3)), [0, 255])).toEqual([
      [-5, 122.5],
      [-30, 735],
    ]);
  });

  test('without a scale are whole numbers', () => {
    const draft: ModelDraft = {
      inputs: { x: [2], s: [] },
      inputTypes: { x: 3 },
      outputs: ['y'],
      nodes: [{ op: 'DequantizeLinear', inputs: ['x', 's'], outputs: ['y'] }],
    };
    const graph = graphOf(draft);
    expect(operatorsOf(graph)).toContain('cast int8');
    expect(outputsOf(graph, [-128, 5], [0.5])).toEqual([[-64, 2.5]]);
  });
});
