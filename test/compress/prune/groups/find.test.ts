import { describe, expect, test } from 'vitest';
import { findChannelGroups } from '../../../../converter/compress/prune/groups/find.ts';
import type { Graph } from '../../../../converter/ir/graph.ts';
import { randomInputs } from '../../../ir/random-graph.ts';
import { randomFrom } from '../../../support/mutate.ts';
import { Net } from './nets.ts';
import { expectMasked, randomUnits } from './pruned.ts';

/**
 * One line for each group: the channels that unit 0, 1, ... take of the first producer, and of the columns of each consumer. Removing
 * random units agrees with masking them, several times.
 */
function groupsOf(graph: Graph): readonly string[] {
  const found = findChannelGroups(graph);
  for (let seed = 0; seed < 4; seed++) {
    expectMasked(graph, found, randomUnits(found, randomFrom(seed)), randomInputs(graph, seed), `seed ${seed}`);
  }
  return found.groups.map(({ units, producers, consumers }) => {
    const channels = (of: (unit: number) => readonly number[]) =>
      Array.from({ length: units }, (_, unit) => of(unit).join('+')).join(' ');
    const makers = producers.map(({ role, channelsOf }) => `${role} ${channels(channelsOf)}`);
    return [...makers, ...consumers.map(({ channelsOf }) => `sums ${channels(channelsOf)}`)].join('; ');
  });
}

const barriersOf = (graph: Graph) => findChannelGroups(graph).barriers.map(({ name, reason }) => `${name}: ${reason}`);

