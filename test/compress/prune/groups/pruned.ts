import { expect } from 'vitest';
import { compareTensors } from '../../../../converter/compare.ts';
import { type Executor, referenceExecutor } from '../../../../converter/compress/executor.ts';
import { maskUnits, withZeros } from '../../../../converter/compress/prune/groups/mask.ts';
import { removeUnits } from '../../../../converter/compress/prune/groups/remove.ts';
import type { ChannelGroups, GroupId, RemovedUnits } from '../../../../converter/compress/prune/groups/types.ts';
import { type Graph, typeOf, valueId } from '../../../../converter/ir/graph.ts';
import { verifyGraph } from '../../../../converter/ir/verify.ts';
import type { Tensor } from '../../../../converter/tensor/tensor.ts';

/** How much of the largest magnitude float results may differ by: sums of the same terms, in other orders on some kernels. */
export const tolerance = 1e-5;

/** Random units of random groups; of every group at least one stays. */
export function randomUnits({ groups }: ChannelGroups, random: () => number, share = 0.5): RemovedUnits {
  const removed = new Map<GroupId, ReadonlySet<number>>();
  for (const { id, units } of groups) {
    if (random() < 0.25) continue;
    const gone = Array.from({ length: units }, (_, unit) => unit).filter(() => random() < share);
    if (gone.length === units) gone.pop();
    removed.set(id, new Set(gone));
  }
  return removed;
}

/** The graph in which weights and biases of everything that makes or carries the given units are 0. */
export function withSilentUnits(graph: Graph, { groups }: ChannelGroups, silent: RemovedUnits): Graph {
  const values = new Map(graph.values);
  const nodes = new Map(graph.nodes.map((node) => [node.id, node]));
  for (const { id, producers } of groups) {
    for (const { node, weights, weightsAxis, channelsOf } of producers) {
      const rows = new Set([...(silent.get(id) ?? [])].flatMap((unit) => [...channelsOf(unit)]));
      const operands: readonly (readonly [number, number])[] = [
        [weights, weightsAxis],
        [weights + 1, 0],
      ];
      for (const [input, axis] of operands) {
        const value = values.get(nodes.get(node)?.inputs[input] ?? valueId(-1));
        if (value === undefined || value.data === null) throw new Error(`${node} has no constant input ${input}`);
        const { data } = withZeros({ type: value.type, data: value.data }, axis, rows);
        values.set(value.id, { ...value, data });
      }
    }
  }
  return { ...graph, values };
}

/**
 * Fails where the graph without the units is not valid, has another shape than it should, or computes anything but the graph in which
 * they are masked. Gives the former.
 */
export function expectMasked(
  graph: Graph,
  groups: ChannelGroups,
  removed: RemovedUnits,
  inputs: readonly Tensor[],
  hint: string,
  executor: Executor = referenceExecutor,
): Graph {
  const pruned = removeUnits(graph, groups, removed);
  const masked = maskUnits(graph, groups, removed);
  verifyGraph(pruned, 'removing');
  verifyGraph(masked, 'masking');
  expectShapes(graph, pruned, groups, removed, hint);
  expectAgreement(masked, pruned, inputs, hint, executor);
  return pruned;
}

/** Fails where two graphs differ: in one bit of an integer, or floats by more than {@link tolerance}. */
export function expectAgreement(
  wanted: Graph,
  found: Graph,
  inputs: readonly Tensor[],
  hint: string,
  executor: Executor = referenceExecutor,
): void {
  const results = executor(found)(inputs);
  executor(wanted)(inputs).forEach((tensor, i) => {
    const actual = results[i];
    if (actual === undefined) throw new Error(`${hint}: output ${i} is missing`);
    expect(actual.type, hint).toEqual(tensor.type);
    if (tensor.type.dtype === 'float32')
      expect(compareTensors(tensor, actual, tolerance).difference, `${hint}, output ${i}`).toBeNull();
    else expect(actual.data, `${hint}, output ${i}`).toEqual(tensor.data);
  });
}

/** Each tensor has lost the places that its groups say, and nothing else. */
function expectShapes(graph: Graph, pruned: Graph, { groups }: ChannelGroups, removed: RemovedUnits, hint: string) {
  const lost = new Map<string, Set<number>>();
  for (const { id, values } of groups) {
    for (const { value, axis, channelsOf, use } of values) {
      if (use !== null) continue;
      const key = `${value},${axis}`;
      const places = lost.get(key) ?? new Set<number>();
      lost.set(key, places);
      for (const unit of removed.get(id) ?? []) for (const place of channelsOf(unit)) places.add(place);
    }
  }
  for (const { id, type, data, name } of graph.values.values()) {
    if (data !== null) continue;
    const shape = type.shape.map((size, axis) => size - (lost.get(`${id},${axis}`)?.size ?? 0));
    expect(typeOf(pruned, id).shape, `${hint}, "${name}"`).toEqual(shape);
  }
}
