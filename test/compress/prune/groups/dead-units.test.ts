import { describe, expect, test } from 'vitest';
import { fastExecutor } from '../../../../cli/quantize/executor.ts';
import { removeDeadUnits } from '../../../../converter/compress/prune/groups/dead-units.ts';
import { findChannelGroups } from '../../../../converter/compress/prune/groups/find.ts';
import { maskUnits } from '../../../../converter/compress/prune/groups/mask.ts';
import { groupId } from '../../../../converter/compress/prune/groups/types.ts';
import { withRealWeights } from '../../../../converter/compress/quantize/real-weights.ts';
import { type Graph, typeOf } from '../../../../converter/ir/graph.ts';
import { at } from '../../../../converter/ops/definition.ts';
import { theVariable, unary } from '../../../../converter/ops/scalar-expression.ts';
import { importModel, optimizeGraph } from '../../../../converter/pipeline.ts';
import { randomGraph, randomInputs, smallFloat, smallInt8 } from '../../../ir/random-graph.ts';
import { randomFrom } from '../../../support/mutate.ts';
import { hasShared, readShared } from '../../../support/shared.ts';
import { Net } from './nets.ts';
import { expectAgreement, randomUnits, withSilentUnits } from './pruned.ts';
import { randomNet } from './random-net.ts';

const unitCount = (graph: Graph) => findChannelGroups(graph).groups.reduce((sum, { units }) => sum + units, 0);

/** How many output channels the first layer loses when it makes `units` of `bias` and weights of 0. Results stay. */
function silenced(graph: Graph, units: readonly number[], bias: number): number {
  const groups = findChannelGroups(graph);
  const silent = withSilentUnits(graph, groups, new Map([[groupId(0), new Set(units)]]));
  const [node] = silent.nodes;
  const values = new Map(silent.values);
  const value = node === undefined ? undefined : values.get(at(node.inputs, 2));
  if (value?.data instanceof Float32Array) {
    const data = value.data.map((element, i) => (units.includes(i) ? bias : element));
    values.set(value.id, { ...value, data });
  }
  const biased = { ...silent, values };
  const { graph: pruned } = removeDeadUnits(biased);
  for (const seed of [1, 2]) expectAgreement(biased, pruned, randomInputs(graph, seed), `inputs ${seed}`);
  const channels = (of: Graph) => typeOf(of, at(at(of.nodes, 0).outputs, 0)).shape.at(-1) ?? 0;
  return channels(graph) - channels(pruned);
}

describe('dead units', () => {
  const chain = (padding: number) => {
    const net = new Net();
    const x = net.conv(net.input(1, 4, 4, 2), 4);
    return net.finish(net.conv(x, 2, { kernel: 3, padding }));
  };

  test('a constant goes into the bias of its reader', () => {
    expect(silenced(chain(0), [1, 2], 0.75)).toBe(2);
  });

  test('a constant other than 0 stays where its reader is padded', () => {
    expect(silenced(chain(1), [1, 2], 0.75)).toBe(0);
    expect(silenced(chain(1), [1, 2], 0)).toBe(2);
    // The activation makes 0 of it.
    expect(silenced(chain(1), [1, 2], -0.75)).toBe(2);
  });

  test('one unit of a group stays', () => {
    expect(silenced(chain(0), [0, 1, 2, 3], 0.5)).toBe(3);
  });

  test('constants go through depthwise layers, pools and maps', () => {
    const net = new Net();
    const x = net.depthwise(net.conv(net.input(1, 5, 5, 2), 4));
    const map = net.op({ type: 'map', attributes: { expression: unary('tanh', theVariable) } }, net.mean(x, 1, 2));
    expect(silenced(net.finish(net.conv(map, 2)), [0, 3], 0.5)).toBe(2);
  });

  test('what nobody reads leaves, and what only that has read', () => {
    const net = new Net();
    const x = net.conv(net.input(1, 4, 4, 2), 4);
    const graph = net.finish(net.conv(net.conv(x, 3), 2));
    const groups = findChannelGroups(graph);
    const masked = maskUnits(graph, groups, new Map([[groupId(1), new Set([0, 2])]]));
    const { graph: pruned, applied } = removeDeadUnits(masked);
    expect(unitCount(pruned)).toBe(4);
    expect(applied.map(({ reason }) => reason)).toEqual(['2 of 3 units of conv-2d6 are dead']);
    expectAgreement(masked, pruned, randomInputs(graph, 3), 'unread');
  });

  test.each([
    { ...smallFloat, tries: 16 },
    { ...smallInt8, tries: 16 },
  ])('of random graphs change nothing when they leave, $dtype', (options) => {
    let gone = 0;
    for (let seed = 0; seed < 120; seed++) {
      const graph = randomGraph(seed, options);
      const groups = findChannelGroups(graph);
      if (groups.groups.length === 0) continue;
      const silent = withSilentUnits(graph, groups, randomUnits(groups, randomFrom(seed)));
      const { graph: pruned } = removeDeadUnits(silent);
      gone += unitCount(graph) - unitCount(pruned);
      expectAgreement(silent, pruned, randomInputs(graph, seed), `graph ${seed}`);
    }
    expect(gone).toBeGreaterThan(25);
  });

  test('of random nets change nothing when they leave', () => {
    let gone = 0;
    for (let seed = 0; seed < 80; seed++) {
      const graph = randomNet(seed);
      const groups = findChannelGroups(graph);
      const silent = withSilentUnits(graph, groups, randomUnits(groups, randomFrom(seed)));
      const { graph: pruned } = removeDeadUnits(silent);
      gone += unitCount(graph) - unitCount(pruned);
      expectAgreement(silent, pruned, randomInputs(graph, seed), `net ${seed}`);
    }
    expect(gone).toBeGreaterThan(250);
  });
});

describe.skipIf(!hasShared)('silent units of models leave without a difference', () => {
  test.each([
    'tflite/mlperf_kws_float.tflite',
    'tflite/mlperf_kws_int8.tflite',
    'onnx/mlperf_ic_resnet8_torch_float.onnx',
    'tflite/mlperf_ic_resnet8_int8.tflite',
    'tflite/fomo_face_detection_int8.tflite',
    'onnx_export/densenet_mini_dynamo_op20.onnx',
    'onnx_export/test_resnet_ts_op13_qdq_pc.onnx',
  ])('%s', (path) => {
    const graph = withRealWeights(optimizeGraph(importModel(readShared(`models/${path}`), path)).graph);
    const groups = findChannelGroups(graph);
    const units = randomUnits(groups, randomFrom(3), 0.3);
    const silent = withSilentUnits(graph, groups, units);
    const { graph: pruned } = removeDeadUnits(silent);
    const count = [...units.values()].reduce((sum, { size }) => sum + size, 0);
    expect(unitCount(graph) - unitCount(pruned)).toBeGreaterThanOrEqual(count);
    expectAgreement(silent, pruned, randomInputs(graph, 4), path, fastExecutor);
  });
});
