import type { Report, ReportBuffer } from '../schema.ts';
import { bytesHtml, bytesText, percentText } from './figures.ts';
import { type Cell, type Html, html, scrolling, section, table } from './html.ts';
import { buffersDrawn, lifeText, memoryDrawing } from './memory-chart.ts';
import { layerLink, nameHtml } from './names.ts';
import { zoomTools } from './zoom-tools.ts';

/** Culprits that are listed at once, and buffers that are listed at all. */
const [culpritsShown, buffersListed] = [12, 600];

/** The memory over time: what lies where and when, what makes the peak, and what would lower it. */
export function memorySection(report: Report): Html {
  const { memory } = report;
  const { arenaBytes, lowerBoundBytes, peak, buffers } = memory;
  const summary = `Map of the arena, ${bytesText(arenaBytes)}, and bytes alive by step. The tables below say what is alive at the peak.`;
  const culprits = peak.culprits.flatMap((index) => buffers[index] ?? []);
  return section('memory', 'Memory over time', [
    html`<p class="lead">The arena of the ${memory.for === 'c' ? 'C package' : 'WASM module'} is ${bytesHtml(arenaBytes)}; no plan for this order of steps can be below ${bytesHtml(lowerBoundBytes)}${gapText(arenaBytes, lowerBoundBytes)}. It is as large as it is because of ${stepText(report, peak.step)}.</p>
<div class="tools" hidden>${zoomTools('memory-box')}</div>
`,
    scrolling('Memory over time', memoryDrawing(memory, summary), 'scroll zoomable memory-box'),
    legend(buffers),
    buffers.length > buffersDrawn
      ? html`<p class="note">Drawn are the ${buffersDrawn} buffers that hold most for longest, of ${buffers.length}.</p>`
      : null,
    bufferTable(
      report,
      `Alive at the peak${culprits.length > culpritsShown ? `, the largest ${culpritsShown} of ${culprits.length}` : ''}`,
      culprits.slice(0, culpritsShown),
    ),
    peak.remedies.length === 0
      ? null
      : html`<h3>What would make it less</h3><ul>${peak.remedies.map((one) => html`<li>${one}</li>`)}</ul>`,
    html`<details><summary>All buffers</summary>${bufferTable(report, `Buffers${buffers.length > buffersListed ? `, the first ${buffersListed} of ${buffers.length}` : ''}`, buffers.slice(0, buffersListed))}</details>`,
    otherMemory(report),
  ]);
}

function gapText(arenaBytes: number, lowerBoundBytes: number): string {
  if (arenaBytes <= lowerBoundBytes) return ', which this one meets';
  return `, which is ${percentText((arenaBytes - lowerBoundBytes) / arenaBytes)} less than this one`;
}

/** `step 3, the layer CONV_2D #3 ...` as a link. */
function stepText({ memory, graph }: Report, step: number): Html | string {
  if (step < 0) return 'the start, when only the inputs are there';
  const index = memory.steps[step]?.layer;
  if (index === undefined) return 'the end, when the outputs are there';
  return html`step ${step}, ${layerLink(graph.layers[index], index, 60)}`;
}

function bufferTable(report: Report, caption: string, buffers: readonly ReportBuffer[]): Html {
  const { arenaBytes, steps } = report.memory;
  const titles: Cell[] = [
    { text: 'Buffer' },
    { text: 'Kind' },
    { number: 'Size' },
    { number: 'Of the arena' },
    { number: 'Offset' },
    { text: 'Alive' },
  ];
  const rows = buffers.map((buffer): Cell[] => [
    { text: nameHtml(buffer.name, 60) },
    { text: buffer.kind },
    { number: bytesHtml(buffer.bytes) },
    { number: percentText(buffer.bytes / Math.max(1, arenaBytes)) },
    { number: buffer.offset },
    { text: lifeText(buffer, steps.length).replace(/^alive /, '') },
  ]);
  return table(caption, titles, rows);
}

function legend(buffers: readonly ReportBuffer[]): Html {
  const kinds = [...new Set(buffers.map(({ kind }) => kind))];
  const swatch = (kind: string) =>
    html`<svg width="22" height="14" aria-hidden="true"><g class="buffer ${kind}"><rect x="1" y="1" width="20" height="12"/>${kind.startsWith('scratch') ? html`<rect class="hatched" x="1" y="1" width="20" height="12"/>` : null}</g></svg>`;
  return html`<ul class="legend" aria-label="Marks of the memory map">${kinds.map((kind) => html`<li>${swatch(kind)} ${kind}</li>`)}<li>${swatch('activation culprit')} thick edge: alive at the peak</li></ul>`;
}

function otherMemory({ memory: { stateBytes, stackBytes, sramBytes } }: Report): Html | null {
  const facts = [
    stateBytes > 0 ? html`State kept from run to run: ${bytesHtml(stateBytes)} of the arena.` : null,
    stackBytes === null ? null : html`Stack: at most ${bytesHtml(stackBytes)}.`,
    sramBytes === null ? null : html`A run takes ${bytesHtml(sramBytes)} of SRAM in all.`,
  ].filter((fact) => fact !== null);
  return facts.length === 0 ? null : html`<p>${facts.map((fact) => html`${fact} `)}</p>`;
}
