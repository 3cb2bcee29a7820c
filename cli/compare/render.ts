import pc from 'picocolors';
import { type NarrowColumn, renderNarrowTable } from '../output/narrow-table.ts';
import { type Cell, renderPairs } from '../output/table.ts';
import { printable } from '../output/text.ts';
import type { Report } from '../report/schema.ts';
import type { ThresholdCheck } from './check-thresholds.ts';
import type { Comparison } from './comparison.ts';
import { changeText, readingText, readingTitle } from './quantity-text.ts';
import { checkText, errorText, factText, layerName, layerText, snrText, summaryText } from './words.ts';

/** How wide and how coloured text may be. */
export interface TextStyle {
  readonly color: boolean;
  readonly columns: number;
}

/** A report with the name of its file. */
export interface NamedReport {
  readonly path: string;
  readonly report: Report;
}

/** Layers that are shown at most. */
export const shownLayers = 12;

/** Layers whose errors are shown at most. */
export const shownErrors = 5;

/** Facts that are shown at most. */
export const shownFacts = 12;

/** The comparison for a terminal: what is compared, what differs, whether it is within the thresholds. */
export function comparisonText(
  before: NamedReport,
  after: NamedReport,
  comparison: Comparison,
  checks: readonly ThresholdCheck[],
  style: TextStyle,
): string {
  const blocks = [
    renderPairs([
      ['before', nameOf(before)],
      ['after', nameOf(after)],
    ]),
    comparison.notes.map((note) => `note: ${note}`).join('\n'),
    ...(comparison.isEqual ? [summaryText(comparison)] : differences(comparison, style)),
    thresholdText(checks, style),
  ];
  return blocks.filter((block) => block !== '').join('\n\n');
}

function nameOf({ path, report: { model } }: NamedReport): string {
  return `${path}: ${model.name} (${model.sha256.slice(0, 12)})`;
}

const column = (title: string, align: NarrowColumn['align'], least?: number): NarrowColumn =>
  least === undefined ? { title, align, drop: 0 } : { title, align, drop: 0, least };

function differences({ changes, layers, errors, facts }: Comparison, style: TextStyle): readonly string[] {
  const before = column('before', 'right');
  const after = column('after', 'right');
  return [
    table(
      [column('', 'left', 20), before, after, column('change', 'right')],
      changes.map((pair) => [readingTitle(pair), readingText(pair.before), readingText(pair.after), changeText(pair)]),
      style,
    ),
    table(
      [column('layer', 'left', 20), column('', 'left'), column('what', 'left', 20)],
      layers.slice(0, shownLayers).map((layer) => [layerName(layer), layer.kind, layerText(layer)]),
      style,
    ) + rest(layers.length - shownLayers, 'layers'),
    table(
      [column('worst layers in error', 'left', 20), before, after, column('signal to noise', 'right')],
      errors.slice(0, shownErrors).map((one) => [one.name, errorText(one.before), errorText(one.after), snrText(one)]),
      style,
    ) + rest(errors.length - shownErrors, 'layers'),
    table(
      [column('also', 'left', 16), column('before', 'left', 20), column('after', 'left', 20)],
      facts.slice(0, shownFacts).map((fact) => [fact.what, factText(fact.before), factText(fact.after)]),
      style,
    ) + rest(facts.length - shownFacts, 'facts'),
  ];
}

function table(header: readonly NarrowColumn[], rows: readonly (readonly Cell[])[], style: TextStyle): string {
  return rows.length === 0 ? '' : renderNarrowTable(header, rows, style.columns, { color: style.color });
}

function rest(count: number, what: string): string {
  return count > 0 ? `\nand ${count} more ${what}; --json lists them` : '';
}

/** One line for each check, those that fail first. */
function thresholdText(checks: readonly ThresholdCheck[], { color }: TextStyle): string {
  const { red, green, dim } = pc.createColors(color);
  return inOrder(checks)
    .map((check) => {
      const word = check.status.padEnd('exceeded'.length);
      const line = `${check.status === 'within' ? green(word) : red(word)}  ${printable(check.threshold.text)}: ${printable(checkText(check))}`;
      return check.status === 'unknown' ? `${line}\n  ${dim(printable(check.advice))}` : line;
    })
    .join('\n');
}

/** What could not be checked, what is exceeded, what is within. */
export function inOrder(checks: readonly ThresholdCheck[]): readonly ThresholdCheck[] {
  return (['unknown', 'exceeded', 'within'] as const).flatMap((status) =>
    checks.filter((one) => one.status === status),
  );
}
