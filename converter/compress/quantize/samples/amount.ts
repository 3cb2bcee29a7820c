import { generator } from '../report/bootstrap.ts';
import type { SampleTraits } from '../statistics/tensor-statistics.ts';
import type { CheckedSet, SampleFinding } from './finding.ts';
import { median } from './robust.ts';

/** Fewer samples than this say nothing, whatever their ranges do. */
const fewest = 16;

/** Ranges of all samples over those of halves, from which on they have not settled. */
const settled = 1.08;

/** Halves whose ranges are looked at. */
const draws = 16;

/** Too few samples: where the ranges of all are much wider than those of either half, the next ones would widen them again. */
export function tooFew({ statistics, samples }: CheckedSet): readonly SampleFinding[] {
  const growth = median([...statistics.values()].map(({ traits }) => growthOf(traits)));
  if (samples.length >= fewest && !(growth > settled)) return [];
  const count = `${samples.length} sample${samples.length === 1 ? '' : 's'}`;
  const grown = samples.length < 4 ? '' : `: ranges are ${percent(growth - 1)} wider than those of either half of them`;
  return [
    {
      code: 'samples-too-few',
      where: 'samples',
      what: `${count} leave the ranges to chance${grown}`,
      advice: `give more: twice as many, or some 100; values beyond the ranges will be clipped`,
      samples: [],
    },
  ];
}

/** Width of the range of all samples over the mean width of those of halves drawn by chance; 1 for a constant tensor. */
export function growthOf({ min, max }: SampleTraits): number {
  const widthOf = (isIn: (i: number) => boolean) => {
    let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let i = 0; i < min.length; i++) {
      if (!isIn(i)) continue;
      low = Math.min(low, min[i] ?? low);
      high = Math.max(high, max[i] ?? high);
    }
    return Math.max(0, high - low);
  };
  const next = generator(min.length);
  let sum = 0;
  for (let draw = 0; draw < draws; draw++) {
    const half = Array.from(min, () => next());
    const middle = median(half);
    sum += widthOf((i) => (half[i] ?? 0) < middle);
  }
  return sum === 0 ? 1 : (draws * widthOf(() => true)) / sum;
}

const percent = (share: number) => `${Math.round(100 * share)} %`;
