import { describe, expect, test } from 'vitest';
import { evaluateGraph } from '../../../../converter/ir/evaluate.ts';
import { castCases, compareCases, mapCases, reduceCases, type WholeCase, zipCases } from '../../whole-cases.ts';
import { emit, runModule } from '../run-graph.ts';

const suites: readonly (readonly [string, readonly WholeCase[]])[] = [
  ['zip', zipCases],
  ['compare', compareCases],
  ['map', mapCases],
  ['reduce', reduceCases],
  ['cast', castCases],
];

describe.each(suites)('%s of whole numbers', (_, cases) => {
  test.each(cases.map((item) => [item.name, item] as const))('%s', (_name, { graph, inputs }) => {
    const [expected] = evaluateGraph(graph, inputs);
    const [actual] = runModule(emit(graph, 'guarded'), inputs);
    expect(actual?.data).toEqual(expected?.data);
  });
});
