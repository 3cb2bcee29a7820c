import { describe, expect, test } from 'vitest';
import { withoutComposites } from '../../../converter/frontends/tflite/composites.ts';
import type {
  TfliteModel,
  TfliteOperator,
  TfliteSubgraph,
  TfliteTensor,
} from '../../../converter/frontends/tflite/format/model.ts';
import { ProblemError } from '../../../converter/problem.ts';

const tensor = (index: number): TfliteTensor => ({
  ...{ index, name: `t${index}`, dtype: 'float32', shape: [1], shapeSignature: null, quantization: { kind: 'none' } },
  ...{ isVariable: false, data: null, sparsity: false },
});

function operator(name: TfliteOperator['name'], inputs: number[], outputs: number[], body?: number): TfliteOperator {
  return {
    ...{ index: 0, name, customCode: null, version: 1, inputs, outputs, intermediates: [] },
    optionsType: body === undefined ? null : 'StableHLOCompositeOptions',
    options: body === undefined ? null : { decomposition_subgraph_index: body },
    customOptions: new Uint8Array(0),
  };
}

function subgraph(index: number, tensors: number, inputs: number[], outputs: number[], operators: TfliteOperator[]) {
  return { index, name: '', tensors: Array.from({ length: tensors }, (_, i) => tensor(i)), inputs, outputs, operators };
}

const model = (...subgraphs: TfliteSubgraph[]): TfliteModel => ({
  ...{ version: 3, description: '', subgraphs, metadata: [], signatureDefs: [] },
});

const composite = (inputs: number[], outputs: number[], body: number) =>
  operator('STABLEHLO_COMPOSITE', inputs, outputs, body);

function flat(...subgraphs: TfliteSubgraph[]): TfliteSubgraph {
  const whole = model(...subgraphs);
  const [main] = subgraphs;
  if (main === undefined) throw new Error('no main graph');
  return withoutComposites(whole, main);
}

describe('composites', () => {
  test('are replaced by what they stand for, each with tensors of its own', () => {
    // tanh(exp(x)) twice: 0 -> 1 -> 2.
    const main = subgraph(0, 3, [0], [2], [composite([0], [1], 1), composite([1], [2], 1)]);
    const body = subgraph(1, 3, [1], [2], [operator('EXP', [1], [0]), operator('TANH', [0], [2])]);
    const result = flat(main, body);
    expect(result.operators.map(({ name, inputs, outputs }) => [name, ...inputs, ...outputs])).toEqual([
      ['EXP', 0, 3],
      ['TANH', 3, 1],
      ['EXP', 1, 4],
      ['TANH', 4, 2],
    ]);
    expect(result.tensors.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4]);
  });

  test('a graph without them stays as it is', () => {
    const main = subgraph(0, 2, [0], [1], [operator('EXP', [0], [1])]);
    expect(flat(main)).toBe(main);
  });

  test.each([
    ['one that contains itself', 'too deeply', [subgraph(1, 2, [0], [1], [composite([0], [1], 1)])]],
    [
      'one that doubles itself',
      'do not end|too deeply',
      [subgraph(1, 3, [0], [2], [composite([0], [1], 1), composite([1], [2], 1)])],
    ],
    ['one that stands for nothing', 'there is no decomposition', []],
    ['one that gives its input through', 'does not fit', [subgraph(1, 1, [0], [0], [])]],
    ['one with other operands', 'does not fit', [subgraph(1, 2, [], [1], [operator('EXP', [0], [1])])]],
  ] as const)('%s is refused', (_, why, bodies) => {
    const main = subgraph(0, 2, [0], [1], [composite([0], [1], 1)]);
    expect(() => flat(main, ...bodies)).toThrow(ProblemError);
    expect(() => flat(main, ...bodies)).toThrow(new RegExp(why));
  });
});
