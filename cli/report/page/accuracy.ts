import type { Report, ReportAccuracy } from '../schema.ts';
import { columnChart, columnsDrawn } from './column-chart.ts';
import { percentText } from './figures.ts';
import { type Cell, type Html, html, scrolling, section, table } from './html.ts';
import { cutPlace, layerLink } from './names.ts';

/** Layers that are listed at once. */
const worstShown = 10;

/** Right answers, and how far each layer is from the model before. */
export function accuracySection(report: Report): Html {
  const { accuracy } = report;
  if (accuracy === null) {
    return section('accuracy', 'Accuracy', html`<p>Not measured: no samples were given.</p>`);
  }
  return section('accuracy', 'Accuracy and error by layer', [
    answers(accuracy),
    accuracy.layers.length === 0
      ? html`<p class="note">The error of layers was not measured.</p>`
      : errorByLayer(report, accuracy),
  ]);
}

function answers({ samples, right, agreeing }: ReportAccuracy): Html {
  const share = (count: number, of: number) => (of > 0 ? percentText(count / of) : '');
  const rows: Cell[][] = [];
  if (right !== null) {
    const { before, now, of } = right;
    if (before !== null)
      rows.push([{ text: 'Right answers before' }, { number: `${before} of ${of}` }, { number: share(before, of) }]);
    rows.push([{ text: 'Right answers now' }, { number: `${now} of ${of}` }, { number: share(now, of) }]);
  }
  if (agreeing !== null) {
    rows.push([
      { text: 'Same answer as before' },
      { number: `${agreeing.same} of ${agreeing.of}` },
      { number: share(agreeing.same, agreeing.of) },
    ]);
  }
  const lead = html`<p class="lead">Measured on ${samples} samples${right === null ? '; right answers are not known' : ''}.</p>`;
  return rows.length === 0
    ? lead
    : html`${lead}${table('Answers', [{ text: 'What' }, { number: 'Count' }, { number: 'Share' }], rows)}`;
}

function errorByLayer(report: Report, { layers }: ReportAccuracy): Html {
  const name = (index: number) => cutPlace(report.graph.layers[index]?.name ?? '', 60);
  const columns = layers.map(({ index, snrDb }) => {
    const tip = `Layer ${index}, ${name(index)}: ${snrText(snrDb)}`;
    return { index, value: snrDb ?? 0, tip, pattern: snrDb === null ? 1 : 0 };
  });
  const worst = [...layers].sort((a, b) => (a.snrDb ?? Infinity) - (b.snrDb ?? Infinity) || a.index - b.index);
  const listed = worst.slice(0, worstShown);
  const label = 'Signal to noise ratio by layer, in dB';
  return html`<h3>Signal to noise by layer</h3>
<p>Of each layer's output against the model before, in dB: 20 dB is an error of a tenth, 40 dB of a hundredth. More is better; exact layers have no column.</p>
${scrolling(
  label,
  columnChart(label, columns, report.graph.layers.length, (value) => `${value} dB`),
)}
${layers.length > columnsDrawn ? html`<p class="note">Drawn are ${columnsDrawn} layers of ${layers.length}.</p>` : null}
${table(
  layers.length > worstShown ? `The worst ${worstShown} layers` : 'Layers, worst first',
  [{ text: 'Layer' }, { text: 'Operator' }, { number: 'Signal to noise' }, { number: 'Error over variance' }],
  listed.map(({ index, snrDb, error }): Cell[] => [
    { text: layerLink(report.graph.layers[index], index, 60) },
    { text: report.graph.layers[index]?.operator ?? '' },
    { number: snrText(snrDb) },
    { number: error === 0 ? '0' : error.toExponential(2) },
  ]),
)}`;
}

/** `32.1 dB`, or that it is exact. */
export function snrText(snrDb: number | null): string {
  return snrDb === null ? 'exact' : `${snrDb.toFixed(1)} dB`;
}
