import { invariant } from '../converter/problem.ts';
import type { OutputTensor } from './output/save.ts';
import { topValues } from './values.ts';

/** How many samples a model got right. */
export interface Accuracy {
  readonly total: number;
  /** Samples whose largest value is that of their class. */
  readonly top1: number;
  /** Samples whose class is among the five largest values; null for models of fewer than 100 classes. */
  readonly top5: number | null;
}

/** Below this many classes nobody counts the top five. */
const top5Classes = 100;

/** Counts the right answers. `outputs` are the class values of each sample; among equal values the lower class wins. */
export function accuracyOf(outputs: readonly OutputTensor[], labels: readonly number[]): Accuracy {
  invariant(outputs.length === labels.length, `${outputs.length} outputs for ${labels.length} labels`);
  const best = outputs.map((output) => topValues(output, 5).map(({ index }) => index));
  const right = (depth: number) => best.filter((list, i) => list.slice(0, depth).includes(labels[i] ?? -1)).length;
  const classes = outputs[0]?.data.length ?? 0;
  return { total: labels.length, top1: right(1), top5: classes >= top5Classes ? right(5) : null };
}
