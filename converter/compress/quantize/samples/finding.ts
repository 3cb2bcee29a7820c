import type { Graph } from '../../../ir/graph.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import type { Statistics } from '../calibrate.ts';

/** Something about the samples that is likely to cost accuracy. The work goes on. */
export interface SampleFinding {
  /** Stable kebab-case id: `samples-too-few`. */
  readonly code: string;
  /** What it concerns: samples, a tensor, an input, a folder. */
  readonly where: string;
  /** What is so, with the facts. */
  readonly what: string;
  /** What to do. */
  readonly advice: string;
  /** Names of the samples that are to blame; empty where all are. */
  readonly samples: readonly string[];
}

/** A calibration sample, as far as it is looked at. */
export interface CheckedSample {
  readonly name: string;
  readonly label: number | null;
  /** What may differ from others as a whole: a folder. */
  readonly partition: string;
  /** Equal for equal inputs. */
  readonly digest: string;
  readonly load: () => readonly Tensor[];
}

/** What is looked at to judge samples. */
export interface CheckedSet {
  /** The float model. */
  readonly graph: Graph;
  /** Of `graph`, by `samples` in their order. */
  readonly statistics: Statistics;
  /** Those of the calibration. */
  readonly samples: readonly CheckedSample[];
  /** Classes of all samples that there are, in their order, those left out of the calibration too. */
  readonly labels: readonly (number | null)[];
  /** Whether ranges depend on the order of samples, as a moving average does. */
  readonly orderMatters: boolean;
}

/** `a, b and 3 more`. */
export function someOf(names: readonly string[], shown = 5): string {
  const more = names.length > shown ? ` and ${names.length - shown} more` : '';
  return names.slice(0, shown).join(', ') + more;
}
