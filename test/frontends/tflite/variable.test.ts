import { expect, test } from 'vitest';
import { evaluateRuns } from '../../../converter/ir/evaluate.ts';
import { tensorType } from '../../../converter/tensor/tensor.ts';
import { float, graphOf, int8, type ModelDraft, op, problemLines } from './model-draft.ts';

const handle = { type: 'RESOURCE', shape: [] } as const;
const named = (name: string) => ['VarHandleOptions', { container: '', shared_name: name }] as const;

/** y = x + the sum of all inputs before, kept in a variable. */
const running: ModelDraft = {
  tensors: { x: float([2]), h: handle, before: float([2]), y: float([2]) },
  operators: [
    op('VAR_HANDLE', [], 'h', named('sum')),
    op('READ_VARIABLE', ['h'], 'before'),
    op('ADD', ['x', 'before'], 'y'),
    { name: 'ASSIGN_VARIABLE', inputs: ['h', 'y'], outputs: [] },
  ],
  inputs: ['x'],
  outputs: ['y'],
};

function outputsOf(draft: ModelDraft, runs: readonly (readonly number[])[]): number[][] {
  const inputs = runs.map((values) => [{ type: tensorType('float32', [2]), data: Float32Array.from(values) }]);
  return evaluateRuns(graphOf(draft), inputs).map(([y]) => Array.from(y?.data ?? [], Number));
}

test('a variable keeps what was assigned for the next run, and begins with zeros', () => {
  expect(graphOf(running).states.map(({ name, initial }) => [name, initial])).toEqual([['sum', null]]);
  expect(
    outputsOf(running, [
      [1, 2],
      [10, 20],
      [100, 200],
    ]),
  ).toEqual([
    [1, 2],
    [11, 22],
    [111, 222],
  ]);
});

test('a variable that is assigned before it is read is no state', () => {
  const draft: ModelDraft = {
    ...running,
    operators: [
      op('VAR_HANDLE', [], 'h', named('v')),
      { name: 'ASSIGN_VARIABLE', inputs: ['h', 'x'], outputs: [] },
      op('READ_VARIABLE', ['h'], 'before'),
      op('ADD', ['x', 'before'], 'y'),
    ],
  };
  expect(graphOf(draft).states).toEqual([]);
  expect(
    outputsOf(draft, [
      [1, 2],
      [3, 4],
    ]),
  ).toEqual([
    [2, 4],
    [6, 8],
  ]);
});

test('a quantized variable that nothing initializes begins with real zeros', () => {
  const draft: ModelDraft = {
    tensors: { x: int8([2], 0.5, 3), h: handle, before: int8([2], 0.5, 3) },
    operators: [
      op('VAR_HANDLE', [], 'h', named('v')),
      op('READ_VARIABLE', ['h'], 'before'),
      { name: 'ASSIGN_VARIABLE', inputs: ['h', 'x'], outputs: [] },
    ],
    inputs: ['x'],
    outputs: ['before'],
  };
  expect(Array.from(graphOf(draft).states[0]?.initial ?? [], Number)).toEqual([3, 3]);
});

test('a variable that changes its size is a problem', () => {
  const draft: ModelDraft = {
    ...running,
    tensors: { ...running.tensors, wide: float([4]) },
    operators: [
      ...running.operators.slice(0, 3),
      op('CONCATENATION', ['x', 'y'], 'wide', ['ConcatenationOptions', { axis: 0 }]),
      { name: 'ASSIGN_VARIABLE', inputs: ['h', 'wide'], outputs: [] },
    ],
  };
  expect(problemLines(draft)).toEqual([
    'tflite-variable | variable "sum" | the model assigns another dtype or another number of elements to it than it begins with | ' +
      'give the variable a fixed shape when exporting the model',
  ]);
});

test('a tensor that is no handle cannot be read as a variable', () => {
  const draft: ModelDraft = { ...running, operators: [op('READ_VARIABLE', ['x'], 'y')] };
  expect(problemLines(draft)).toEqual([
    'tflite-invalid-operator | READ_VARIABLE #0 "y" | its input 0 is no handle of a variable | ' +
      'check the operator in the original model, or leave it out',
  ]);
});

test('a graph that calls itself once is a problem', () => {
  const draft: ModelDraft = {
    ...running,
    operators: [
      { name: 'CALL_ONCE', inputs: [], outputs: [], options: ['CallOnceOptions', { init_subgraph_index: 0 }] },
      ...running.operators,
    ],
  };
  expect(problemLines(draft)[0]).toMatch(
    /^tflite-index \| CALL_ONCE #0.* \| it calls subgraph 0, which is the one that it belongs to \| /,
  );
});
