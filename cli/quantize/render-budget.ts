import { type Limit, limitText } from '../../converter/compress/quantize/search/limit.ts';
import type { Point } from '../../converter/compress/quantize/search/search.ts';
import type { BudgetResult } from '../../converter/compress/quantize/search/search-graph.ts';
import { type Cell, renderTable } from '../output/table.ts';
import { formatBytes, formatCount } from '../output/text.ts';
import { latencyNote } from './latency.ts';

/** Layers named, the most harmful first. */
const shownLayers = 5;

/** What the search tried, and what came of it. */
export function budgetText(limits: readonly Limit[], result: BudgetResult, color: boolean): string {
  const { isMet, best, changed, obstacles, harms, points } = result;
  const asked = limits.map(limitText).join(', ');
  const verdict = isMet
    ? `Budget met: ${asked}`
    : `Budget not met: ${asked}\nThe nearest model found: ${best.what}; ${figuresText(best)}`;
  const parts = [
    verdict,
    ...(obstacles.length === 0 ? [] : [`In the way\n${obstacles.map(obstacleLine).join('\n')}`]),
    `Tried, ${points.length} models (drop and agreement on the judged samples)\n${pointTable(points, best, color)}`,
    ...(changed.length === 0
      ? []
      : [`Changed\n${changed.map(({ layer, choice }) => `  ${layer}: ${choice}`).join('\n')}`]),
    ...(harms.length === 0 ? [] : [harmText(result)]),
    ...(limits.some(({ kind }) => kind === 'latency') ? [`Note: ${latencyNote}.`] : []),
  ];
  return parts.join('\n\n');
}

/** The same as data. */
export function budgetJson(limits: readonly Limit[], result: BudgetResult) {
  const { isMet, best, points, changed, obstacles, harms } = result;
  return {
    limits: limits.map(limitText),
    met: isMet,
    best: pointJson(best),
    tried: points.map(pointJson),
    changed,
    obstacles,
    sensitivity: harms,
    ...(limits.some(({ kind }) => kind === 'latency') ? { latencyNote } : {}),
  };
}

function pointJson({ what, figures, missed }: Point) {
  const { agreement, drop, noise, cost } = figures;
  const { sramBytes, flashBytes, instructions, latencies } = cost;
  return { what, missed, agreement, accuracyDrop: drop, noise, sramBytes, flashBytes, instructions, latencies };
}

function obstacleLine({ limit, missed, layer }: BudgetResult['obstacles'][number]): string {
  const by = `missed by ${(100 * missed).toFixed(1)} %`;
  return `  ${limit}: ${by}${layer === null ? '' : `; ${layer} stands in the way`}`;
}

function figuresText({ figures: { agreement, drop, cost } }: Point): string {
  const parts = [
    ...(drop === null ? [] : [`${(100 * drop).toFixed(2)} points lost`]),
    `${(100 * agreement).toFixed(1)} % agree`,
    `SRAM ${formatBytes(cost.sramBytes)}`,
    `flash ${formatBytes(cost.flashBytes)}`,
    ...cost.latencies.map(({ target, us }) => `${us === null ? 'unknown' : ms(us)} on ${target}`),
  ];
  return parts.join(', ');
}

function pointTable(points: readonly Point[], best: Point, color: boolean): string {
  const targets = best.figures.cost.latencies.map(({ target }) => target);
  const rows = points.map((point): Cell[] => {
    const { agreement, drop, noise, cost } = point.figures;
    return [
      point.assignment === best.assignment && point.what === best.what ? '>' : '',
      point.what,
      drop === null ? '-' : `${(100 * drop).toFixed(2)}`,
      `${(100 * agreement).toFixed(1)} %`,
      noise.toExponential(1),
      formatCount(cost.sramBytes),
      formatCount(cost.flashBytes),
      cost.instructions === null ? '-' : formatCount(cost.instructions),
      ...cost.latencies.map(({ us }) => (us === null ? '-' : ms(us))),
      point.missed === 0 ? 'met' : `misses ${(100 * point.missed).toFixed(1)} %`,
    ];
  });
  const left = (title: string) => ({ title, align: 'left' }) as const;
  const right = (title: string) => ({ title, align: 'right' }) as const;
  const columns = [
    left(''),
    left('tried'),
    right('drop'),
    right('agrees'),
    right('1 - cosine'),
    right('SRAM B'),
    right('flash B'),
    right('instructions'),
    ...targets.map((target) => right(target)),
    left('budget'),
  ];
  return renderTable(columns, rows, { color, indent: 2 });
}

function harmText({ harms }: BudgetResult): string {
  const lines = harms.slice(0, shownLayers).map(({ layer, harm }) => `  ${layer}: ${harm.toExponential(1)}`);
  return ['What single layers do to the outputs (squared error, relative)', ...lines].join('\n');
}

const ms = (us: number) => `${(us / 1000).toPrecision(3)} ms`;
