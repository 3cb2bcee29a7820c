import { describe, expect, test } from 'vitest';
import { fastExecutor } from '../../../../cli/quantize/executor.ts';
import { findChannelGroups } from '../../../../converter/compress/prune/groups/find.ts';
import { maskUnits } from '../../../../converter/compress/prune/groups/mask.ts';
import { type ChannelGroups, type GroupId, groupId } from '../../../../converter/compress/prune/groups/types.ts';
import { keepsOrder } from '../../../../converter/compress/prune/nested/order-check.ts';
import { permutableGroups, permuteUnits, type UnitOrder } from '../../../../converter/compress/prune/nested/permute.ts';
import { prefixGraph, prefixUnits } from '../../../../converter/compress/prune/nested/prefix.ts';
import type { Graph } from '../../../../converter/ir/graph.ts';
import { importModel, optimizeGraph } from '../../../../converter/pipeline.ts';
import { InternalError } from '../../../../converter/problem.ts';
import { randomGraph, randomInputs, smallInt8 } from '../../../ir/random-graph.ts';
import { randomFrom } from '../../../support/mutate.ts';
import { hasShared, readShared } from '../../../support/shared.ts';
import { Net } from '../groups/nets.ts';
import { expectAgreement } from '../groups/pruned.ts';
import { randomNet } from '../groups/random-net.ts';

/** A random order of the units of each group that can have one. */
function randomOrder(graph: Graph, groups: ChannelGroups, random: () => number): UnitOrder {
  const order = new Map<GroupId, readonly number[]>();
  for (const id of permutableGroups(graph, groups)) {
    const keys = Array.from({ length: groups.groups[id]?.units ?? 0 }, (_, unit) => ({ unit, key: random() }));
    order.set(
      id,
      keys.sort((a, b) => a.key - b.key).map(({ unit }) => unit),
    );
  }
  return order;
}

/** The units behind the first ones of each group, for masking. */
function behind({ groups }: ChannelGroups, fraction: number, round: number) {
  return new Map(
    groups.map((group) => {
      const kept = prefixUnits(group, fraction, round);
      return [group.id, new Set(Array.from({ length: group.units - kept }, (_, i) => kept + i))] as const;
    }),
  );
}

describe('units in another order', () => {
  test('give the same results, and each prefix is a network', () => {
    let [permuted, all] = [0, 0];
    for (let seed = 0; seed < 120; seed++) {
      const graph = seed % 3 === 0 ? randomGraph(seed, { ...smallInt8, tries: 16 }) : randomNet(seed);
      const groups = findChannelGroups(graph);
      const order = randomOrder(graph, groups, randomFrom(seed));
      permuted += order.size;
      all += groups.groups.length;
      const inputs = randomInputs(graph, seed);
      const result = permuteUnits(graph, groups, order);
      expectAgreement(graph, result, inputs, `net ${seed}`);
      const narrow = prefixGraph(result, groups, 0.5, 1);
      expectAgreement(maskUnits(result, groups, behind(groups, 0.5, 1)), narrow, inputs, `half of net ${seed}`);
    }
    expect(permuted / all, 'share of groups whose units can change places').toBeGreaterThan(0.95);
    expect(permuted).toBeLessThan(all + 1);
  });

  test('take rows, columns and biases along', () => {
    const net = new Net();
    const graph = net.finish(net.conv(net.conv(net.input(1, 2, 2, 2), 3), 2));
    const result = permuteUnits(graph, findChannelGroups(graph), new Map([[groupId(0), [2, 0, 1]]]));
    const data = (of: Graph, node: number, input: number) =>
      Array.from(of.values.get(of.nodes[node]?.inputs[input] ?? (0 as never))?.data ?? [], Number);
    const [before, after] = [data(graph, 0, 1), data(result, 0, 1)];
    expect(after).toEqual([...before.slice(4), ...before.slice(0, 4)]);
    const [a, b, c] = data(graph, 0, 2);
    expect(data(result, 0, 2)).toEqual([c, a, b]);
    const columns = data(graph, 1, 1);
    expect(data(result, 1, 1)).toEqual([2, 0, 1, 5, 3, 4].map((i) => columns[i]));
  });

  test('is refused where the order is none', () => {
    const net = new Net();
    const graph = net.finish(net.conv(net.conv(net.input(1, 2, 2, 2), 3), 2));
    const groups = findChannelGroups(graph);
    expect(() => permuteUnits(graph, groups, new Map([[groupId(0), [0, 0, 1]]]))).toThrow(InternalError);
  });

  test('is known to be wrong where units are not alike', () => {
    const net = new Net();
    const x = net.conv(net.input(1, 2, 2, 2), 5);
    // Places 0, 2 and 4 meet, and 1 and 3.
    const graph = net.finish(net.conv(net.zip('add', net.slice(x, 0, 3), net.slice(x, 2, 3)), 2));
    const groups = findChannelGroups(graph);
    expect(groups.groups.map(({ units }) => units)).toEqual([2]);
    expect(permutableGroups(graph, groups).size).toBe(0);
    expect(() => permuteUnits(graph, groups, new Map([[groupId(0), [1, 0]]]))).toThrow('they are not alike');
  });

  test('is known to be wrong where a tensor moves without its neighbours', () => {
    const net = new Net();
    const x = net.conv(net.input(1, 2, 2, 2), 3);
    const graph = net.finish(net.conv(x, 2));
    const order = new Map([[3, Int32Array.of(1, 0, 2)]]);
    expect(keepsOrder(graph, new Map([[`${x}`, order]]))).toBe(false);
    expect(keepsOrder(graph, new Map())).toBe(true);
  });
});

describe('the units of a width', () => {
  const group = { units: 10 } as Parameters<typeof prefixUnits>[0];
  test.each([
    [0.5, 1, 5],
    [0.5, 4, 8],
    [0.51, 1, 6],
    [0, 1, 1],
    [0.1, 4, 4],
    [1, 4, 10],
    [0.3, 1, 3],
  ])('%d of 10, in steps of %d, are %d', (fraction, round, units) => {
    expect(prefixUnits(group, fraction, round)).toBe(units);
  });
});

describe.skipIf(!hasShared)('units of models in another order give the same results', () => {
  test.each([
    'tflite/mlperf_kws_int8.tflite',
    'tflite/mlperf_ic_resnet8_float.tflite',
    'onnx_export/test_vit_dynamo_op18.onnx',
  ])('%s', (path) => {
    const graph = optimizeGraph(importModel(readShared(`models/${path}`), path)).graph;
    const groups = findChannelGroups(graph);
    const order = randomOrder(graph, groups, randomFrom(5));
    expect(order.size).toBe(groups.groups.length);
    const result = permuteUnits(graph, groups, order);
    expectAgreement(graph, result, randomInputs(graph, 6), path, fastExecutor);
    prefixGraph(result, groups, 0.25, 4);
  });
});
