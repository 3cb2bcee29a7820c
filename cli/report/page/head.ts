import type { Report, ReportStage } from '../schema.ts';
import { bytesHtml, bytesText, countHtml, percentText, ratioText, shapeText, timeHtml, timeText } from './figures.ts';
import { type Cell, type Html, html, type Part, table } from './html.ts';
import { targetName } from './latency.ts';
import { nameHtml } from './names.ts';

/** Targets that the head tells of. */
const headlineTargets = 2;

/** What the model is, its headline numbers, and what became of it. */
export function headSection(report: Report): Html {
  const { model, notes, provenance } = report;
  return html`<header class="head">
<p class="brand">thimble report</p>
<h1>${nameHtml(model.name, 80)}</h1>
<p class="from">${nameHtml(model.file, 80)}${model.producer === '' ? null : [', by ', nameHtml(model.producer, 60)]}, SHA-256 <code title="${model.sha256}">${model.sha256.slice(0, 12)}</code>, thimble ${provenance.thimble}</p>
</header>
<section id="summary" aria-labelledby="summary-title">
<h2 id="summary-title">Summary</h2>
<dl class="headlines">${headlines(report)}</dl>
${notes.length === 0 ? null : html`<div class="notes"><h3>To know</h3><ul>${notes.map((note) => html`<li>${note}</li>`)}</ul></div>`}
${stageTable(report)}
${ports(report)}
</section>
`;
}

function headlines(report: Report): Html[] {
  const { model, memory, sizes, latency } = report;
  const one = (title: string, value: Part, note: Part) =>
    html`<div><dt>${title}</dt><dd class="value">${value}</dd><dd class="small">${note}</dd></div>\n`;
  const total = sizes.parts.reduce((sum, { bytes }) => sum + bytes, 0);
  const zipped = sizes.parts.reduce(
    (sum: number | null, { gzipBytes }) => (sum === null || gzipBytes === null ? null : sum + gzipBytes),
    0,
  );
  const above = memory.arenaBytes - memory.lowerBoundBytes;
  return [
    one('Multiply-accumulates', countHtml(model.macs), `${report.graph.layers.length} layers`),
    one(
      'Weights',
      bytesHtml(model.parameterBytes),
      sizes.modelFileBytes === null ? '' : `model file: ${bytesText(sizes.modelFileBytes)}`,
    ),
    one(
      'Arena',
      bytesHtml(memory.arenaBytes),
      above <= 0
        ? 'meets the lower bound'
        : `lower bound ${bytesText(memory.lowerBoundBytes)}, ${percentText(above / memory.arenaBytes)} below`,
    ),
    ...(sizes.parts.length === 0
      ? []
      : [one('Output', bytesHtml(total), zipped === null ? 'size on disk' : `${bytesText(zipped)} with gzip`)]),
    ...latency.slice(0, headlineTargets).map((target) => {
      const { us, rangeUs, origin } = target;
      return one(
        `Time on ${targetName(report, target)}`,
        timeHtml(us),
        `${timeText(rangeUs.low)} to ${timeText(rangeUs.high)}, ${origin}`,
      );
    }),
  ];
}

/** Before and after, with ratios to the first state. */
function stageTable(report: Report): Html | null {
  const { stages, latency } = report;
  const [first] = stages;
  if (first === undefined || stages.length === 1) return null;
  const [target] = latency;
  const hasTime = stages.some(({ latencyUs }) => latencyUs !== null);
  const hasAccuracy = stages.some(({ accuracy }) => accuracy !== null);
  const ratio = (now: number | null, before: number | null) => {
    const text = now === null || before === null ? null : ratioText(now, before);
    return text === null ? null : html` <small>${text}</small>`;
  };
  const titles: Cell[] = [
    { text: 'State' },
    { number: 'MACs' },
    { number: 'Weights' },
    { number: 'Arena' },
    ...(hasTime ? [{ number: target === undefined ? 'Time' : `Time on ${targetName(report, target)}` }] : []),
    ...(hasAccuracy ? [{ number: 'Right answers' }] : []),
    { text: 'By' },
  ];
  const row = (stage: ReportStage): Cell[] => {
    const isFirst = stage === first;
    const { macs, parameterBytes, arenaBytes, latencyUs, accuracy } = stage;
    return [
      { text: stage.name },
      { number: [countHtml(macs), isFirst ? null : ratio(macs, first.macs)] },
      { number: [bytesHtml(parameterBytes), isFirst ? null : ratio(parameterBytes, first.parameterBytes)] },
      { number: [bytesHtml(arenaBytes), isFirst ? null : ratio(arenaBytes, first.arenaBytes)] },
      ...(hasTime
        ? [
            {
              number:
                latencyUs === null
                  ? 'not known'
                  : [timeHtml(latencyUs), isFirst ? null : ratio(latencyUs, first.latencyUs)],
            },
          ]
        : []),
      ...(hasAccuracy ? [{ number: accuracy === null ? 'not known' : percentText(accuracy) }] : []),
      { text: nameHtml(stage.by, 60) },
    ];
  };
  return table(`Before and after; ratios are to the ${first.name} model`, titles, stages.map(row));
}

function ports({ model }: Report): Html {
  const row =
    (kind: string) =>
    (port: Report['model']['inputs'][number]): Cell[] => [
      { text: nameHtml(port.name, 50) },
      { text: kind },
      { text: port.dtype },
      { text: shapeText(port.shape) },
      { number: port.scale === null ? '' : Number(port.scale.toPrecision(6)) },
      { number: port.zeroPoint ?? '' },
    ];
  const titles: Cell[] = [
    { text: 'Name' },
    { text: 'Kind' },
    { text: 'Type' },
    { text: 'Shape' },
    { number: 'Scale' },
    { number: 'Zero point' },
  ];
  const labels =
    model.labels === null || model.labels.length === 0
      ? null
      : html`<p>${model.labels.length} labels: ${model.labels.slice(0, 12).map((label, i) => [i === 0 ? '' : ', ', nameHtml(label, 30)])}${model.labels.length > 12 ? ' ...' : ''}</p>`;
  return html`${table('Inputs and outputs', titles, [...model.inputs.map(row('input')), ...model.outputs.map(row('output'))])}${labels}`;
}
