import { describe, expect, it } from 'vitest';
import { fastExecutor } from '../../../../cli/quantize/executor.ts';
import { defaultPruneOptions } from '../../../../converter/compress/prune/options.ts';
import { pruneGraph } from '../../../../converter/compress/prune/prune-graph.ts';
import { judgeOf } from '../../../../converter/compress/prune/report/judge.ts';
import { tune, tuneProblems } from '../../../../converter/compress/prune/tune/tune.ts';
import { printGraph } from '../../../../converter/ir/print.ts';
import { Layers, smallCnn, smoothInputs } from '../small-cnn.ts';

const samples = smoothInputs([1, 6, 6, 2], 24);
const judged = smoothInputs([1, 6, 6, 2], 16, 9).map((load, i) => ({ name: `${i}`, label: null, load }));
const whole = smallCnn();

describe('tuning', () => {
  it('brings a pruned model nearer to the float model, on other samples too', () => {
    const { curve } = pruneGraph(
      whole,
      { ...defaultPruneOptions, ratio: 0.4, repairPasses: 0, tuneSteps: 30 },
      { samples, execute: fastExecutor, judge: judgeOf(whole, judged, fastExecutor, null), onProgress: () => {} },
    );
    const [pruned, tuned] = curve.slice(-2).map(({ outputError }) => outputError ?? 0);
    expect(tuned).toBeLessThan(0.5 * (pruned ?? 0));
  });

  it('is deterministic, and leaves a graph alone that is as good as the float one', () => {
    const options = { steps: 3, variations: null, seed: 1 };
    expect(tune(whole, whole, samples, fastExecutor, options).graph).toBe(whole);
    const moved = smallCnn(7);
    const [a, b] = [0, 1].map(() => printGraph(tune(whole, moved, samples, fastExecutor, options).graph));
    expect(a).toBe(b);
    expect(a).not.toBe(printGraph(moved));
  });

  it('is refused where no gradient passes', () => {
    expect(tuneProblems(whole)).toEqual([]);
    const layers = new Layers(1);
    const x = layers.conv('first', layers.input([1, 6, 6, 2]), 2, 3);
    const attributes = { kind: 'sum', axis: 3, exclusive: false, reverse: false } as const;
    const sums = layers.node('running', { type: 'cumulative', attributes }, [x]);
    const graph = layers.finish(layers.conv('second', sums, 2, 1));
    expect(tuneProblems(graph).map(({ what }) => what)).toEqual(['no gradient passes running']);
  });
});
