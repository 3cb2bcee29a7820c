import { type CheckedSet, type SampleFinding, someOf } from './finding.ts';

/** Classes that the calibration never sees, and samples in the order of their classes where that does harm. */
export function unevenClasses({ samples, labels, orderMatters }: CheckedSet): readonly SampleFinding[] {
  const known = labels.flatMap((label) => (label === null ? [] : [label]));
  if (known.length < labels.length) return [];
  const all = new Set(known);
  const seen = new Set(samples.map(({ label }) => label));
  const missing = [...all].filter((label) => !seen.has(label)).sort((a, b) => a - b);
  const sorted = isSorted(known);
  if (missing.length > 0) {
    return [
      {
        code: 'samples-classes',
        where: 'samples',
        what: `calibration sees ${seen.size} of ${all.size} classes, and not ${someOf(missing.map(String))}${sorted ? '; the samples are sorted by class' : ''}`,
        advice: 'calibrate on more of them, or choose by --select',
        samples: [],
      },
    ];
  }
  if (!sorted || !orderMatters) return [];
  return [
    {
      code: 'samples-sorted',
      where: 'samples',
      what: `they come class after class, ${all.size} in all: a moving average of ranges is that of the last ones`,
      advice:
        'shuffle them, or use another --ranges than moving-average; a part of them should be taken evenly, as --calibrate does',
      samples: [],
    },
  ];
}

/** Whether the samples of each class stand together, with several classes of several samples. */
export function isSorted(labels: readonly number[]): boolean {
  const classes = new Set(labels).size;
  const changes = labels.filter((label, i) => i > 0 && label !== labels[i - 1]).length;
  return classes > 1 && labels.length >= 4 * classes && changes === classes - 1;
}
