import { describe, expect, test } from 'vitest';
import { importTflite } from '../../../converter/frontends/tflite/import.ts';
import {
  fileOf,
  float,
  graphOf,
  int8,
  type ModelDraft,
  op,
  problemLines,
  single,
  type TensorDraft,
} from './model-draft.ts';

const chain = (...operators: ModelDraft['operators']): ModelDraft => ({
  tensors: { x: float([2]), a: float([2]), b: float([2]), y: float([2]) },
  operators,
  inputs: ['x'],
  outputs: ['y'],
});

describe('unsupported operators', () => {
  test('are all told at once, by name and place, custom ones by their own name', () => {
    const draft = chain(op('COMPLEX_ABS', ['x'], 'a'), op('RELU', ['a'], 'b'), op('Fancy', ['b'], 'y'));
    expect(problemLines(draft)).toEqual([
      'unsupported-operator | COMPLEX_ABS #0 "a" | the operator COMPLEX_ABS is not supported | replace it in the model, or cut the model before it',
      'unsupported-operator | CUSTOM "Fancy" #2 "y" | the operator Fancy is not supported | replace it in the model, or cut the model before it',
    ]);
  });

  test('each occurrence has its line', () => {
    expect(
      problemLines(chain(op('COMPLEX_ABS', ['x'], 'a'), op('COMPLEX_ABS', ['a'], 'b'), op('COMPLEX_ABS', ['b'], 'y')))
        .length,
    ).toBe(3);
  });
});

