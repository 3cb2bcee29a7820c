import { describe, expect, it } from 'vitest';
import { fastExecutor } from '../../../cli/quantize/executor.ts';
import { scoreNames } from '../../../converter/compress/prune/importance/table.ts';
import { defaultPruneOptions, type PruneOptions } from '../../../converter/compress/prune/options.ts';
import { type PrunedGraph, pruneGraph } from '../../../converter/compress/prune/prune-graph.ts';
import { judgeOf } from '../../../converter/compress/prune/report/judge.ts';
import type { Goal } from '../../../converter/compress/prune/targets/goal.ts';
import { macsOf } from '../../../converter/compress/prune/targets/work.ts';
import type { Graph } from '../../../converter/ir/graph.ts';
import { typeOf } from '../../../converter/ir/graph.ts';
import { printGraph } from '../../../converter/ir/print.ts';
import { ProblemError } from '../../../converter/problem.ts';
import { Layers, smallCnn, smoothInputs } from './small-cnn.ts';
import { byteSize, perTensorType } from './types.ts';

const samples = smoothInputs([1, 6, 6, 2], 24);
const judged = smoothInputs([1, 6, 6, 2], 16, 9).map((load, i) => ({ name: `${i}`, label: null, load }));
const graph = smallCnn();

const macs = (share: number): Goal => ({ kind: 'macs', text: `--macs ${100 * share}%`, bound: { share } });

function prune(options: Partial<PruneOptions>, given = samples, source: Graph = graph): PrunedGraph {
  return pruneGraph(
    source,
    { ...defaultPruneOptions, ...options },
    {
      samples: given,
      execute: fastExecutor,
      judge: judgeOf(source, given.length === 0 ? [] : judged, fastExecutor, null),
      onProgress: () => {},
    },
  );
}

