import { schemaVersion } from '../report-error.ts';
import { outcomeOf, type ThresholdCheck } from './check-thresholds.ts';
import type { Comparison } from './comparison.ts';
import { isWithinError, type ReadingPair } from './metric-changes.ts';
import { metrics } from './readings.ts';
import type { NamedReport } from './render.ts';
import { checkText } from './words.ts';

/** The JSON value of `compare`. */
export function comparisonJson(
  before: NamedReport,
  after: NamedReport,
  { changes, layers, errors, facts, notes, isEqual }: Comparison,
  checks: readonly ThresholdCheck[],
) {
  return {
    schemaVersion,
    command: 'compare',
    before: reportJson(before),
    after: reportJson(after),
    equal: isEqual,
    ok: outcomeOf(checks) === 'within',
    changes: changes.map(changeJson),
    layers,
    errors,
    facts,
    thresholds: checks.map(checkJson),
    notes,
  };
}

function reportJson({ path, report: { model } }: NamedReport) {
  return { file: path, model: model.name, sha256: model.sha256 };
}

function changeJson(pair: ReadingPair) {
  const { metric, of, how, before, after } = pair;
  const values = { before: before?.value ?? null, after: after?.value ?? null };
  return { metric, of, how, unit: metrics[metric].unit, ...values, withinError: isWithinError(pair) };
}

function checkJson(check: ThresholdCheck) {
  const { threshold, status } = check;
  const head = { threshold: threshold.text, metric: threshold.metric, status, what: checkText(check) };
  if (check.status === 'unknown') {
    return { ...head, of: threshold.of, how: null, before: null, after: null, limit: null, advice: check.advice };
  }
  const { pair, most } = check;
  const values = { before: pair.before?.value ?? null, after: pair.after?.value ?? null };
  return { ...head, of: pair.of, how: pair.how, ...values, limit: most, advice: null };
}
