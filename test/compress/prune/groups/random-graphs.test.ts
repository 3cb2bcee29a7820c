import { describe, expect, test } from 'vitest';
import { findChannelGroups } from '../../../../converter/compress/prune/groups/find.ts';
import { optimize } from '../../../../converter/passes/optimize.ts';
import { type RandomGraphOptions, randomGraph, randomInputs, smallFloat, smallInt8 } from '../../../ir/random-graph.ts';
import { randomFrom } from '../../../support/mutate.ts';
import { expectMasked, randomUnits } from './pruned.ts';
import { randomNet } from './random-net.ts';

/** Random graphs without random units are valid, and compute what they compute with these units masked. */

const larger: Pick<RandomGraphOptions, 'tries'> = { tries: 16 };

describe.each([
  { ...smallFloat, ...larger },
  { ...smallInt8, ...larger },
])('removing channels of random graphs, $dtype', (options) => {
  test('agrees with masking them', () => {
    let graphs = 0;
    for (let seed = 0; seed < 250; seed++) {
      const graph = seed % 2 === 0 ? randomGraph(seed, options) : optimize(randomGraph(seed, options)).graph;
      const groups = findChannelGroups(graph);
      if (groups.groups.length === 0) continue;
      graphs++;
      const removed = randomUnits(groups, randomFrom(seed));
      expectMasked(graph, groups, removed, randomInputs(graph, seed), `graph ${seed}`);
    }
    expect(graphs, 'graphs with groups').toBeGreaterThan(40);
  });
});

test('removing channels of random nets with sums, concats, slices, shuffles and attention agrees with masking them', () => {
  let groups = 0;
  for (let seed = 0; seed < 200; seed++) {
    const graph = randomNet(seed);
    const found = findChannelGroups(graph);
    groups += found.groups.length;
    const removed = randomUnits(found, randomFrom(seed));
    expectMasked(graph, found, removed, randomInputs(graph, seed), `net ${seed}`);
  }
  expect(groups).toBeGreaterThan(400);
});
