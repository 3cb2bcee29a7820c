import { describe, expect, test } from 'vitest';
import { findChannelGroups } from '../../../../converter/compress/prune/groups/find.ts';
import { optimize } from '../../../../converter/passes/optimize.ts';
import { type RandomGraphOptions, randomGraph, randomInputs, smallFloat, smallInt8 } from '../../../ir/random-graph.ts';
import { randomFrom } from '../../../support/mutate.ts';
import { expectMasked, randomUnits } from './pruned.ts';

/** Random graphs without random units are valid, and compute what they compute with these units masked. */

const larger: Pick<RandomGraphOptions, 'tries'> = { tries: 16 };

describe.each([
  { ...smallFloat, ...larger },
  { ...smallInt8, ...larger },
])('removing channels of random graphs, $dtype', (options) => {
  test('agrees with masking them', () => {
    let graphs = 0;
    for (let seed = 0; seed < 400; seed++) {
      const graph = seed % 2 === 0 ? randomGraph(seed, options) : optimize(randomGraph(seed, options)).graph;
      const groups = findChannelGroups(graph);
      if (groups.groups.length === 0) continue;
      graphs++;
      const removed = randomUnits(groups, randomFrom(seed));
      expectMasked(graph, groups, removed, randomInputs(graph, seed), `graph ${seed}`);
    }
    expect(graphs, 'graphs with groups').toBeGreaterThan(60);
  });
});