function problemsOf(work: () => unknown) {
  try {
    work();
  } catch (error) {
    if (error instanceof ProblemError) return error.problems;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('pruning a graph', () => {
  it('meets a bound, repairs, and is nearer to the float model than weights alone and chance', () => {
    const ours = prune({ goals: [macs(0.6)], stages: 2 });
    expect(ours.outcomes.map(({ met }) => met)).toEqual([true]);
    expect(macsOf(ours.graph)).toBeLessThanOrEqual(0.6 * macsOf(graph));
    expect(macsOf(ours.graph)).toBeGreaterThan(0.5 * macsOf(graph));
    const error = ({ curve }: PrunedGraph) => curve.at(-1)?.outputError ?? 0;
    const plain = { goals: [macs(0.6)], repairPasses: 0, allocation: 'equal' } as const;
    expect(error(ours)).toBeLessThan(0.5 * error(prune({ ...plain, scores: [{ name: 'l1', weight: 1 }] })));
    expect(error(ours)).toBeLessThan(0.5 * error(prune({ ...plain, scores: [{ name: 'random', weight: 1 }] })));
    expect(ours.curve.length).toBeGreaterThan(2);
  });

  it('is deterministic', () => {
    const [a, b] = [0, 1].map(() => printGraph(prune({ goals: [macs(0.7)], stages: 1 }).graph));
    expect(a).toBe(b);
  });

  it.each(scoreNames.filter((name) => name !== 'bn-scale'))('ranks by %s', (name) => {
    const options = { scores: [{ name, weight: 1 }], ratio: 0.25, stages: 1 } as const;
    const { groups } = prune(options);
    for (const { unitsBefore, unitsAfter } of groups) expect(unitsAfter).toBe(Math.ceil(0.75 * unitsBefore));
  });

  it('ranks by several scores, and by class', () => {
    const pruned = prune({
      scores: [
        { name: 'reconstruction', weight: 1 },
        { name: 'attribution', weight: 0.5 },
      ],
      goals: [macs(0.8)],
    });
    expect(pruned.outcomes[0]?.met).toBe(true);
    const [group] = pruned.groups;
    expect(group?.byClass?.length).toBeGreaterThan(0);
    for (const { answer, scores } of group?.byClass ?? []) {
      expect(answer).toBeLessThan(4);
      expect(scores).toHaveLength(group?.unitsBefore ?? 0);
    }
  });

  it('keeps layers whole, gives others a share of their own, and leaves multiples', () => {
    const { groups } = prune({
      goals: [macs(0.7)],
      keep: ['inner'],
      layers: [{ pattern: 'righ*', share: 0.5 }],
      round: 2,
    });
    const left = new Map(groups.map(({ name, unitsAfter }) => [name, unitsAfter]));
    expect(left.get('inner')).toBe(6);
    expect(left.get('right')).toBe(4);
    for (const { name, unitsAfter, unitsBefore } of groups) {
      if (unitsAfter < unitsBefore) expect(unitsAfter % 2, name).toBe(0);
    }
  });

  it('takes first what makes the memory of a planner full', () => {
    const size = (of: Graph) =>
      Math.max(...of.nodes.flatMap(({ outputs }) => outputs.map((id) => byteSize(typeOf(of, id)))));
    const probe = (of: Graph) => {
      const value = size(of);
      const all = of.nodes.flatMap(({ outputs }) => outputs);
      return { value, culprits: new Set(all.filter((id) => byteSize(typeOf(of, id)) === value)) };
    };
    const bytes = 0.75 * size(graph);
    const { graph: pruned, groups } = prune({
      goals: [{ kind: 'sram', text: '--sram', bound: { absolute: bytes }, probe }],
    });
    expect(size(pruned)).toBeLessThanOrEqual(bytes);
    const left = new Map(groups.map(({ name, unitsBefore, unitsAfter }) => [name, unitsBefore - unitsAfter]));
    expect(left.get('left')).toBe(0);
    expect(left.get('right')).toBe(0);
  });

  it('gives the nearest model where a bound is out of reach', () => {
    const { outcomes, groups } = prune({ goals: [macs(0.01)], stages: 1, repairPasses: 0 });
    expect(outcomes[0]?.met).toBe(false);
    for (const { unitsAfter } of groups) expect(unitsAfter).toBe(2);
  });
});

describe('what is not pruned', () => {
  const l1 = { scores: [{ name: 'l1', weight: 1 }], repairPasses: 0, allocation: 'equal', ratio: 0.5 } as const;

  it('says which scores do without samples', () => {
    const [problem] = problemsOf(() => prune({ ratio: 0.5 }, []));
    expect(problem?.code).toBe('prune-samples');
    expect(problem?.what).toContain('reconstruction');
    expect(problem?.advice).toContain('l1, l2, bn-scale, random');
    expect(problemsOf(() => prune({ ...l1, repairPasses: 1 }, []))[0]?.what).toContain('repair');
    expect(prune(l1, []).groups.every(({ unitsAfter, unitsBefore }) => unitsAfter <= Math.ceil(unitsBefore / 2))).toBe(
      true,
    );
  });

  it('says that a quantized model is pruned before', () => {
    const values = new Map([...graph.values].map(([id, value]) => [id, { ...value, type: perTensorType(value.type) }]));
    const problems = problemsOf(() => prune(l1, [], { ...graph, values }));
    expect(problems[0]).toMatchObject({ code: 'prune-quantized', advice: expect.stringContaining('--quantize int8') });
  });

  it('says that the scales of batch normalizations are folded away', () => {
    const problems = problemsOf(() => prune({ ...l1, scores: [{ name: 'bn-scale', weight: 1 }] }));
    expect(problems[0]?.what).toContain('folded');
  });

  it('names layers that are like the one asked for', () => {
    const problems = problemsOf(() =>
      prune({ ...l1, keep: ['iner', 'nothing like it'], layers: [{ pattern: 'lef', share: 0.5 }] }),
    );
    expect(problems.map(({ where }) => where)).toEqual(['--keep iner', '--keep nothing like it', '--per-layer lef']);
    expect(problems[0]?.advice).toContain('did you mean inner?');
  });

  it('says what holds the channels of a model without groups', () => {
    const layers = new Layers(2);
    const single = layers.finish(layers.conv('only', layers.input([1, 6, 6, 2]), 3, 1));
    const problems = problemsOf(() => prune(l1, [], single));
    expect(problems[0]).toMatchObject({ code: 'prune-nothing' });
    expect(problems[0]?.what).toContain('output');
  });
});
