import { describe, expect, test } from 'vitest';
import { dataDependence } from '../../../../converter/backends/wasm/counts/data-dependence.ts';
import { sumInstructions } from '../../../../converter/backends/wasm/counts/instructions.ts';
import { moduleInstructions } from '../../../../converter/backends/wasm/counts/module.ts';
import { wasmKernelNeeds } from '../../../../converter/backends/wasm/needs.ts';
import type { Graph } from '../../../../converter/ir/graph.ts';
import { optimizeGraph } from '../../../../converter/pipeline.ts';
import { lowerGraph } from '../../../../converter/plan/lower.ts';
import { ProblemError } from '../../../../converter/problem.ts';
import { type CaseRow, caseRows } from '../../../conformance/rows.ts';
import { jobsOf } from '../../../conformance/run.ts';
import { hasShared } from '../../../support/shared.ts';
import { integerLstmCases, integerLstmGraph } from '../../integer-lstm-cases.ts';
import { emit } from '../run-graph.ts';
import { executedCounts } from './executed.ts';

/** Every so many cases of the test material. */
const share = 10;

/** The graphs of a case; none of one that is refused. */
function graphsOf(row: CaseRow): readonly Graph[] {
  try {
    return jobsOf(row).map(({ graph }) => optimizeGraph(graph).graph);
  } catch (error) {
    if (error instanceof ProblemError) return [];
    throw error;
  }
}

/** Operators of a graph where data decide what is executed; what is predicted of other graphs must be what they execute. */
function checked(graph: Graph, where: string): readonly string[] {
  const emitted = emit(graph);
  const { steps } = lowerGraph(graph, wasmKernelNeeds, 'none');
  const predicted = moduleInstructions(emitted.module, steps.length);
  const open = steps.filter((_, i) => predicted[i]?.dependsOnData).map(({ op }) => op.type);
  expect(
    open.filter((type) => dataDependence[type] === null),
    where,
  ).toEqual([]);
  if (open.length === 0) expect(sumInstructions(predicted), where).toEqual(executedCounts(emitted));
  return open;
}

test.skipIf(!hasShared)('operators of all kinds', () => {
  const rows = caseRows().filter((_, i) => i % share === 0);
  const open = rows.flatMap((row) =>
    graphsOf(row)
      .slice(0, 1)
      .map((graph) => checked(graph, row.path)),
  );
  expect(open.filter((types) => types.length === 0).length).toBeGreaterThan(0.8 * rows.length);
});

describe('where data decide', () => {
  test.skipIf(!hasShared).each(['top-k', 'map', 'zip', 'scatter'] as const)('%s', (type) => {
    const operator = { 'top-k': 'TopK', map: 'Sin', zip: 'Mod', scatter: 'ScatterND' }[type];
    const rows = caseRows().filter(({ operators, folder }) => folder !== 'onnx_graphs' && operators.includes(operator));
    expect(rows.flatMap((row) => graphsOf(row).flatMap((graph) => checked(graph, row.path)))).toContain(type);
  });
});

test('integer LSTM', () => {
  for (const options of integerLstmCases.slice(0, 6)) expect(checked(integerLstmGraph(options).graph, '')).toEqual([]);
});
