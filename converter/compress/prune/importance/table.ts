import { activation, variance } from './activation.ts';
import { attribution } from './attribution.ts';
import { reconstruction } from './reconstruction.ts';
import type { ScoreContext, ScoreDefinition, Scorer } from './score.ts';
import { bnScale, l1, l2, random } from './weights.ts';

/** All scores by name. */
export const scores = {
  reconstruction,
  attribution,
  activation,
  variance,
  l1,
  l2,
  'bn-scale': bnScale,
  random,
} as const satisfies Readonly<Record<string, ScoreDefinition>>;

export type ScoreName = keyof typeof scores;

export const scoreNames: readonly ScoreName[] = [
  'reconstruction',
  'attribution',
  'activation',
  'variance',
  'l1',
  'l2',
  'bn-scale',
  'random',
];

/** Scores with their weights; `reconstruction+0.5*activation` has two. */
export type WeightedScores = readonly { readonly name: ScoreName; readonly weight: number }[];

/** Whether one of them looks at samples. */
export function needSamples(wanted: WeightedScores): boolean {
  return wanted.some(({ name }) => scores[name].needsSamples);
}

/**
 * One scorer out of several: the weighted sum of the scores, each divided by its mean over the units of the group, as it was
 * before any of them left. So each score counts by its weight, and layers are alike.
 *
 * @param compared whether scores of layers are compared as they are; else a single score needs no common measure
 */
export function composedScorer(wanted: WeightedScores, context: ScoreContext, compared: boolean): Scorer {
  const parts = wanted.map(({ name, weight }) => ({ weight, scorer: scores[name].prepare(context) }));
  const [only] = parts;
  if (only !== undefined && parts.length === 1 && !compared) return only.scorer;
  const normal = parts.map(({ weight, scorer }) => {
    const means = new Map(
      context.groups.groups.map((group) => {
        let sum = 0;
        for (let unit = 0; unit < group.units; unit++) sum += scorer.scoreOf(group, unit, context.columns);
        return [group.id, sum / group.units] as const;
      }),
    );
    return (...[group, unit, columns]: Parameters<Scorer['scoreOf']>) => {
      const mean = means.get(group.id) ?? 0;
      return mean === 0 ? 0 : (weight * scorer.scoreOf(group, unit, columns)) / mean;
    };
  });
  return {
    scoreOf: (...of) => normal.reduce((sum, part) => sum + part(...of), 0),
    changes: parts.some(({ scorer }) => scorer.changes),
    classesOf: parts.find(({ scorer }) => scorer.classesOf !== null)?.scorer.classesOf ?? null,
  };
}