describe('groups', () => {
  test('of a chain: each layer its own, but that of the output', () => {
    const net = new Net();
    const graph = net.finish(net.conv(net.conv(net.input(1, 3, 3, 2), 3), 4));
    expect(groupsOf(graph)).toEqual(['makes 0 1 2; sums 0 1 2']);
    expect(barriersOf(graph)).toEqual(['conv-2d6: they are those of the model\'s output "y0"']);
  });

  test('a sum ties both sides, and what reads it', () => {
    const net = new Net();
    const x = net.conv(net.input(1, 3, 3, 2), 3);
    const sum = net.zip('add', net.conv(x, 3), x);
    const graph = net.finish(net.conv(sum, 2));
    expect(groupsOf(graph)).toEqual(['makes 0 1 2; makes 0 1 2; sums 0 1 2; sums 0 1 2']);
  });

  test('a sum with an input stays', () => {
    const net = new Net();
    const x = net.input(1, 3, 3, 3);
    const graph = net.finish(net.conv(net.zip('add', net.conv(x, 3), x), 2));
    expect(groupsOf(graph)).toEqual([]);
    expect(barriersOf(graph)[0]).toBe('x0: they are those of the model\'s input "x0"');
  });

  test('depthwise layers follow, with all channels of a multiplier', () => {
    const net = new Net();
    const x = net.depthwise(net.conv(net.input(1, 5, 5, 2), 3), 2);
    expect(groupsOf(net.finish(net.conv(x, 2)))).toEqual(['makes 0 1 2; carries 0+1 2+3 4+5; sums 0+1 2+3 4+5']);
  });

  test('grouped convolutions stay balanced: a channel of every group at once', () => {
    const net = new Net();
    const x = net.conv(net.input(1, 3, 3, 2), 6);
    const graph = net.finish(net.conv(net.conv(x, 4, { groups: 2 }), 2));
    expect(groupsOf(graph)).toEqual(['makes 0+3 1+4 2+5; sums 0 1 2', 'makes 0+2 1+3; sums 0+2 1+3']);
  });

  test('whole groups leave where a group has one channel', () => {
    const net = new Net();
    const x = net.conv(net.input(1, 3, 3, 2), 3);
    const two = net.conv(x, 6, { groups: 3 });
    const graph = net.finish(net.conv(net.conv(two, 3, { groups: 3 }), 2));
    expect(groupsOf(graph)).toEqual(['makes 0 1 2; carries 0+1 2+3 4+5; carries 0 1 2; sums 0 1 2']);
  });

  test('a concat shifts places, and its operands are groups of their own', () => {
    const net = new Net();
    const x = net.input(1, 3, 3, 2);
    const graph = net.finish(net.conv(net.concat(3, net.conv(x, 2), x, net.conv(x, 3)), 2));
    expect(groupsOf(graph)).toEqual(['makes 0 1; sums 0 1', 'makes 0 1 2; sums 4 5 6']);
  });

  test('slices divide the channels of one layer among several groups', () => {
    const net = new Net();
    const x = net.conv(net.input(1, 3, 3, 2), 5);
    const [a, b] = [net.slice(x, 0, 2), net.slice(x, 2, 3)];
    const graph = net.finish(net.conv(a, 2), net.conv(net.zip('mul', b, net.constant(3)), 2));
    expect(groupsOf(graph)).toEqual(['makes 0 1; sums 0 1', 'makes 2 3 4; sums 0 1 2']);
    const { groups, groupOf } = findChannelGroups(graph);
    const node = groups[1]?.producers[0]?.node;
    expect(node === undefined ? null : groupOf.get(node)).toBe(0);
  });

  test('a slice at distances stays', () => {
    const net = new Net();
    const x = net.conv(net.input(1, 3, 3, 2), 6);
    const graph = net.finish(net.conv(net.slice(x, 1, 3, 2), 2), net.conv(x, 2));
    expect(groupsOf(graph)).toEqual([]);
    expect(barriersOf(graph)[0]).toMatch(/: a slice takes them at regular distances$/);
  });

  test('a flattened image gives a unit the columns of all its pixels', () => {
    const net = new Net();
    const x = net.conv(net.input(1, 2, 1, 2), 3);
    const graph = net.finish(net.dense(net.reshape(x, 1, 6), 2));
    expect(groupsOf(graph)).toEqual(['makes 0 1 2; sums 0+3 1+4 2+5']);
  });

  test('flattened with the channels first', () => {
    const net = new Net();
    const x = net.transpose(net.conv(net.input(1, 2, 1, 2), 3), 0, 3, 1, 2);
    const graph = net.finish(net.dense(net.reshape(x, 1, 6), 2));
    expect(groupsOf(graph)).toEqual(['makes 0 1 2; sums 0+1 2+3 4+5']);
  });

  test('an image made by a matrix product', () => {
    const net = new Net();
    const x = net.reshape(net.dense(net.input(1, 4), 12), 1, 2, 2, 3);
    expect(groupsOf(net.finish(net.conv(x, 2)))).toEqual(['makes 0+3+6+9 1+4+7+10 2+5+8+11; sums 0 1 2']);
  });

  test('shuffled channels leave with those of the other half', () => {
    const net = new Net();
    const x = net.reshape(net.conv(net.input(1, 2, 2, 2), 6), 1, 2, 2, 2, 3);
    const shuffled = net.reshape(net.transpose(x, 0, 1, 2, 4, 3), 1, 2, 2, 6);
    expect(groupsOf(net.finish(net.conv(shuffled, 2)))).toEqual(['makes 0+3 1+4 2+5; sums 0+1 2+3 4+5']);
  });

  test('squeeze and excite', () => {
    const net = new Net();
    const x = net.conv(net.input(1, 3, 3, 2), 3);
    const scale = net.conv(net.conv(net.mean(x, 1, 2), 2), 3);
    const graph = net.finish(net.conv(net.zip('mul', x, scale), 2));
    expect(groupsOf(graph)).toEqual(['makes 0 1 2; makes 0 1 2; sums 0 1 2; sums 0 1 2', 'makes 0 1; sums 0 1']);
  });

  test('heads of attention', () => {
    const net = new Net();
    const x = net.input(1, 5, 4);
    const head = () => net.transpose(net.reshape(net.dense(x, 6), 1, 5, 3, 2), 0, 2, 1, 3);
    const attention = net.matmul(net.softmax(net.matmul(head(), head(), true)), head());
    const joined = net.reshape(net.transpose(attention, 0, 2, 1, 3), 1, 5, 6);
    const heads = '0+1 2+3 4+5';
    expect(groupsOf(net.finish(net.dense(joined, 4)))).toEqual([
      `makes ${heads}; makes ${heads}; makes ${heads}; sums ${heads}`,
    ]);
  });

  test('channels that are padded leave with those that they meet', () => {
    const net = new Net();
    const x = net.input(1, 3, 3, 2);
    const wide = net.pad(net.conv(x, 2), [0, 0, 0, 1], [0, 0, 0, 2]);
    const graph = net.finish(net.conv(net.zip('add', wide, net.conv(x, 5)), 2));
    // The second group has no part in the narrow layer.
    expect(groupsOf(graph)).toEqual(['makes 0 1; makes 1 2; sums 1 2', 'makes 0 3 4; sums 0 3 4']);
  });

  test('what normalizes over channels stays', () => {
    const net = new Net();
    const x = net.dense(net.input(1, 5, 4), 3);
    const graph = net.finish(net.dense(net.zip('add', x, net.mean(x, 2)), 2));
    expect(groupsOf(graph)).toEqual([]);
    expect(barriersOf(graph)[0]).toMatch(/: the mean over them is taken$/);
  });

  test('constants that two readers share are divided, matrices stay shared', () => {
    const net = new Net();
    const [x, vector, matrix, bias] = [net.input(1, 5, 4), net.constant(3), net.constant(3, 3), net.constant(3)];
    const dense = (from: typeof x) =>
      net.op(
        { type: 'fully-connected', attributes: { clamp: { min: 0, max: 9 }, hybrid: 'none' } },
        from,
        matrix,
        bias,
      );
    const scaled = net.zip('mul', net.dense(x, 3), vector);
    const other = net.zip('mul', net.dense(x, 3), vector);
    const graph = net.finish(net.dense(scaled, 2), net.dense(other, 2), net.dense(dense(dense(net.dense(x, 3))), 2));
    expect(groupsOf(graph)).toEqual([
      'makes 0 1 2; sums 0 1 2',
      'makes 0 1 2; sums 0 1 2',
      'makes 0 1 2; makes 0 1 2; makes 0 1 2; sums 0 1 2; sums 0 1 2; sums 0 1 2',
    ]);
  });

  test('a state and what it becomes', () => {
    const net = new Net();
    const state = net.builder.state('s', net.builder.typeOf(net.constant(1, 4, 1, 3)), new Float32Array(12).fill(0.5));
    const x = net.conv(net.input(1, 1, 1, 2), 3);
    const window = net.concat(1, state, x);
    const next = net.op(
      { type: 'slice', attributes: { begin: [0, 1, 0, 0], size: [1, 4, 1, 3], strides: [1, 1, 1, 1] } },
      window,
    );
    net.builder.assign(state, next);
    expect(groupsOf(net.finish(net.conv(window, 2)))).toEqual(['makes 0 1 2; sums 0 1 2']);
  });

  test('a group of a single unit cannot lose it', () => {
    const net = new Net();
    const x = net.conv(net.input(1, 3, 3, 2), 4);
    const tied = net.zip('add', net.slice(x, 0, 3), net.slice(x, 1, 3));
    const graph = net.finish(net.conv(tied, 2));
    expect(groupsOf(graph)).toEqual([]);
    expect(barriersOf(graph)[1]).toMatch(/: all of them leave together or none$/);
  });
});
