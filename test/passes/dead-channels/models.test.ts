import { describe, expect, test } from 'vitest';
import { type Graph, inputTypes, outputTypes } from '../../../converter/ir/graph.ts';
import { opCost } from '../../../converter/ops/registry.ts';
import { eliminateDeadChannels } from '../../../converter/passes/dead-channels.ts';
import { importModel } from '../../../converter/pipeline.ts';
import { randomInputs } from '../../ir/random-graph.ts';
import { expectSameResults } from '../../ir/same-results.ts';
import { hasShared, readShared } from '../../support/shared.ts';

const macsOf = (graph: Graph) =>
  graph.nodes.reduce((sum, node) => sum + opCost(node.op, inputTypes(graph, node), outputTypes(graph, node)).macs, 0);

const load = (name: string) => importModel(readShared(`models/tflite/${name}.tflite`), name);

describe.skipIf(!hasShared)('dead channels of the MLPerf Tiny networks', () => {
  test('half of vww leaves, and its results stay', () => {
    const before = load('mlperf_vww_int8');
    const after = eliminateDeadChannels(before).graph;
    expect(macsOf(before)).toBe(7_489_664);
    expect(macsOf(after)).toBeLessThanOrEqual(3_731_561);
    for (const seed of [1, 2]) expectSameResults(before, after, randomInputs(before, seed), `inputs ${seed}`);
  });

  test.each(['mlperf_kws_int8', 'mlperf_ic_resnet8_int8'])('%s has none', (name) => {
    const graph = load(name);
    expect(eliminateDeadChannels(graph).applied).toEqual([]);
  });
});
