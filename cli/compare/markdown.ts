import { printable } from '../output/text.ts';
import type { ThresholdCheck } from './check-thresholds.ts';
import type { Comparison } from './comparison.ts';
import { type ReadingPair, worsening } from './metric-changes.ts';
import { changeText, readingText, readingTitle } from './quantity-text.ts';
import { metrics } from './readings.ts';
import { inOrder, type NamedReport, shownErrors, shownFacts, shownLayers } from './render.ts';
import { checkText, errorText, factText, layerName, layerText, snrText, summaryText } from './words.ts';

/** The first line of a comment, by which a later run finds it to replace it. */
export const commentMark = '<!-- thimble compare -->';

/**
 * The comparison as GitHub-flavoured Markdown for a comment: the headline numbers that changed, thresholds that are not kept, and all else folded
 * away. Every text from a file stands in a code span, where neither Markdown nor HTML nor a mention means anything.
 */
export function comparisonMarkdown(
  before: NamedReport,
  after: NamedReport,
  comparison: Comparison,
  checks: readonly ThresholdCheck[],
): string {
  const headline = comparison.changes.filter(isHeadline);
  const failed = inOrder(checks).filter(({ status }) => status !== 'within');
  const blocks = [
    commentMark,
    `### thimble: ${code(after.report.model.name)}, ${titleOf(comparison, checks, failed.length)}`,
    comparison.notes.map((note) => `- note: ${code(note)}`).join('\n'),
    changeTable(headline),
    lines(failed),
    ...details(before, after, comparison, checks),
  ];
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}

function titleOf(comparison: Comparison, checks: readonly ThresholdCheck[], failed: number): string {
  const summary = summaryText(comparison);
  if (checks.length === 0) return summary;
  return failed === 0 ? `${summary}, within all thresholds` : `${failed} of ${checks.length} checks failed`;
}

/** Rows of numbers and lines of thresholds at most: a comment of GitHub has 65,536 characters. */
const shownNumbers = 20;

/** Sums and what there is one of; parts are folded away. */
function isHeadline({ metric, of }: ReadingPair): boolean {
  return metrics[metric].isHeadline && (metric === 'latency' || of === null);
}

function changeTable(pairs: readonly ReadingPair[]): string {
  if (pairs.length === 0) return '';
  return table(
    ['', 'before', 'after', 'change'],
    ['---', '--:', '--:', '--:'],
    pairs
      .slice(0, shownNumbers)
      .map((pair) => [titleCell(pair), readingText(pair.before), readingText(pair.after), changeCell(pair)]),
    pairs.length - shownNumbers,
  );
}

/** The title, with names from files as code. */
function titleCell(pair: ReadingPair): string {
  return pair.of === null ? readingTitle(pair) : code(readingTitle(pair), true);
}

/** The change with an arrow for the number, in bold where it is for the worse. */
function changeCell(pair: ReadingPair): string {
  const { metric, before, after } = pair;
  if (before === null || after === null) return '';
  const text = `${after.value > before.value ? '▲' : '▼'} ${changeText(pair)}`;
  return worsening(metric, before.value, after.value) > 0 ? `**${text}**` : text;
}

function checkLine(check: ThresholdCheck): string {
  const line = `- **${check.status}** ${code(check.threshold.text)}: ${code(checkText(check))}`;
  return check.status === 'unknown' ? `${line}; ${code(check.advice)}` : line;
}

function details(
  before: NamedReport,
  after: NamedReport,
  { changes, layers, errors, facts }: Comparison,
  checks: readonly ThresholdCheck[],
): readonly string[] {
  const others = changes.filter((pair) => !isHeadline(pair));
  const kept = checks.filter(({ status }) => status === 'within');
  const ends = ['---', '--:', '--:', '--:'];
  return [
    folded('More numbers', others.length, changeTable(others)),
    folded(
      'Layers',
      layers.length,
      table(
        ['layer', '', 'what'],
        ['---', '---', '---'],
        layers
          .slice(0, shownLayers)
          .map((layer) => [code(layerName(layer), true), layer.kind, code(layerText(layer), true)]),
        layers.length - shownLayers,
      ),
    ),
    folded(
      'Worst layers in error',
      errors.length,
      table(
        ['layer', 'before', 'after', 'signal to noise'],
        ends,
        errors
          .slice(0, shownErrors)
          .map((one) => [code(one.name, true), errorText(one.before), errorText(one.after), snrText(one)]),
        errors.length - shownErrors,
      ),
    ),
    folded(
      'Versions, options, hashes',
      facts.length,
      table(
        ['', 'before', 'after'],
        ['---', '---', '---'],
        facts
          .slice(0, shownFacts)
          .map(({ what, before: from, after: to }) =>
            [what, factText(from), factText(to)].map((text) => code(text, true)),
          ),
        facts.length - shownFacts,
      ),
    ),
    folded('Thresholds that are kept', kept.length, lines(kept)),
    `${code(before.path)} and ${code(after.path)}`,
  ];
}

function folded(title: string, count: number, content: string): string {
  return count === 0 ? '' : `<details><summary>${title} (${count})</summary>\n\n${content}\n\n</details>`;
}

/** A table, and below it how many rows it lacks. */
function table(
  head: readonly string[],
  ends: readonly string[],
  rows: readonly (readonly string[])[],
  missing: number,
): string {
  return [head, ends, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n') + more(missing);
}

function lines(checks: readonly ThresholdCheck[]): string {
  return checks.slice(0, shownNumbers).map(checkLine).join('\n') + more(checks.length - shownNumbers);
}

function more(missing: number): string {
  return missing > 0 ? `\n\nand ${missing} more` : '';
}

/**
 * `text` as a code span (CommonMark 0.31, section 6.1): its fence is longer than any run of backticks within. In tables, bars are escaped even within
 * code (GitHub Flavored Markdown, section 4.10).
 */
function code(text: string, inTable = false): string {
  const plain = printable(text).slice(0, longestCode);
  if (plain.trim() === '') return '` `';
  const fence = '`'.repeat(1 + Math.max(0, ...[...plain.matchAll(/`+/g)].map(([run]) => run.length)));
  const space = /^[` ]|[` ]$/.test(plain) ? ' ' : '';
  const span = `${fence}${space}${plain}${space}${fence}`;
  return inTable ? span.replaceAll('|', '\\|') : span;
}

/** Characters of one name: those of fused layers may be as long as a comment. */
const longestCode = 160;
