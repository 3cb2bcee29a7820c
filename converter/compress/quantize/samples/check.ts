import { valueById } from '../../../ir/graph.ts';
import { tooFew } from './amount.ts';
import { unevenClasses } from './classes.ts';
import type { CheckedSet, SampleFinding } from './finding.ts';
import { wrongLayout } from './layout.ts';
import { outliers } from './outliers.ts';
import { skewedPartitions } from './partitions.ts';
import { constantInputs, wrongRange } from './value-range.ts';

const checks: readonly ((set: CheckedSet) => readonly SampleFinding[])[] = [
  wrongRange,
  wrongLayout,
  notFinite,
  constantInputs,
  tooFew,
  unevenClasses,
  outliers,
  skewedPartitions,
  twins,
];

/** What is likely to be wrong with calibration samples, the gravest first. */
export function checkSamples(set: CheckedSet): readonly SampleFinding[] {
  return checks.flatMap((check) => check(set));
}

/** Tensors with values that are no numbers: their ranges come from the others. */
function notFinite({ graph, statistics }: CheckedSet): readonly SampleFinding[] {
  const bad = [...statistics].filter(([, found]) => found.notFinite > 0);
  const [first] = bad;
  if (first === undefined) return [];
  const what = `${first[1].notFinite} values are NaN or infinite, and so in ${bad.length} tensors in all`;
  const advice = 'the float model fails on these samples: check how files become inputs, and the model';
  const where = `tensor "${valueById(graph, first[0]).name}"`;
  return [{ code: 'activations-not-finite', where, what, advice, samples: [] }];
}

/** Samples with equal inputs: they count twice. */
function twins({ samples }: CheckedSet): readonly SampleFinding[] {
  const groups = new Map<string, string[]>();
  for (const { digest, name } of samples) groups.set(digest, [...(groups.get(digest) ?? []), name]);
  const same = [...groups.values()].filter((names) => names.length > 1);
  if (same.length === 0) return [];
  const superfluous = same.reduce((sum, names) => sum + names.length - 1, 0);
  const what = `${superfluous} of ${samples.length} are equal to another one`;
  const advice = 'leave them out; they count twice';
  return [{ code: 'samples-equal', where: 'samples', what, advice, samples: same.flat() }];
}
