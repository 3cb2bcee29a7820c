import { formatCount } from '../output/text.ts';
import type { ThresholdCheck } from './check-thresholds.ts';
import type { Comparison } from './comparison.ts';
import type { ErrorChange, LayerChange } from './layer-changes.ts';
import type { FactChange } from './origin-changes.ts';
import { changeText, readingText, readingTitle, valueText } from './quantity-text.ts';

/** What a check found, in words: `4,088 B to 4,300 B, at most 4,169 B`. */
export function checkText(check: ThresholdCheck): string {
  if (check.status === 'unknown') return check.what;
  const { pair, most, threshold } = check;
  const from = pair.before === null || threshold.bound.kind === 'limit' ? '' : `${readingText(pair.before)} to `;
  const change = changeText(pair);
  const least = threshold.metric === 'accuracy' || threshold.metric === 'agreement' ? 'at least' : 'at most';
  const limit = `${least} ${valueText(most, threshold.metric)}`;
  const told = threshold.bound.kind === 'limit' || change === '' ? '' : `, ${change}`;
  return `${readingTitle(pair)} ${from}${readingText(pair.after)}${told}, ${limit}`;
}

/** The name of a layer as it is now, or as it was where it is gone. */
export function layerName({ before, after }: LayerChange): string {
  return (after ?? before)?.name ?? '';
}

/** What happened to a layer, in words. */
export function layerText({ kind, before, after, what }: LayerChange): string {
  if (kind === 'changed') return what.join('; ');
  const layer = after ?? before;
  if (layer === null) return '';
  return `${layer.operator}, ${formatCount(layer.macs)} MACs, ${formatCount(layer.parameterBytes)} B of parameters`;
}

/** The error of a layer, as short as it tells: `0.00213`; null is not known. */
export function errorText(error: number | null): string {
  if (error === null) return 'not known';
  return error === 0 ? '0' : Number(error.toPrecision(3)).toString();
}

/** `21.4 dB`; a layer that is exact has no noise. */
export function snrText({ snrDb }: ErrorChange): string {
  return snrDb === null ? 'exact' : `${snrDb.toFixed(1)} dB`;
}

/** A fact, with hashes cut to what tells them apart. */
export function factText(fact: FactChange['before']): string {
  const text = fact === null ? 'none' : fact.replace(/\b([0-9a-f]{12})[0-9a-f]{52}\b/g, '$1...');
  return text.length <= longestFact ? text : `${text.slice(0, longestFact - 3)}...`;
}

const longestFact = 100;

/** `3 numbers, 2 layers and 5 facts changed`; `no difference`. */
export function summaryText({ changes, layers, errors, facts, isEqual }: Comparison): string {
  if (isEqual) return 'no difference';
  const counts = [
    [changes.length, 'number'],
    [layers.length, 'layer'],
    [errors.length, 'error of a layer', 'errors of layers'],
    [facts.length, 'fact'],
  ] as const;
  const parts = counts.flatMap(([count, one, many = `${one}s`]) =>
    count === 0 ? [] : [`${count} ${count === 1 ? one : many}`],
  );
  const last = parts.pop() ?? '';
  return `${parts.length === 0 ? last : `${parts.join(', ')} and ${last}`} changed`;
}
