import { isGain, type MetricName, metricNames, type Reading } from './readings.ts';

/** One number in both reports; null in the report that does not have it. */
export interface ReadingPair {
  readonly metric: MetricName;
  readonly of: string | null;
  readonly how: string | null;
  /** `of` for people: with `how` where a target runs in several ways. */
  readonly label: string | null;
  readonly before: Reading | null;
  readonly after: Reading | null;
}

/** The numbers of two reports side by side, in the order of the metrics. What `before` and `after` share goes together by metric, part and way to run. */
export function pairReadings(before: readonly Reading[], after: readonly Reading[]): readonly ReadingPair[] {
  return metricNames.flatMap((metric) => {
    const isOne = (one: Reading) => one.metric === metric;
    return pairsOf(before.filter(isOne), after.filter(isOne));
  });
}

function pairsOf(before: readonly Reading[], after: readonly Reading[]): readonly ReadingPair[] {
  const byWay = joined(before, after, ({ of, how }) => JSON.stringify([of, how]));
  // A target that runs another way now is still the same target.
  const byPart = joined(byWay.left, byWay.right, ({ of }) => JSON.stringify(of));
  const partners = new Map([...byWay.pairs, ...byPart.pairs]);
  const pairs = [
    ...before.map((one) => ({ before: one, after: partners.get(one) ?? null, one: partners.get(one) ?? one })),
    ...byPart.right.map((one) => ({ before: null, after: one, one })),
  ];
  const ways = new Map<string | null, number>();
  for (const { one } of pairs) ways.set(one.of, (ways.get(one.of) ?? 0) + 1);
  return pairs.map(({ one: { metric, of, how }, ...both }): ReadingPair => {
    const isOne = how === null || ways.get(of) === 1;
    return { metric, of, how, label: isOne ? of : `${of} (${how})`, ...both };
  });
}

/** Equal keys, the first with the first; and what is left over on both sides. */
function joined(before: readonly Reading[], after: readonly Reading[], keyOf: (reading: Reading) => string) {
  const waiting = new Map<string, Reading[]>();
  for (const one of after) {
    const queue = waiting.get(keyOf(one));
    if (queue === undefined) waiting.set(keyOf(one), [one]);
    else queue.push(one);
  }
  const pairs = new Map<Reading, Reading>();
  for (const one of before) {
    const partner = waiting.get(keyOf(one))?.shift();
    if (partner !== undefined) pairs.set(one, partner);
  }
  const taken = new Set(pairs.values());
  return { pairs, left: before.filter((one) => !pairs.has(one)), right: after.filter((one) => !taken.has(one)) };
}

/** Whether the two numbers differ; one that appears or goes away does. */
export function isChange({ before, after }: ReadingPair): boolean {
  return before === null || after === null || before.value !== after.value;
}

/** How much worse the second is, in its unit: negative where it is better. */
export function worsening(metric: MetricName, before: number, after: number): number {
  return isGain(metric) ? before - after : after - before;
}

/**
 * Whether the difference may be none, because one of the numbers lies within the error of the other; null where neither has an error. Two estimates of one
 * target err alike, so that a difference within the error may be real all the same.
 */
export function isWithinError({ before, after }: ReadingPair): boolean | null {
  if (before === null || after === null) return null;
  if (before.range === null && after.range === null) return null;
  const holds = (range: Reading['range'], value: number) => range !== null && value >= range.low && value <= range.high;
  return holds(before.range, after.value) || holds(after.range, before.value);
}
