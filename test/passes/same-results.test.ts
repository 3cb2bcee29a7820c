import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rewrite } from '../../converter/ir/rewrite.ts';
import { absorbTranspose } from '../../converter/passes/absorb-transpose.ts';
import { eliminateDeadChannels } from '../../converter/passes/dead-channels.ts';
import { foldScale } from '../../converter/passes/fold-scale.ts';
import { mergeCasts, narrowIntegers } from '../../converter/passes/narrow-integers.ts';
import { optimize, rules } from '../../converter/passes/optimize.ts';
import { type RandomGraphOptions, randomGraph, smallFloat, smallInt8 } from '../ir/random-graph.ts';
import { expectSameOnRandomInputs, foldedTolerance } from '../ir/same-results.ts';

/** Random graphs compute the same before and after: int8 to the bit, and float too, but for the rounding of folded weights. */

const options: readonly RandomGraphOptions[] = [smallInt8, { ...smallInt8, rounding: 'single' }, smallFloat];
const ours = (index: number) => options[index % options.length] ?? smallInt8;

describe('the passes keep results', () => {
  test.each(options)('all together, $dtype $rounding', (chosen) => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const graph = randomGraph(seed, chosen);
        expectSameOnRandomInputs(graph, optimize(graph).graph, `graph ${seed}`, foldedTolerance);
      }),
      { numRuns: 250 },
    );
  });

  test('each on its own, and each fires on some of the graphs', () => {
    const fired = new Map<string, number>();
    for (let seed = 0; seed < 600; seed++) {
      const graph = randomGraph(seed, ours(seed));
      for (const rule of rules) {
        const { graph: changed, applied } = rewrite(graph, [rule]);
        if (applied.length === 0) continue;
        fired.set(rule.name, (fired.get(rule.name) ?? 0) + 1);
        const tolerance = rule === foldScale ? foldedTolerance : 0;
        expectSameOnRandomInputs(graph, changed, `${rule.name} on graph ${seed}`, tolerance);
      }
      const { graph: thinner, applied } = eliminateDeadChannels(graph);
      if (applied.length === 0) continue;
      fired.set('eliminate-dead-channels', (fired.get('eliminate-dead-channels') ?? 0) + 1);
      expectSameOnRandomInputs(graph, thinner, `eliminate-dead-channels on graph ${seed}`);
    }
    // Products with a constant behind them and casts are rare in these graphs, products of two computed operands absent: the tests of
    // these rules make them.
    const common = rules
      .filter((rule) => ![foldScale, mergeCasts, narrowIntegers, absorbTranspose].includes(rule))
      .map((rule) => rule.name);
    const rare = [...common, 'eliminate-dead-channels'].filter((name) => (fired.get(name) ?? 0) < 5);
    expect(rare, 'rules that hardly ever fired').toEqual([]);
  });

  test('a second time nothing is left to do', () => {
    for (let seed = 0; seed < 200; seed++) {
      const once = optimize(randomGraph(seed, ours(seed))).graph;
      expect(optimize(once).applied, `graph ${seed}`).toEqual([]);
    }
  });
});
