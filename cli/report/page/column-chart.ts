import { tickStride } from '../../../converter/plan/render/svg-frame.ts';
import { coordinate as at } from '../../../converter/plan/render/xml.ts';
import { type Html, html } from './html.ts';

/** One layer of a chart by layers. */
export interface Column {
  readonly index: number;
  readonly value: number;
  /** What it is, in words. */
  readonly tip: string;
  /** 0 is plain, others are hatched in different ways, so that kinds are told apart without colours. */
  readonly pattern: number;
}

/** Columns that are drawn, the largest. */
export const columnsDrawn = 3000;

/** Patterns that there are; further kinds share the last one. */
export const patternCount = 4;

const [left, top, plotHeight, bottom] = [72, 12, 170, 36];

/**
 * Values by layer, in the order of execution: columns that are links to the rows of their layers.
 *
 * @param label what the chart shows, for those who do not see it
 * @param format of the values at the axis
 */
export function columnChart(
  label: string,
  columns: readonly Column[],
  layerCount: number,
  format: (value: number) => string,
): Html {
  const stepWidth = Math.max(5, Math.min(40, 960 / Math.max(1, layerCount)));
  const [width, height] = [at(left + stepWidth * layerCount + 16), top + plotHeight + bottom];
  const ticks = niceTicks(columns.reduce((most, { value }) => Math.max(most, value), 0));
  const most = ticks.at(-1) ?? 1;
  const y = (value: number) => top + plotHeight * (1 - value / most);
  const drawn = [...columns]
    .sort((a, b) => b.value - a.value)
    .slice(0, columnsDrawn)
    .sort((a, b) => a.index - b.index);
  const stride = tickStride(stepWidth);
  const numbered = Array.from({ length: Math.ceil(layerCount / stride) }, (_, i) => i * stride);
  return html`<svg class="columns" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="group" aria-label="${label}">
${ticks.map((tick) => html`<path class="grid" d="M${left} ${at(y(tick))}H${at(Number(width) - 16)}"/><text class="end" x="${left - 8}" y="${at(y(tick) + 4)}">${format(tick)}</text>`)}
${drawn.map(({ index, value, tip, pattern }) => {
  const x = left + index * stepWidth;
  const [barTop, barWidth] = [y(Math.max(0, value)), Math.max(3, stepWidth * 0.8)];
  const bar = (kind: string) =>
    html`<rect class="${kind}" x="${at(x + (stepWidth - barWidth) / 2)}" y="${at(barTop)}" width="${at(barWidth)}" height="${at(top + plotHeight - barTop)}"/>`;
  return html`<a href="#layer-${index}" data-layer="${index}" aria-label="${tip}"><title>${tip}</title><rect class="hit" x="${at(x)}" y="${top}" width="${at(stepWidth)}" height="${plotHeight}"/>${bar('bar')}${pattern > 0 ? bar(`hatch-${Math.min(pattern, patternCount - 1)}`) : null}</a>\n`;
})}<path class="axis" d="M${left} ${top + plotHeight}H${at(Number(width) - 16)}"/>
${numbered.map((index) => html`<text class="middle" x="${at(left + (index + 0.5) * stepWidth)}" y="${top + plotHeight + 16}">${index}</text>`)}<text class="middle" x="${at(left + (layerCount * stepWidth) / 2)}" y="${top + plotHeight + 31}">layer</text></svg>`;
}

/** Three to six values from 0 to at least `most`, at round steps. */
export function niceTicks(most: number): readonly number[] {
  if (!(most > 0) || !Number.isFinite(most)) return [0, 1];
  const power = 10 ** Math.floor(Math.log10(most / 3));
  const step = [1, 2, 5, 10].map((digit) => digit * power).find((one) => most / one <= 5) ?? 10 * power;
  return Array.from({ length: Math.ceil(most / step - 1e-9) + 1 }, (_, i) => Number((i * step).toPrecision(12)));
}

/** A swatch for the legend of a chart with patterns. */
export function patternSwatch(pattern: number): Html {
  const rect = (kind: string) => html`<rect class="${kind}" x="1" y="1" width="20" height="12"/>`;
  return html`<svg width="22" height="14" aria-hidden="true">${rect('bar')}${pattern > 0 ? rect(`hatch-${Math.min(pattern, patternCount - 1)}`) : null}</svg>`;
}

/** The patterns of all charts of a page, once: charts refer to them. */
export const patternDefinitions = html`<svg class="definitions" width="0" height="0" aria-hidden="true"><defs>
<pattern id="hatch-1" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path d="M0 0V6"/></pattern>
<pattern id="hatch-2" width="5" height="5" patternUnits="userSpaceOnUse"><path d="M0 2.5H5"/></pattern>
<pattern id="hatch-3" width="6" height="6" patternUnits="userSpaceOnUse"><path d="M0 0L6 6M6 0L0 6"/></pattern>
</defs></svg>`;
