import type { Report, ReportLayer } from '../schema.ts';
import { snrText } from './accuracy.ts';
import { bytesHtml, countHtml, outputShapes, timeHtml } from './figures.ts';
import { type Html, html, type Part, scrolling, section } from './html.ts';
import { targetName, targetsShown } from './latency.ts';
import { nameHtml, placeHtml } from './names.ts';

/** A column of the table of layers. */
interface LayerColumn {
  readonly title: string;
  readonly isNumber: boolean;
  /** The target that it is of, as in the choice of targets. */
  readonly target: number | null;
  readonly cell: (layer: ReportLayer) => Part;
}

/** Names of taken-up operators that a cell has room for. */
const fusedListed = 8;

/** All that is known of each layer. The script makes titles buttons that sort, and shows the column of the chosen target alone. */
export function layersSection(report: Report): Html {
  const columns = layerColumns(report);
  const attributes = ({ isNumber, target }: LayerColumn) =>
    html`${isNumber ? html` class="number"` : null}${target === null ? null : html` data-target="${target}"`}`;
  const heads = columns.map((column) => html`<th scope="col"${attributes(column)}>${column.title}</th>`);
  const [, , ...rest] = columns;
  const rows = report.graph.layers.map((layer) => {
    const cells = rest.map((column) => html`<td${attributes(column)}>${column.cell(layer)}</td>`);
    return html`<tr id="layer-${layer.index}" data-layer="${layer.index}"><td class="number">${layer.index}</td><th scope="row"><a href="#layer-${layer.index}" data-layer="${layer.index}">${placeHtml(layer.name, 40)}</a></th>${cells}</tr>\n`;
  });
  return section('layers', 'Layers', [
    html`<div class="tools" hidden><label>Show layers with <input type="search" id="filter" autocomplete="off" spellcheck="false"></label> <output id="shown" for="filter"></output></div>
`,
    scrolling(
      'Table of layers',
      html`<table id="layer-table">
<caption><span>Layers in the order of execution</span></caption>
<thead><tr>${heads}</tr></thead>
<tbody>
${rows}</tbody>
</table>`,
      'scroll tall',
    ),
  ]);
}

function layerColumns(report: Report): readonly LayerColumn[] {
  const { memory, accuracy, latency, graph } = report;
  const text = (title: string, cell: LayerColumn['cell']): LayerColumn => ({
    title,
    isNumber: false,
    target: null,
    cell,
  });
  const number = (title: string, cell: LayerColumn['cell']): LayerColumn => ({ ...text(title, cell), isNumber: true });
  const alive = new Map<number, number>();
  for (const { layer, liveBytes } of memory.steps) alive.set(layer, Math.max(alive.get(layer) ?? 0, liveBytes));
  const errors = new Map(accuracy?.layers.map((one) => [one.index, one]));
  const timed = latency.slice(0, targetsShown).map((one, target): LayerColumn => {
    const times = new Map(one.layers.map((layer) => [layer.index, layer]));
    const cell = ({ index }: ReportLayer) => {
      const found = times.get(index);
      return found === undefined
        ? ''
        : [timeHtml(found.us), found.bound === null ? null : html` <small>${nameHtml(found.bound, 20)}</small>`];
    };
    return { title: `Time on ${targetName(report, one)}`, isNumber: true, target, cell };
  });
  const has = (of: (layer: ReportLayer) => boolean, column: LayerColumn) => (graph.layers.some(of) ? [column] : []);
  return [
    number('#', ({ index }) => index),
    text('Layer', ({ name }) => name),
    text('Operator', ({ operator }) => nameHtml(operator, 30)),
    text('Output', ({ outputs }) => outputShapes(report, outputs)),
    number('MACs', ({ macs }) => countHtml(macs)),
    ...timed,
    number('Weights', ({ parameterBytes }) => bytesHtml(parameterBytes)),
    number('Output size', ({ outputs }) =>
      bytesHtml(outputs.reduce((sum, i) => sum + (graph.tensors[i]?.bytes ?? 0), 0)),
    ),
    number('Memory alive', ({ index }) => {
      const bytes = alive.get(index);
      return bytes === undefined ? '' : bytesHtml(bytes);
    }),
    ...(errors.size === 0 ? [] : [number('Signal to noise', ({ index }) => errorCell(errors.get(index)?.snrDb))]),
    text('Kept as', ({ quantization: { scheme, granularity } }) =>
      granularity === null ? nameHtml(scheme, 20) : [nameHtml(scheme, 20), ` per ${granularity}`],
    ),
    ...has(
      ({ pruned }) => pruned !== null,
      text('Channels', ({ pruned }) => (pruned === null ? '' : `${pruned.before} → ${pruned.after}`)),
    ),
    ...has(
      ({ fused }) => fused.length > 0,
      text('With', ({ fused }) => fusedText(fused)),
    ),
  ];
}

function errorCell(snrDb: number | null | undefined): Part {
  if (snrDb === undefined) return '';
  return snrDb === null ? 'exact' : html`<data value="${snrDb}">${snrText(snrDb)}</data>`;
}

function fusedText(fused: readonly string[]): Part {
  const shown = fused.slice(0, fusedListed).map((name, i) => [i === 0 ? '' : ', ', nameHtml(name, 40)]);
  return fused.length > fusedListed ? [shown, ` and ${fused.length - fusedListed} more`] : shown;
}
