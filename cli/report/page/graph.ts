import type { Report } from '../schema.ts';
import { graphDrawing, type Work } from './graph-draw.ts';
import { graphLayout, layoutLimits } from './graph-layout.ts';
import { drawnGraph } from './graph-vertices.ts';
import { type Html, html, scrolling, section } from './html.ts';
import { zoomTools } from './zoom-tools.ts';

/** The graph, laid out once and for all, with a legend. */
export function graphSection(report: Report): Html {
  const graph = drawnGraph(report);
  const layout = graphLayout(graph);
  const { share, of } = workOf(report);
  const { layers } = report.graph;
  return section('graph', 'Graph', [
    html`<p class="lead">${layers.length} layers in the order of execution, from the top down and column by column. Choose one to see it in all charts.</p>
<div class="tools" hidden><label>Find a layer <input type="search" id="find" autocomplete="off" spellcheck="false"></label> <output id="found" for="find"></output>${zoomTools('graph-box')}</div>
`,
    layout.isComplete
      ? null
      : html`<p class="note">The graph is too large to be laid out (more than ${layoutLimits.vertices} layers, or too many long connections): layers stand in order, without connections.</p>`,
    scrolling('Graph', graphDrawing(report, graph.vertices, layout, share), 'scroll zoomable graph-box'),
    legend(report, of),
  ]);
}

/** Shares of time on the first target that knows its layers, of MACs without one. */
function workOf(report: Report): { readonly share: Work; readonly of: string } {
  const timed = report.latency.find(({ layers }) => layers.some(({ us }) => us > 0));
  const work = new Array<number>(report.graph.layers.length).fill(0);
  for (const { index, us } of timed?.layers ?? []) work[index] = us;
  if (timed === undefined) for (const { index, macs } of report.graph.layers) work[index] = macs;
  const most = work.reduce((top, value) => Math.max(top, value), 0);
  const of = timed === undefined ? 'MACs' : `time on ${timed.title}`;
  return { share: most === 0 ? work : work.map((value) => value / most), of };
}

/** What the marks mean, as far as they occur. */
function legend({ graph: { layers } }: Report, workText: string): Html {
  const granularities = new Set(layers.map(({ quantization }) => quantization.granularity));
  const badge = (kind: string) =>
    html`<svg width="44" height="16" aria-hidden="true"><rect class="badge ${kind}" x="1" y="1" width="42" height="14" rx="4"/><text class="badge-text" x="22" y="12">int8</text></svg>`;
  const entries: (Html | null)[] = [
    ...(['tensor', 'channel', 'group'] as const).map((kind) =>
      granularities.has(kind) ? html`<li>${badge(kind)} weights quantized per ${kind}</li>` : null,
    ),
    granularities.has(null) ? html`<li>${badge('none')} no weights</li>` : null,
    layers.some(({ pruned }) => pruned !== null)
      ? html`<li><svg width="56" height="16" aria-hidden="true"><rect class="pruned" x="1" y="1" width="54" height="14" rx="2"/><text class="badge-text" x="28" y="12">64 → 41</text></svg> channels before and after pruning</li>`
      : null,
    layers.some(({ fused }) => fused.length > 0)
      ? html`<li><svg width="44" height="16" aria-hidden="true"><rect class="fused" x="1" y="1" width="42" height="14" rx="3"/><text class="name" x="6" y="12">+ RELU</text></svg> operators of the file that the layer has taken up</li>`
      : null,
    html`<li><svg width="44" height="16" aria-hidden="true"><rect class="work" x="1" y="7" width="36" height="3"/></svg> ${workText}, beside the layer with most</li>`,
  ];
  return html`<ul class="legend" aria-label="Marks of the graph">${entries}</ul>`;
}
