import { describe, expect, it } from 'vitest';
import { referenceExecutor } from '../../../../converter/compress/executor.ts';
import { keptAfter } from '../../../../converter/compress/prune/channels.ts';
import { findChannelGroups } from '../../../../converter/compress/prune/groups/find.ts';
import { removeUnits } from '../../../../converter/compress/prune/groups/remove.ts';
import type { GroupId } from '../../../../converter/compress/prune/groups/types.ts';
import { relativeError, valuesAt } from '../../../../converter/compress/prune/importance/impact.ts';
import { repair } from '../../../../converter/compress/prune/repair/repair.ts';
import { fitRidge } from '../../../../converter/compress/prune/repair/ridge.ts';
import { type Graph, valueById } from '../../../../converter/ir/graph.ts';
import { random } from '../../../backends/wasm/run-graph.ts';
import { smallCnn, smoothInputs } from '../small-cnn.ts';

const samples = smoothInputs([1, 6, 6, 2], 40);
const others = smoothInputs([1, 6, 6, 2], 20, 77);

function removed(graph: Graph, share: number) {
  const groups = findChannelGroups(graph);
  const units = new Map<GroupId, ReadonlySet<number>>(
    groups.groups.map(({ id, units: count }) => {
      return [id, new Set(Array.from({ length: Math.floor(share * count) }, (_, i) => i))];
    }),
  );
  return { pruned: removeUnits(graph, groups, units), kept: keptAfter(graph, groups, units, new Map()) };
}

function errorOf(graph: Graph, other: Graph): number {
  const output = graph.nodes.at(-1)?.inputs[0];
  if (output === undefined) throw new Error('no output');
  return relativeError(
    valuesAt(graph, output, others, referenceExecutor),
    valuesAt(other, output, others, referenceExecutor),
  );
}

describe('repair', () => {
  const graph = smallCnn();
  const { pruned, kept } = removed(graph, 0.3);

  it('brings outputs on other samples much nearer to the float model', () => {
    const repaired = repair(graph, pruned, kept, samples, referenceExecutor, 1);
    const [before, after] = [errorOf(graph, pruned), errorOf(graph, repaired.graph)];
    expect(before).toBeGreaterThan(0.05);
    expect(after).toBeLessThan(0.3 * before);
    for (const { errorBefore, errorAfter, name } of repaired.layers) {
      expect(errorAfter, name).toBeLessThanOrEqual(errorBefore * 1.001 + 1e-9);
    }
  });

  it('gives the same weights each time', () => {
    const [a, b] = [0, 1].map(() => repair(graph, pruned, kept, samples, referenceExecutor, 1).graph);
    for (const [id, { data }] of a?.values ?? []) expect(data).toEqual(b === undefined ? null : valueById(b, id).data);
  });

  it('leaves alone what no removal has touched', () => {
    const groups = findChannelGroups(graph);
    const last = groups.groups.at(-1);
    if (last === undefined) throw new Error('no group');
    const units = new Map([[last.id, new Set([0])]]);
    const one = removeUnits(graph, groups, units);
    const names = repair(graph, one, keptAfter(graph, groups, units, new Map()), samples, referenceExecutor, 1).layers;
    expect(names.map(({ name }) => name)).toEqual(['logits']);
  });
});

describe('the ridge', () => {
  const equations = (noise: number, scale: number) => {
    const next = random(6);
    const [rows, size, outputs] = [60, 5, 2];
    const inputs = Float32Array.from({ length: rows * size }, (_, i) => (i % size === size - 1 ? 1 : next() - 0.5));
    const wanted = Float64Array.from({ length: size * outputs }, () => scale * (next() - 0.5));
    const errors = Float32Array.from({ length: rows * outputs }, (_, at) => {
      const [r, o] = [Math.floor(at / outputs), at % outputs];
      let sum = noise * (next() - 0.5);
      for (let k = 0; k < size; k++) sum += (inputs[r * size + k] ?? 0) * (wanted[k * outputs + o] ?? 0);
      return sum;
    });
    const half = Uint8Array.from({ length: rows }, (_, r) => r % 2);
    return { wanted, equations: { rows, size, outputs, inputs, errors, half } };
  };

  it('finds the change that explains the errors', () => {
    const { wanted, equations: given } = equations(0, 1);
    const { change, after } = fitRidge(given);
    change.forEach((value, i) => {
      expect(value).toBeCloseTo(wanted[i] ?? 0, 3);
    });
    expect(after).toBeLessThan(1e-6);
  });

  it('leaves weights nearly as they are where errors have nothing to do with inputs', () => {
    const { change } = fitRidge(equations(1, 0).equations);
    expect(Math.max(...change.map(Math.abs))).toBeLessThan(0.12);
  });
});
