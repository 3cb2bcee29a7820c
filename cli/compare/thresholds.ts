import { type Problem, ProblemError } from '../../converter/problem.ts';
import { parseDuration } from '../estimate/duration.ts';
import { parseBytes } from '../options/bytes.ts';
import { nearest, UsageError } from '../usage.ts';
import { isGain, isParted, type MetricName, metricNames, metrics, type Unit } from './readings.ts';

/**
 * How much is too much. `relative` and `change` bound how much worse the second report may be (0.02 is 2 %; in the metric's unit), `limit` bounds
 * its number: from above what costs, from below what is a gain.
 */
export type Bound = { readonly kind: 'relative' | 'change' | 'limit'; readonly value: number };

/** One threshold as it was given. */
export interface Threshold {
  /** `latency:nano33ble=+5%`. */
  readonly text: string;
  readonly metric: MetricName;
  /** A target, or a part of the size; null where all targets, or the sum, is meant. */
  readonly of: string | null;
  readonly bound: Bound;
}

const forms: { readonly [U in Unit]: string } = {
  bytes: '+2%, +512, +1k or 64k',
  us: '+5%, +200us or 20ms',
  count: '+5%, +10000 or 3M',
  share: '-0.5 (it may fall by half a point) or 95%',
};

const examples = '"arena=+2%", "sram=64k", "latency:nano33ble=+5%" or "accuracy=-0.5"';

/** The thresholds of all `--max` options. Throws ProblemError with everything that is none. */
export function parseThresholds(texts: readonly string[]): readonly Threshold[] {
  return parsed(texts.flatMap(split).map((text) => ({ text, where: `--max ${JSON.stringify(text)}` })));
}

/** {@link parseThresholds} of texts that each are one threshold and have a place of their own. */
export function parsed(given: readonly { readonly text: string; readonly where: string }[]): readonly Threshold[] {
  const results = given.map(({ text, where }) => parseThreshold(text, where));
  const problems = results.flatMap((one) => ('what' in one ? [one] : []));
  if (problems.length > 0) throw new ProblemError(problems);
  return results.flatMap((one) => ('what' in one ? [] : [one]));
}

/** At commas; not at those in the name of a part (`size:code, dot=+1k`). */
function split(text: string): readonly string[] {
  const parts: string[] = [];
  for (const part of text.split(',')) {
    const last = parts.at(-1);
    if (last?.includes(':') && !last.includes('=')) parts[parts.length - 1] = `${last},${part}`;
    else parts.push(part);
  }
  return parts.map((part) => part.trim());
}

function parseThreshold(text: string, where: string): Threshold | Problem {
  const problem = (what: string, advice: string): Problem => ({ code: 'threshold', where, what, advice });
  const [, word = '', part, value = ''] = /^([A-Za-z-]+)\s*(?::\s*([^=]*?))?\s*=\s*(.*)$/s.exec(text) ?? [];
  if (word === '') return problem('it is no threshold', `write ${examples}`);
  const metric = metricNames.find((name) => name === word);
  if (metric === undefined) {
    const near = nearest(word, metricNames);
    const hint = near === null ? '' : `did you mean ${near}? `;
    return problem(
      `no number of a report is called ${JSON.stringify(word)}`,
      `${hint}there are ${metricNames.join(', ')}`,
    );
  }
  if (part === '') return problem('nothing stands after the colon', `write ${metric}=LIMIT or ${metric}:NAME=LIMIT`);
  if (part !== undefined && !isParted(metric)) {
    return problem(`there is one ${metric}, not one for each ${part}`, `write ${metric}=${value}`);
  }
  const bound = boundOf(metric, value);
  if (typeof bound === 'string') return problem(bound, `write ${metric}= with ${forms[metrics[metric].unit]}`);
  return { text, metric, of: part ?? null, bound };
}

/** The bound, or what is wrong with it. */
function boundOf(metric: MetricName, value: string): Bound | string {
  const unit = metrics[metric].unit;
  const [, sign = '', rest = ''] = /^([+-]?)\s*(.*)$/s.exec(value) ?? [];
  const worse = isGain(metric) ? '-' : '+';
  if (sign !== '' && sign !== worse) {
    return `${metric} gets worse by ${worse}, and ${sign} bounds what gets better`;
  }
  const [, percent] = /^(\d+(?:\.\d+)?)\s*%$/.exec(rest) ?? [];
  if (unit === 'share') return shareBound(sign, rest, percent);
  if (percent !== undefined) {
    if (sign === '') return `${value} is a percentage without ${worse}`;
    if (!Number.isFinite(Number(percent))) return endless;
    return { kind: 'relative', value: Number(percent) / 100 };
  }
  const amount = sign !== '' && /^0+$/.test(rest) ? 0 : amountOf(rest, unit);
  if (amount === Number.POSITIVE_INFINITY) return endless;
  if (amount === null) return `${JSON.stringify(value)} is no ${nouns[unit]} and no percentage`;
  return { kind: sign === '' ? 'limit' : 'change', value: amount };
}

/** A check that cannot fail is none. */
const endless = 'it is so large that nothing exceeds it';

const nouns: { readonly [U in Exclude<Unit, 'share'>]: string } = {
  bytes: 'number of bytes',
  us: 'time',
  count: 'count',
};

/** Points are of a hundred: `-0.5` of accuracy is from 97 % to 96.5 %. */
function shareBound(sign: string, rest: string, percent: string | undefined): Bound | string {
  if (sign === '') {
    if (percent === undefined || Number(percent) > 100) return `${JSON.stringify(rest)} is no percentage from 0 to 100`;
    return { kind: 'limit', value: Number(percent) / 100 };
  }
  if (percent !== undefined) return `-${percent}% may be points or a part of what there was`;
  if (!/^\d+(?:\.\d+)?$/.test(rest) || Number(rest) > 100) return `${JSON.stringify(rest)} is no number of points`;
  return { kind: 'change', value: Number(rest) / 100 };
}

/** `64k`, `20ms`, `3M` in the metric's unit; null where it is none. */
function amountOf(text: string, unit: Exclude<Unit, 'share'>): number | null {
  if (unit === 'count') {
    const [, number = '', factor = ''] = /^(\d+(?:\.\d+)?) ?([kM]?)$/.exec(text) ?? [];
    const count = Number(number) * ({ '': 1, k: 1e3, M: 1e6 }[factor] ?? 0);
    return number !== '' && count > 0 ? count : null;
  }
  try {
    return unit === 'bytes' ? parseBytes(text, '') : parseDuration(text, '');
  } catch (error) {
    if (error instanceof UsageError) return null;
    throw error;
  }
}
