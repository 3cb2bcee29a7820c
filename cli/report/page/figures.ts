import { formatBytes, formatCount } from '../../output/text.ts';
import type { Report } from '../schema.ts';
import { type Html, html } from './html.ts';

/** Numbers as the page writes them: three digits that matter, with a unit, the same in every locale. */

/** `1.31 MiB`; the exact count of bytes is its tip. */
export function bytesText(bytes: number): string {
  return /\((.*)\)$/.exec(formatBytes(bytes))?.[1] ?? formatBytes(bytes);
}

/** {@link bytesText} with the exact count as its tip. */
export function bytesHtml(bytes: number): Html {
  return html`<data value="${bytes}" title="${formatCount(bytes)} bytes">${bytesText(bytes)}</data>`;
}

const powers = [
  { unit: 'G', of: 1e9 },
  { unit: 'M', of: 1e6 },
  { unit: 'k', of: 1e3 },
] as const;

/** `300 M`, `12.3 k`, `640`. */
export function countText(value: number): string {
  const power = powers.find(({ of }) => value >= of * 0.9995);
  return power === undefined ? String(value) : `${threeDigits(value / power.of)} ${power.unit}`;
}

/** {@link countText} with the exact count as its tip. */
export function countHtml(value: number): Html {
  return html`<data value="${value}" title="${formatCount(value)}">${countText(value)}</data>`;
}

/** `12.3 ms`, `870 us`, `1.2 s`. */
export function timeText(us: number): string {
  if (us < 999.5) return `${threeDigits(us)} us`;
  return us < 999_500 ? `${threeDigits(us / 1000)} ms` : `${threeDigits(us / 1e6)} s`;
}

/** {@link timeText} as markup with its number for sorting. */
export function timeHtml(us: number): Html {
  return html`<data value="${us}">${timeText(us)}</data>`;
}

/** `24.8 %` of a share of 1. */
export function percentText(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** `0.48x`: how large `now` is beside `before`; null where there is nothing to divide by. */
export function ratioText(now: number, before: number): string | null {
  return before > 0 ? `${(now / before).toFixed(2)}x` : null;
}

/** Three digits, without zeros at the end of a fraction. */
export function threeDigits(value: number): string {
  if (value >= 999.5 || value === 0) return String(Math.round(value));
  return String(Number(value.toPrecision(3)));
}

/** `1×112×112×32`; a scalar has none. */
export function shapeText(shape: readonly number[]): string {
  return shape.length === 0 ? 'scalar' : shape.join('×');
}

/** The shapes of the outputs of a layer. */
export function outputShapes({ graph }: Report, outputs: readonly number[]): string {
  return outputs.map((index) => shapeText(graph.tensors[index]?.shape ?? [])).join(', ');
}
