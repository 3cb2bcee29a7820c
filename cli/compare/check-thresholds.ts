import type { Comparison } from './comparison.ts';
import { type ReadingPair, worsening } from './metric-changes.ts';
import { isGain, type MetricName } from './readings.ts';
import type { Threshold } from './thresholds.ts';

/** What became of a threshold for one number. `unknown` fails as well: a number that is not there cannot be within anything. */
export type ThresholdCheck =
  | {
      readonly status: 'within' | 'exceeded';
      readonly threshold: Threshold;
      readonly pair: ReadingPair;
      readonly most: number;
    }
  | { readonly status: 'unknown'; readonly threshold: Threshold; readonly what: string; readonly advice: string };

/** Every threshold against every number that it names; a target may have several ways to run. */
export function checkThresholds(
  thresholds: readonly Threshold[],
  { readings, isOneKind }: Pick<Comparison, 'readings' | 'isOneKind'>,
): readonly ThresholdCheck[] {
  return thresholds.flatMap((threshold) => {
    const { metric, of } = threshold;
    const named = readings.filter((pair) => {
      if (pair.metric !== metric) return false;
      // Without a name all targets of a latency are meant, and of sizes the sum.
      return of === null ? metric === 'latency' || pair.of === null : pair.of === of;
    });
    if (named.length === 0) return [nowhere(threshold, readings)];
    return named.map((pair) => {
      const check = checkOne(threshold, pair);
      const isOther = !isOneKind && ofPackages.has(metric) && threshold.bound.kind !== 'limit';
      return isOther && check.status !== 'unknown' ? unknown(threshold, otherKind, metric) : check;
    });
  });
}

/** What a C package and a WASM bundle each have their own of: a change from one to the other says nothing of the model. */
const ofPackages: ReadonlySet<MetricName> = new Set(['arena', 'state', 'size', 'gzip']);
const otherKind = 'one report is of a C package, the other of WASM';

function checkOne(threshold: Threshold, pair: ReadingPair): ThresholdCheck {
  const { metric, bound } = threshold;
  const { before, after } = pair;
  const name = nameOf(pair);
  if (after === null) return unknown(threshold, `the second report has no ${name}`, metric);
  if (bound.kind !== 'limit' && before === null) return unknown(threshold, `the first report has no ${name}`, metric);
  const most = mostOf(threshold, before?.value ?? 0);
  // Sums and quotients of decimals miss their values in the last digits, which must not decide.
  const slack = 1e-9 * Math.abs(most);
  const isExceeded = worsening(metric, most, after.value) > slack;
  return { status: isExceeded ? 'exceeded' : 'within', threshold, pair, most };
}

/** The last value that is within the threshold, in the unit of the metric. */
function mostOf({ metric, bound }: Threshold, before: number): number {
  const sign = isGain(metric) ? -1 : 1;
  switch (bound.kind) {
    case 'relative':
      return before * (1 + sign * bound.value);
    case 'change':
      return before + sign * bound.value;
    case 'limit':
      return bound.value;
    default:
      return bound.kind satisfies never;
  }
}

function nowhere(threshold: Threshold, readings: readonly ReadingPair[]): ThresholdCheck {
  const { metric, of } = threshold;
  if (of === null) return unknown(threshold, `neither report has ${metric}`, metric);
  const known = [...new Set(readings.flatMap((pair) => (pair.metric === metric && pair.of !== null ? [pair.of] : [])))];
  const what = `neither report has ${metric} of ${JSON.stringify(of)}`;
  if (known.length === 0) return unknown(threshold, what, metric);
  return { status: 'unknown', threshold, what, advice: `they have ${known.slice(0, 8).join('; ')}` };
}

function unknown(threshold: Threshold, what: string, metric: MetricName): ThresholdCheck {
  return { status: 'unknown', threshold, what, advice: advice[metric] };
}

function nameOf({ metric, of, how }: ReadingPair): string {
  return `${metric}${of === null ? '' : ` of ${JSON.stringify(of)}`}${how === null ? '' : ` (${how})`}`;
}

const stack =
  'make both reports with --target of a microcontroller whose stack is known (Cortex-M3, M4, M7, M33), or bound the arena';
const size = 'make both reports of the same kind of package, by --to c or --to wasm';
const always = 'make the reports again with this thimble';

/** How a report comes to have the number. */
const advice: { readonly [M in MetricName]: string } = {
  accuracy: 'make both reports with --test SAMPLES whose classes are known, by --labels or the names of folders',
  agreement: 'make both reports with --test SAMPLES and --before MODEL, or with --quantize or --prune',
  latency: 'make both reports with --target NAME',
  sram: stack,
  arena: size,
  stack,
  state: size,
  size,
  gzip: 'make both reports with --to wasm: C packages are not compressed',
  file: 'make both reports of model files, not of packages',
  parameters: always,
  macs: always,
};

/** How the whole ends: `unknown` where a threshold could not be checked, which is worse than one that is exceeded. */
export function outcomeOf(checks: readonly ThresholdCheck[]): ThresholdCheck['status'] {
  const has = (status: ThresholdCheck['status']) => checks.some((check) => check.status === status);
  return has('unknown') ? 'unknown' : has('exceeded') ? 'exceeded' : 'within';
}
