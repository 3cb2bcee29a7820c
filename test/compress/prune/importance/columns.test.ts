import { describe, expect, it } from 'vitest';
import { referenceExecutor } from '../../../../converter/compress/executor.ts';
import { findChannelGroups } from '../../../../converter/compress/prune/groups/find.ts';
import { removeUnits } from '../../../../converter/compress/prune/groups/remove.ts';
import { GroupColumns } from '../../../../converter/compress/prune/importance/columns.ts';
import {
  leastUnit,
  measureImpacts,
  relativeError,
  valuesAt,
} from '../../../../converter/compress/prune/importance/impact.ts';
import { reconstruction } from '../../../../converter/compress/prune/importance/reconstruction.ts';
import { type Graph, type ValueId, valueById } from '../../../../converter/ir/graph.ts';
import { dataAs } from '../../../../converter/tensor/tensor.ts';
import { Layers, relu, smallCnn, smoothInputs } from '../small-cnn.ts';

const samples = smoothInputs([1, 6, 6, 2], 12);

/** Mean squared difference of a tensor of two graphs over all samples. */
function meanError(a: Graph, b: Graph, id: ValueId): number {
  const [left, right] = [valuesAt(a, id, samples, referenceExecutor), valuesAt(b, id, samples, referenceExecutor)];
  let [sum, count] = [0, 0];
  left.forEach((row, s) => {
    row.forEach((value, i) => {
      sum += (value - (right[s]?.[i] ?? 0)) ** 2;
      count++;
    });
  });
  return sum / count;
}

describe('columns of a least-squares problem', () => {
  const layers = new Layers(4);
  const first = layers.conv('first', layers.input([1, 6, 6, 2]), 6, 1, relu);
  const second = layers.conv('second', first, 3, 3);
  const graph = layers.finish(second);
  const groups = findChannelGroups(graph);
  const [group] = groups.groups;
  if (group === undefined) throw new Error('no group');

  it('cost what the error grows by when they leave and the rest is re-fitted', () => {
    const columns = GroupColumns.of(graph, groups, samples, referenceExecutor);
    let predicted = 0;
    const removed = new Set<number>();
    for (let i = 0; i < 3; i++) {
      const [unit, cost] = leastUnit(group, removed, (one) => columns.costOf(group, one));
      removed.add(unit);
      predicted += cost;
      columns.remove(group, unit);
    }
    const pruned = removeUnits(columns.refitted(graph, group), groups, new Map([[group.id, removed]]));
    const measured = 3 * meanError(graph, pruned, second);
    // The ridge that keeps the problem definite makes the prediction a little larger.
    expect(predicted).toBeGreaterThan(0.99 * measured);
    expect(predicted).toBeLessThan(1.3 * measured + 1e-6);
    const naive = 3 * meanError(graph, removeUnits(graph, groups, new Map([[group.id, removed]])), second);
    expect(measured).toBeLessThan(0.5 * naive);
  });

  it('can be tried on without being changed', () => {
    const columns = GroupColumns.of(graph, groups, samples, referenceExecutor);
    const before = columns.costOf(group, 2);
    const trial = columns.trialFor(group);
    trial.remove(group, 1);
    expect(trial.costOf(group, 2)).not.toBe(before);
    expect(columns.costOf(group, 2)).toBe(before);
  });

  it('cost nothing where another channel is the same', () => {
    const id = graph.nodes[0]?.inputs[1];
    const biasId = graph.nodes[0]?.inputs[2];
    if (id === undefined || biasId === undefined) throw new Error('no weights');
    const values = new Map(graph.values);
    const [weights, bias] = [valueById(graph, id), valueById(graph, biasId)];
    const data = dataAs({ type: weights.type, data: weights.data ?? new Float32Array() }, 'float32').slice();
    data.copyWithin(2, 0, 2);
    const biases = dataAs({ type: bias.type, data: bias.data ?? new Float32Array() }, 'float32').slice();
    biases.copyWithin(1, 0, 1);
    values.set(id, { ...weights, data }).set(biasId, { ...bias, data: biases });
    const twins = { ...graph, values };
    const columns = GroupColumns.of(twins, groups, samples, referenceExecutor);
    const costs = Array.from({ length: 6 }, (_, unit) => columns.costOf(group, unit));
    const [a = 0, b = 0, ...others] = costs;
    expect(Math.max(a, b)).toBeLessThan(0.05 * Math.max(...others));
  });
});

describe('impacts', () => {
  it('turn scores into the error of the outputs', () => {
    const graph = smallCnn();
    const groups = findChannelGroups(graph);
    const columns = GroupColumns.of(graph, groups, samples, referenceExecutor);
    const scorer = reconstruction.prepare({ graph, groups, samples, execute: referenceExecutor, columns, seed: 1 });
    const output = graph.nodes.at(-1)?.inputs[0];
    if (output === undefined) throw new Error('no output');
    const context = { graph, groups, scorer, columns, output, judging: samples, execute: referenceExecutor };
    const impacts = measureImpacts(context, groups.groups, () => {});
    expect(impacts.size).toBe(groups.groups.length);
    for (const group of groups.groups) {
      const trial = columns.trialFor(group);
      const [unit, cost] = leastUnit(group, new Set(), (one) => trial.costOf(group, one));
      trial.remove(group, unit);
      const pruned = removeUnits(trial.refitted(graph, group), groups, new Map([[group.id, new Set([unit])]]));
      const [wanted, found] = [graph, pruned].map((one) => valuesAt(one, output, samples, referenceExecutor));
      expect((impacts.get(group.id) ?? 0) * cost).toBeCloseTo(relativeError(wanted ?? [], found ?? []), 8);
    }
  });
});
