import { shortStep } from '../../../converter/plan/render/names.ts';
import { coordinate as at } from '../../../converter/plan/render/xml.ts';
import type { Report, ReportLayer } from '../schema.ts';
import { countText, outputShapes, shapeText } from './figures.ts';
import type { GraphLayout, Point } from './graph-layout.ts';
import { box, fusedShown, type Vertex } from './graph-vertices.ts';
import { type Html, html } from './html.ts';
import { cutName, cutPlace, fullName } from './names.ts';

/** The share of the whole work that a layer has, 0 to 1, in the order of layers. */
export type Work = readonly number[];

/** The drawing of a graph: boxes are links to the rows of their layers, so that it can be used without a script. */
export function graphDrawing(report: Report, vertices: readonly Vertex[], layout: GraphLayout, work: Work): Html {
  const [width, height] = [at(layout.width), at(layout.height)];
  return html`<svg class="graph" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="group" aria-label="Layers in the order of execution">
<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z"/></marker></defs>
${layout.lines.map((line) => html`<path class="edge" d="${curve(line)}" marker-end="url(#arrow)"/>\n`)}
${vertices.map((vertex, i) => vertexBox(report, vertex, layout.corners[i] ?? { x: 0, y: 0 }, work))}</svg>`;
}

/** A line through points with its corners rounded. */
function curve(points: readonly Point[]): string {
  const corners = points.slice(1, -1).map(({ x, y }, i) => {
    const before = points[i] ?? { x, y };
    const next = points[i + 2] ?? { x, y };
    const [into, out] = [near({ x, y }, before), near({ x, y }, next)];
    return `L${at(into.x)} ${at(into.y)}Q${at(x)} ${at(y)} ${at(out.x)} ${at(out.y)}`;
  });
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined) return '';
  return `M${at(first.x)} ${at(first.y)}${corners.join('')}L${at(last.x)} ${at(last.y)}`;
}

/** A point at most 9 pixels, and half of the way, from a corner towards another one. */
function near(corner: Point, other: Point): Point {
  const far = Math.hypot(other.x - corner.x, other.y - corner.y);
  const share = far === 0 ? 0 : Math.min(0.5, 9 / far);
  return { x: corner.x + (other.x - corner.x) * share, y: corner.y + (other.y - corner.y) * share };
}

function vertexBox(report: Report, vertex: Vertex, { x, y }: Point, work: Work): Html {
  const place = `translate(${at(x)} ${at(y)})`;
  if (vertex.kind !== 'layer') return portBox(report, vertex, place);
  const layer = report.graph.layers[vertex.index];
  return layer === undefined ? html`` : layerBox(report, layer, vertex, place, work[layer.index] ?? 0);
}

function portBox({ graph }: Report, { kind, index, width, height }: Vertex, place: string): Html {
  const tensor = graph.tensors[index];
  const facts = tensor === undefined ? '' : `${shapeText(tensor.shape)} ${tensor.dtype}`;
  return html`<g class="port" transform="${place}"><title>${kind} ${fullName(tensor?.name ?? '')}</title><rect width="${width}" height="${height}" rx="${height / 2}"/><text class="operator" x="${width / 2}" y="17">${kind} ${cutName(tensor?.name ?? '', 18)}</text><text x="${width / 2}" y="32">${facts}</text></g>
`;
}

function layerBox(report: Report, layer: ReportLayer, { width, height }: Vertex, place: string, share: number): Html {
  const { index, name, pruned, quantization } = layer;
  const texts = boxTexts(report, layer);
  const badgeWidth = 12 + 6 * texts.scheme.length;
  const pieces = [
    html`<rect class="body" width="${width}" height="${height}" rx="6"/>`,
    html` <text class="operator" x="10" y="18">${texts.operator}</text> `,
    html`<rect class="badge ${quantization.granularity ?? 'none'}" x="${width - badgeWidth - 8}" y="6" width="${badgeWidth}" height="15" rx="4"/>`,
    html`<text class="badge-text" x="${width - 8 - badgeWidth / 2}" y="17">${texts.scheme}</text> `,
    html`<text class="name" x="10" y="34">${texts.name}</text> `,
    html`<text x="10" y="50">${texts.shapes}</text> `,
    pruned === null ? null : prunedMark(texts.pruned, width),
    texts.fused.length === 0 ? null : fusedBox(texts.fused, width),
    share <= 0 ? null : workBar(share, width, height),
  ];
  return html`<a class="layer" href="#layer-${index}" data-layer="${index}" aria-label="${layerSentence(layer, texts)}" transform="${place}"><title>#${index} ${fullName(name)}</title>${pieces}</a>
`;
}

/** What is written in a box, in the order of reading. */
interface BoxTexts {
  readonly operator: string;
  readonly scheme: string;
  readonly name: string;
  readonly shapes: string;
  /** Empty where nothing was pruned. */
  readonly pruned: string;
  readonly fused: readonly string[];
}

function boxTexts(report: Report, { operator, name, fused, outputs, pruned, quantization }: ReportLayer): BoxTexts {
  const more = fused.length - fusedShown;
  const lines = fused.slice(0, fusedShown).map((one) => `+ ${shortStep(one, 27)}`);
  return {
    operator: cutName(operator, 22),
    scheme: cutName(quantization.scheme, 9),
    name: cutPlace(name, 29),
    shapes: cutName(outputShapes(report, outputs), pruned === null ? 28 : 16),
    pruned: pruned === null ? '' : `${pruned.before} → ${pruned.after}`,
    fused: more > 0 ? [...lines, `+ ${more} more`] : lines,
  };
}

function prunedMark(text: string, width: number): Html {
  const wide = 12 + 6.2 * text.length;
  return html`<rect class="pruned" x="${at(width - 8 - wide)}" y="38" width="${at(wide)}" height="16" rx="2"/><text class="badge-text" x="${at(width - 8 - wide / 2)}" y="50">${text}</text> `;
}

/** Names what the layer has taken up, in a box of its own. */
function fusedBox(lines: readonly string[], width: number): Html {
  const height = box.fusedLine * lines.length;
  return html`<rect class="fused" x="6" y="${box.height - 10}" width="${width - 12}" height="${height}" rx="3"/>${lines.map((line, i) => html`<text class="name" x="12" y="${box.height + 1 + box.fusedLine * i}">${line}</text> `)}`;
}

function workBar(share: number, width: number, height: number): Html {
  return html`<rect class="work" x="6" y="${height - 6}" width="${at(Math.max(1, (width - 12) * Math.min(1, share)))}" height="3"/>`;
}

/** A box in words: what is written in it, so that it can be asked for by that, and what its marks mean. */
function layerSentence({ index, macs, quantization: { granularity }, pruned }: ReportLayer, texts: BoxTexts): string {
  const { operator, scheme, name, shapes, pruned: channels, fused } = texts;
  return [
    [operator, scheme, name, shapes, channels, ...fused].filter((text) => text !== '').join(' '),
    `layer ${index}`,
    `${countText(macs)} MACs`,
    ...(granularity === null ? [] : [`quantized per ${granularity}`]),
    ...(pruned === null ? [] : [`pruned from ${pruned.before} to ${pruned.after} channels`]),
  ].join(', ');
}
