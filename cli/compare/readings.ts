import type { Report, ReportLatency } from '../report/schema.ts';

/** What a number counts; shares are from 0 to 1. */
export type Unit = 'bytes' | 'us' | 'count' | 'share';

/** The numbers that are compared and that thresholds name, the most important first. */
export const metrics = {
  accuracy: { title: 'right answers', unit: 'share', isHeadline: true },
  agreement: { title: 'same answers as before', unit: 'share', isHeadline: true },
  latency: { title: 'latency', unit: 'us', isHeadline: true },
  sram: { title: 'SRAM in all', unit: 'bytes', isHeadline: true },
  arena: { title: 'arena', unit: 'bytes', isHeadline: true },
  stack: { title: 'stack (bound)', unit: 'bytes', isHeadline: false },
  state: { title: 'state', unit: 'bytes', isHeadline: false },
  size: { title: 'size in all', unit: 'bytes', isHeadline: true },
  gzip: { title: 'size in all, gzip', unit: 'bytes', isHeadline: true },
  file: { title: 'model file', unit: 'bytes', isHeadline: false },
  parameters: { title: 'parameters', unit: 'bytes', isHeadline: true },
  macs: { title: 'MACs', unit: 'count', isHeadline: true },
} as const satisfies { readonly [name: string]: { title: string; unit: Unit; isHeadline: boolean } };

export type MetricName = keyof typeof metrics;

export const metricNames = Object.keys(metrics) as readonly MetricName[];

/** Metrics of which a report has one for each target or each part. */
export type PartedMetric = 'latency' | 'size' | 'gzip';

export function isParted(name: MetricName): name is PartedMetric {
  return name === 'latency' || name === 'size' || name === 'gzip';
}

/** More of these is better. */
export function isGain(name: MetricName): boolean {
  return name === 'accuracy' || name === 'agreement';
}

/** One number of a report. */
export interface Reading {
  readonly metric: MetricName;
  /** The target of a latency, the part of a size; null of what there is one of. */
  readonly of: string | null;
  /** How a latency runs on its target: `cortex-m4`, `dot, 1 thread`. */
  readonly how: string | null;
  readonly value: number;
  /** Where the number has an error: what it may be as well. */
  readonly range: { readonly low: number; readonly high: number } | null;
  /** What the number stands for, where it is a share: `358 of 360`. */
  readonly detail: string | null;
}

/** All numbers that the report knows, in the order of {@link metrics}. */
export function readingsOf(report: Report): readonly Reading[] {
  const { memory, accuracy, model, sizes } = report;
  const right = accuracy?.right ?? null;
  const same = accuracy?.agreeing ?? null;
  return [
    ...(right === null ? [] : shareReading('accuracy', right.now, right.of)),
    ...(same === null ? [] : shareReading('agreement', same.same, same.of)),
    ...report.latency.map(latencyReading),
    ...known('sram', memory.sramBytes),
    ...known('arena', memory.arenaBytes),
    ...known('stack', memory.stackBytes),
    ...known('state', memory.stateBytes),
    ...sizeReadings(
      'size',
      sizes.parts.map(({ name, bytes }) => ({ name, bytes })),
    ),
    ...sizeReadings(
      'gzip',
      sizes.parts.map(({ name, gzipBytes }) => ({ name, bytes: gzipBytes })),
    ),
    ...known('file', sizes.modelFileBytes),
    ...known('parameters', model.parameterBytes),
    ...known('macs', model.macs),
  ];
}

function known(metric: MetricName, value: number | null): readonly Reading[] {
  return value === null ? [] : [{ metric, of: null, how: null, value, range: null, detail: null }];
}

/** Of no samples nothing is known. */
function shareReading(metric: MetricName, part: number, whole: number): readonly Reading[] {
  if (whole === 0) return [];
  return [{ metric, of: null, how: null, value: part / whole, range: null, detail: `${part} of ${whole}` }];
}

function latencyReading({ target, how, us, rangeUs: { low, high } }: ReportLatency): Reading {
  // A range of no width says that nothing is known of the error, not that there is none.
  const range = high > low ? { low, high } : null;
  return { metric: 'latency', of: target, how, value: us, range, detail: null };
}

/** The sum of all parts, where all are known, and each part. */
function sizeReadings(
  metric: 'size' | 'gzip',
  parts: readonly { readonly name: string; readonly bytes: number | null }[],
): readonly Reading[] {
  const each = parts.flatMap(({ name, bytes }) => known(metric, bytes).map((one) => ({ ...one, of: name })));
  if (parts.length === 0 || each.length < parts.length) return each;
  const sum = each.reduce((total, { value }) => total + value, 0);
  return [...known(metric, sum), ...each];
}