describe('several faulty operators', () => {
  test('are told at once; what follows a faulty one is not blamed', () => {
    const draft: ModelDraft = {
      tensors: { x: float([2]), s: float([1]), a: float([2]), b: float([2]), y: float([2]) },
      operators: [
        op('SOFTMAX', ['x'], 'a', ['SoftmaxOptions', { beta: -1 }]),
        op('ADD', ['a', 'x'], 'b'),
        op('SQUEEZE', ['x'], 'y', ['SqueezeOptions', { squeeze_dims: [0] }]),
      ],
      inputs: ['x'],
      outputs: ['b', 'y'],
    };
    expect(problemLines(draft)).toEqual([
      expect.stringMatching(/^tflite-invalid-operator \| SOFTMAX #0 "a" \| beta is -1/),
      expect.stringMatching(/^tflite-invalid-operator \| SQUEEZE #2 "y" \|/),
    ]);
  });
});

describe('operands', () => {
  test('a missing input is named', () => {
    expect(problemLines(chain(op('ADD', ['x'], 'y')))).toEqual([
      'tflite-missing-input | ADD #0 "y" | input 1 is missing | export the model again',
    ]);
    expect(problemLines(chain(op('ADD', ['', 'x'], 'y')))).toEqual([expect.stringContaining('input 0 is missing')]);
  });

  test('an input that has no meaning is not passed over', () => {
    expect(problemLines(chain(op('RELU', ['x'], 'a'), op('ADD', ['x', 'a', 'a'], 'y')))).toEqual([
      expect.stringContaining('ADD #1 "y" | it has 3 inputs; the one at position 2 has no meaning'),
    ]);
  });

  test('an output that has no meaning is not passed over', () => {
    const draft = chain({ name: 'RELU', inputs: ['x'], outputs: ['a', 'b'] }, op('RELU', ['b'], 'y'));
    expect(problemLines(draft)).toEqual([
      expect.stringContaining('RELU #0 "a" | it has 2 outputs; the one at position 1 has no meaning'),
    ]);
  });

  test('an operator without output is refused', () => {
    expect(problemLines(chain({ name: 'RELU', inputs: ['x'], outputs: [] }, op('RELU', ['x'], 'y')))).toEqual([
      'tflite-missing-output | RELU #0 | output 0 is missing | export the model again',
    ]);
  });

  test('options of another operator are refused', () => {
    expect(problemLines(chain(op('ADD', ['x', 'x'], 'y', ['SoftmaxOptions', { beta: 1 }])))).toEqual([
      expect.stringMatching(/^tflite-options \| ADD #0 "y" \|/),
    ]);
  });
});

describe('tensors', () => {
  test('dtypes that we do not have are told for every port and constant', () => {
    const constant: TensorDraft = { type: 'FLOAT64', shape: [1], data: [0, 0, 0, 0, 0, 0, 0, 0] };
    const draft: ModelDraft = {
      tensors: { x: { type: 'STRING', shape: [1] }, c: constant, y: float([1]) },
      operators: [op('ADD', ['x', 'c'], 'y')],
      inputs: ['x'],
      outputs: ['y'],
    };
    expect(problemLines(draft)).toEqual([
      'tflite-dtype | tensor 0 "x" | the dtype string is not supported | export the model with float32 or int8 tensors',
      'tflite-dtype | tensor 1 "c" | the dtype float64 is not supported | export the model with float32 or int8 tensors',
    ]);
  });

  test('and for results', () => {
    expect(problemLines(single('RELU', float([1]), {}, { type: 'INT4', shape: [1] }))).toEqual([
      'tflite-dtype | RELU #0 "y" | output "y" has dtype int4 | this dtype is not supported',
    ]);
  });

  test('a constant of such a dtype that nobody reads does not matter', () => {
    const draft = chain(op('RELU', ['x'], 'y'));
    const unread: TensorDraft = { type: 'INT4', shape: [2], data: [1] };
    expect(graphOf({ ...draft, tensors: { ...draft.tensors, unread } }).nodes.length).toBe(1);
  });

  test('a variable tensor is a state that begins with zeros', () => {
    const draft = chain(op('ADD', ['x', 'a'], 'y'));
    const a: TensorDraft = { ...float([2]), variable: true };
    const { states } = graphOf({ ...draft, tensors: { ...draft.tensors, a } });
    expect(states.map(({ name, initial }) => [name, initial])).toEqual([['a#1', null]]);
  });

  test('scales on floats mean nothing', () => {
    const scaled: TensorDraft = { ...float([2]), scale: 0.5, zero: 0 };
    expect(graphOf(single('RELU', scaled, {}, float([2]))).nodes.length).toBe(1);
  });
});

describe('ports', () => {
  test('a model without outputs computes nothing', () => {
    expect(problemLines({ ...chain(op('RELU', ['x'], 'y')), outputs: [] })).toEqual([
      'tflite-no-output | the model | it has no outputs, so there is nothing to compute | mark the results as outputs when exporting the model',
    ]);
  });

  test('keep order and names; an input or constant may be an output, and one tensor two outputs', () => {
    const draft: ModelDraft = {
      tensors: { x: float([2]), z: float([1]), c: float([1], [3]), y: float([2]) },
      operators: [op('RELU', ['x'], 'y')],
      inputs: ['z', 'x'],
      outputs: ['y', 'x', 'c', 'y'],
    };
    const graph = graphOf(draft);
    expect(graph.inputs.map((port) => port.name)).toEqual(['z', 'x']);
    expect(graph.outputs.map((port) => port.name)).toEqual(['y', 'x', 'c', 'y_1']);
    expect(graph.outputs[0]?.value).toBe(graph.outputs[3]?.value);
    expect(graph.outputs[1]?.value).toBe(graph.inputs[1]?.value);
  });

  test('without names get some', () => {
    const draft: ModelDraft = { tensors: { '': float([2]) }, operators: [], inputs: [''], outputs: [''] };
    const graph = importTflite(fileOf(draft), 'net');
    expect(graph.inputs.map((port) => port.name)).toEqual(['input_0']);
    expect(graph.outputs.map((port) => port.name)).toEqual(['output_0']);
  });

  test('the graph knows who made the file, and rounds as TFLite does', () => {
    expect(graphOf(chain(op('RELU', ['x'], 'y')))).toMatchObject({
      name: 'net',
      producer: 'TFLite, made by a test',
      rounding: 'exact',
    });
  });
});

test('shapes in the file may be stale: those of the operators count', () => {
  const graph = graphOf(single('RELU', int8([2, 3], 1, 0), {}, int8([7], 1, 0)));
  expect(graph.values.get(graph.outputs[0]?.value ?? expect.fail('an output'))?.type.shape).toEqual([2, 3]);
});
