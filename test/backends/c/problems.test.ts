import { describe, expect, it } from 'vitest';
import { emitC } from '../../../converter/backends/c/emit.ts';
import { cKernelNeeds, cProblems } from '../../../converter/backends/c/kernels.ts';
import { GraphBuilder } from '../../../converter/ir/builder.ts';
import { noClamp } from '../../../converter/ops/definition.ts';
import { lowerGraph } from '../../../converter/plan/lower.ts';
import { planMemory } from '../../../converter/plan/plan.ts';
import { ProblemError } from '../../../converter/problem.ts';
import { perTensor } from '../../../converter/tensor/quantization.ts';
import { tensorType } from '../../../converter/tensor/tensor.ts';
import { plainOptions } from './batch.ts';
import { tinyModel } from './tiny.ts';

describe('what C cannot do', () => {
  it('is told all at once, in the names of the model', () => {
    const builder = new GraphBuilder();
    const wide = builder.input('wide', tensorType('float64', [4]));
    const q = perTensor(0.1, 0);
    const data = builder.input('data', tensorType('int8', [1, 4], q));
    const weights = builder.input('weights', tensorType('int8', [2, 4], q));
    const bias = builder.constant('bias', { type: tensorType('int32', [2]), data: new Int32Array(2) });
    const largest = { type: 'reduce', attributes: { kind: 'max', axes: [], keepDims: true } } as const;
    builder.output('a', builder.node('REDUCE_MAX #0', largest, [wide], tensorType('float64', [4]), 'a'));
    const product = { type: 'fully-connected', attributes: { clamp: noClamp, hybrid: 'none' } } as const;
    builder.output(
      'b',
      builder.node('FULLY_CONNECTED #1', product, [data, weights, bias], tensorType('int8', [1, 2], q), 'b'),
    );
    const program = lowerGraph(builder.build('bad', 'a test', 'exact'), cKernelNeeds);
    expect(cProblems(program).map(({ where, what }) => `${where}: ${what}`)).toEqual([
      'REDUCE_MAX #0: reduce of "wide", which is float64, is not computed at run time',
      'FULLY_CONNECTED #1: the weights or bias "weights" are computed while the model runs',
    ]);
    expect(() => emitC(program, planMemory(program), plainOptions('bad'))).toThrow(ProblemError);
  });

  it('includes sums that leave 32 bits', () => {
    const builder = new GraphBuilder();
    const q = perTensor(0.1, 0);
    const data = builder.input('data', tensorType('int8', [1, 1], q));
    const weights = builder.constant('w', { type: tensorType('int8', [1, 1], q), data: Int8Array.of(100) });
    const bias = builder.constant('b', { type: tensorType('int32', [1]), data: Int32Array.of(2147483647) });
    const product = { type: 'fully-connected', attributes: { clamp: noClamp, hybrid: 'none' } } as const;
    builder.output('y', builder.node('FC', product, [data, weights, bias], tensorType('int8', [1, 1], q), 'y'));
    const program = lowerGraph(builder.build('large', 'a test', 'exact'), cKernelNeeds);
    expect(cProblems(program)).toHaveLength(1);
  });

  it('is nothing in a plain model', () => {
    expect(cProblems(lowerGraph(tinyModel('exact').graph, cKernelNeeds))).toEqual([]);
  });

  it.each(['', '9lives', 'Tiny', 'int', 'a__b', 'a-b', '_x'])('includes the prefix "%s"', (prefix) => {
    const program = lowerGraph(tinyModel('exact').graph, cKernelNeeds);
    expect(() => emitC(program, planMemory(program), plainOptions(prefix))).toThrow(ProblemError);
  });
});
