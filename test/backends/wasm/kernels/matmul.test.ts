import { describe, test } from 'vitest';
import { tensorType } from '../../../../converter/tensor/tensor.ts';
import { matmulGraphs, matmulKinds } from '../../matmul-cases.ts';
import { random, randomTensor, singleNode } from '../run-graph.ts';
import { expectSame } from './expect-same.ts';

describe.each(matmulKinds)('matmul %s', (kind) => {
  test.each(matmulGraphs(kind).map(({ name, graph }) => [name, graph] as const))('%s', (_, graph) => {
    expectSame(graph);
  });
});

test('a constant on the left', () => {
  const op = { type: 'matmul', attributes: { transposeA: false, transposeB: true } } as const;
  const left = randomTensor(tensorType('float32', [5, 6]), random(3));
  expectSame(singleNode(op, [left, tensorType('float32', [2, 9, 6])], tensorType('float32', [2, 5, 9])));
});
