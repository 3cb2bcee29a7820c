import { coordinate as at } from '../../../converter/plan/render/xml.ts';
import type { Report } from '../schema.ts';
import { patternCount } from './column-chart.ts';
import { bytesHtml, percentText, ratioText } from './figures.ts';
import { type Cell, type Html, html, section, table } from './html.ts';
import { cutName } from './names.ts';

/** What the output is made of, the largest first. */
export function sizesSection({ sizes }: Report): Html {
  const parts = [...sizes.parts].sort((a, b) => b.bytes - a.bytes);
  const total = parts.reduce((sum, { bytes }) => sum + bytes, 0);
  const zipped = parts.reduce(
    (sum, { gzipBytes }) => (sum === null || gzipBytes === null ? null : sum + gzipBytes),
    total > 0 ? 0 : null,
  );
  if (parts.length === 0) {
    return section(
      'sizes',
      'Sizes',
      html`<p>Weights are ${bytesHtml(sizes.parameterBytes)}; what the output takes is not known.</p>`,
    );
  }
  const rows = parts.map((part, i): Cell[] => [
    { text: [swatch(i), ' ', cutName(part.name, 60)] },
    { number: bytesHtml(part.bytes) },
    { number: total > 0 ? percentText(part.bytes / total) : '' },
    { text: shareBar(total > 0 ? part.bytes / total : 0, i) },
    { number: part.gzipBytes === null ? 'not known' : bytesHtml(part.gzipBytes) },
    { text: part.origin },
  ]);
  const whole: Cell[] = [
    { text: 'In all' },
    { number: html`<strong>${bytesHtml(total)}</strong>` },
    { number: '' },
    { text: '' },
    { number: zipped === null ? 'not known' : html`<strong>${bytesHtml(zipped)}</strong>` },
    { text: '' },
  ];
  const titles: Cell[] = [
    { text: 'Part' },
    { number: 'Size' },
    { number: 'Share' },
    { text: 'Share, drawn' },
    { number: 'With gzip' },
    { text: 'Known' },
  ];
  return section('sizes', 'Sizes', [
    breakdown(
      parts.map(({ bytes }) => bytes),
      total,
    ),
    table('What the output is made of', titles, [...rows, whole]),
    sizes.modelFileBytes === null
      ? null
      : html`<p>The model file is ${bytesHtml(sizes.modelFileBytes)}, its weights ${bytesHtml(sizes.parameterBytes)}; the output is ${ratioText(total, sizes.modelFileBytes) ?? ''} the size of the file.</p>`,
  ]);
}

/** All parts in one bar; the table below says it in numbers. */
function breakdown(parts: readonly number[], total: number): Html {
  const width = 1000;
  let left = 0;
  const pieces = parts.map((bytes, i) => {
    const x = left;
    left += total > 0 ? (width * bytes) / total : 0;
    return filled(i, `x="${at(x)}" y="0" width="${at(Math.max(0, left - x - 2))}" height="26"`);
  });
  return html`<svg class="breakdown" viewBox="0 0 ${width} 26" preserveAspectRatio="none" aria-hidden="true">${pieces}</svg>`;
}

/** A rectangle in the pattern of part `i`. */
function filled(i: number, place: string): Html {
  const hatch = i % patternCount;
  return { markup: `<rect class="bar" ${place}/>${hatch > 0 ? `<rect class="hatch-${hatch}" ${place}/>` : ''}` };
}

function swatch(i: number): Html {
  return html`<svg width="14" height="14" aria-hidden="true">${filled(i, 'x="1" y="1" width="12" height="12"')}</svg>`;
}

function shareBar(share: number, i: number): Html {
  return html`<svg width="160" height="12" aria-hidden="true">${filled(i, `x="0" y="0" width="${at(160 * share)}" height="12"`)}</svg>`;
}
