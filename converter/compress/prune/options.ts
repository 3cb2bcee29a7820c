import type { WeightedScores } from './importance/table.ts';
import type { Goal } from './targets/goal.ts';
import type { Variation } from './tune/vary.ts';

/** A share of the units of the groups whose names fit a pattern; `*` stands for anything. */
export interface LayerShare {
  readonly pattern: string;
  readonly share: number;
}

/** How a graph is pruned. */
export interface PruneOptions {
  /** What ranks units. */
  readonly scores: WeightedScores;
  /** Answers, as elements of the output, that attribution counts; null for all that the model gives on the samples. */
  readonly classes: readonly number[] | null;
  /** What must come down; may be empty where `ratio` or `layers` say how much leaves. */
  readonly goals: readonly Goal[];
  /** Share of the units that leaves every group; null where goals decide. */
  readonly ratio: number | null;
  /** Groups with a share of their own, which goals do not touch. */
  readonly layers: readonly LayerShare[];
  /** Patterns of groups that stay whole. */
  readonly keep: readonly string[];
  /** A multiple of this many units stays, so that kernels have full tiles. */
  readonly round: number;
  /** Least-squares passes at the end; 0 for no repair at all. */
  readonly repairPasses: number;
  /** Steps of gradient descent on all weights at once, behind the last repair; 0 for none. */
  readonly tuneSteps: number;
  /** How samples are varied for these steps; null for what is usual for their shapes. */
  readonly variations: readonly Variation[] | null;
  /** Prunings with a repair behind each; null leaves it to the share that has to go. */
  readonly stages: number | null;
  /** Whether importance is scaled by what trials of each group did to the outputs; needs samples. */
  readonly allocation: 'measured' | 'equal';
  /** Of random scores, and of the order of samples in tuning. */
  readonly seed: number;
}

export const defaultPruneOptions: PruneOptions = {
  scores: [{ name: 'reconstruction', weight: 1 }],
  classes: null,
  goals: [],
  ratio: null,
  layers: [],
  keep: [],
  round: 1,
  repairPasses: 1,
  tuneSteps: 0,
  variations: null,
  stages: null,
  allocation: 'measured',
  seed: 1,
};
