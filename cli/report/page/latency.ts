import { coordinate as at } from '../../../converter/plan/render/xml.ts';
import type { Report, ReportLatency } from '../schema.ts';
import { columnChart, columnsDrawn, patternSwatch } from './column-chart.ts';
import { percentText, timeHtml, timeText } from './figures.ts';
import { type Cell, type Html, html, scrolling, section, table } from './html.ts';
import { cutName, cutPlace, layerLink, nameHtml } from './names.ts';

/** Targets whose layers are shown; all are in the table. */
export const targetsShown = 6;

/** Layers that are listed of a target. */
const slowestShown = 10;

/** Latency by target and, for the targets that know their layers, by layer. */
export function latencySection(report: Report): Html {
  const { latency } = report;
  if (latency.length === 0)
    return section(
      'latency',
      'Latency',
      html`<p>No latency is known: no target was given, or none that can be told of.</p>`,
    );
  const shown = latency.slice(0, targetsShown);
  return section('latency', 'Latency', [
    targetTable(latency),
    html`<details><summary>Where the ranges come from</summary><ul>${latency.map((one) => html`<li>${targetName(report, one)}, ${cutName(one.how, 60)}: ${one.source}</li>`)}</ul></details>`,
    latency.length > shown.length
      ? html`<p class="note">Layers are shown for the first ${shown.length} targets.</p>`
      : null,
    html`<div class="tools" hidden><label>Layers on <select id="target">${shown.map((one, i) => html`<option value="${i}">${targetName(report, one)}</option>`)}</select></label></div>
`,
    shown.map((one, i) => html`<div data-target="${i}">${targetLayers(report, one)}</div>\n`),
  ]);
}

/** What a target is called: its title, and how it runs where several have that title. */
export function targetName({ latency }: Report, { title, how }: ReportLatency): string {
  const isOnly = latency.filter((one) => one.title === title).length === 1;
  return cutName(isOnly || how === '' ? title : `${title}, ${how}`, 80);
}

function targetTable(latency: readonly ReportLatency[]): Html {
  const lows = latency.map(({ us, rangeUs }) => Math.min(us, rangeUs.low)).filter((us) => us > 0);
  const low = lows.reduce((least, us) => Math.min(least, us), Infinity);
  const high = latency.reduce((most, { us, rangeUs }) => Math.max(most, us, rangeUs.high), 0);
  const titles: Cell[] = [
    { text: 'Target' },
    { number: 'Time' },
    { number: 'Range' },
    { text: html`Range, on one scale` },
    { text: 'Fits' },
    { text: 'Known' },
  ];
  const rows = latency.map((one): Cell[] => {
    const { title, how, us, rangeUs, origin, fits } = one;
    return [
      { text: html`${nameHtml(title, 60)}<br><small>${nameHtml(how, 60)}</small>` },
      { number: html`<strong>${timeHtml(us)}</strong>` },
      { number: `${timeText(rangeUs.low)} to ${timeText(rangeUs.high)}` },
      { text: rangeDrawing(one, low, high) },
      { text: fits === null ? 'not checked' : fits ? 'yes' : html`<strong class="alarm">no</strong>` },
      { text: origin },
    ];
  });
  const certainties = [...new Set(latency.map(({ rangeUs }) => percentText(rangeUs.certainty).replace('.0 ', ' ')))];
  return table(
    `Time of one run by target; the range holds the true time with a certainty of ${certainties.join(' or ')}`,
    titles,
    rows,
  );
}

/** A line from low to high with a dot at the time, on a logarithmic scale that all targets share. */
function rangeDrawing({ us, rangeUs }: ReportLatency, low: number, high: number): Html {
  const [width, pad] = [150, 6];
  const span = Math.max(1e-9, Math.log(high / low));
  const x = (value: number) => at(pad + ((width - 2 * pad) * Math.log(Math.max(value, low) / low)) / span);
  if (!(high > 0) || !Number.isFinite(low)) return html``;
  return html`<svg class="range" width="${width}" height="14" aria-hidden="true"><path class="grid" d="M0 7H${width}"/><path class="span" d="M${x(rangeUs.low)} 7H${x(rangeUs.high)}"/><circle cx="${x(us)}" cy="7" r="4"/></svg>`;
}

function targetLayers(report: Report, one: ReportLatency): Html {
  const { us, rangeUs, origin, layers } = one;
  const name = targetName(report, one);
  const head = html`<h3>${name}</h3>
<p class="lead">One run takes ${timeText(us)} (${origin}; ${timeText(rangeUs.low)} to ${timeText(rangeUs.high)}): ${cutName(one.how, 60)}.</p>`;
  if (layers.length === 0) return html`${head}<p class="note">Its layers are not known.</p>`;
  const bounds = [...new Set(layers.map(({ bound }) => bound))];
  const columns = layers.map((layer) => {
    const boundText = layer.bound === null ? '' : `, bound by ${cutName(layer.bound, 40)}`;
    const place = cutPlace(report.graph.layers[layer.index]?.name ?? '', 60);
    const tip = `Layer ${layer.index}, ${place}: ${timeText(layer.us)}${boundText}`;
    return { index: layer.index, value: layer.us, tip, pattern: bounds.indexOf(layer.bound) };
  });
  const inLayers = layers.reduce((sum, layer) => sum + layer.us, 0);
  const slowest = [...layers].sort((a, b) => b.us - a.us || a.index - b.index).slice(0, slowestShown);
  return html`${head}
${scrolling(`Time by layer on ${name}`, columnChart(`Time by layer on ${name}`, columns, report.graph.layers.length, timeText))}
${bounds.some((bound) => bound !== null) ? html`<ul class="legend" aria-label="What bounds the layers">${bounds.map((bound, i) => html`<li>${patternSwatch(i)} ${bound === null ? 'not known' : `bound by ${cutName(bound, 40)}`}</li>`)}</ul>` : null}
${layers.length > columnsDrawn ? html`<p class="note">Drawn are the ${columnsDrawn} slowest layers.</p>` : null}
${table(
  `The slowest layers; all layers together take ${timeText(inLayers)}`,
  [{ text: 'Layer' }, { text: 'Operator' }, { number: 'Time' }, { number: 'Of the run' }, { text: 'Bound by' }],
  slowest.map((layer): Cell[] => [
    { text: layerLink(report.graph.layers[layer.index], layer.index, 60) },
    { text: report.graph.layers[layer.index]?.operator ?? '' },
    { number: timeHtml(layer.us) },
    { number: us > 0 ? percentText(layer.us / us) : '' },
    { text: cutName(layer.bound ?? 'not known', 40) },
  ]),
)}`;
}
