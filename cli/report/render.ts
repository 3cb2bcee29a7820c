import { durationText, rangeText } from '../../converter/estimate/duration.ts';
import { renderPairs } from '../output/table.ts';
import { formatBytes, formatCount, printable } from '../output/text.ts';
import type { Report, ReportLatency, ReportStage } from './schema.ts';

/** Targets that are told on the terminal. */
const shownTargets = 8;

/** What a report says, in a few lines: the file, and the numbers that people ask for first. */
export function reportText(report: Report, out: string, bytes: number): string {
  const { model, graph, memory, latency, accuracy, stages, notes } = report;
  const { arenaBytes, sramBytes } = memory;
  const sram = sramBytes === null ? '' : `, SRAM in all ${formatBytes(sramBytes)}`;
  return [
    `Wrote ${printable(out)}, ${formatBytes(bytes)}: a report on ${printable(model.file)}`,
    renderPairs(
      [
        ['layers', `${formatCount(graph.layers.length)}, ${formatCount(model.macs)} MACs`],
        ['parameters', formatBytes(model.parameterBytes)],
        [`arena (${memory.for})`, `${formatBytes(arenaBytes)}${sram}`],
        ...latency.slice(0, shownTargets).map((row) => [row.target, latencyText(row)] as const),
        ...(latency.length > shownTargets ? [['', `and ${latency.length - shownTargets} more targets`] as const] : []),
        ...(accuracy === null ? [] : [['accuracy', accuracyText(accuracy)] as const]),
        ...stages.slice(1).map((stage, i) => [stage.name, stageText(stages[i] ?? stage, stage)] as const),
      ],
      2,
    ),
    ...notes.map((note) => `note ${printable(note)}`),
  ].join('\n');
}

function latencyText({ us, rangeUs, origin, fits }: ReportLatency): string {
  const fit = fits === false ? ', does not fit' : '';
  return `${durationText(us)}, ${rangeText([rangeUs.low, rangeUs.high])} with ${rangeUs.certainty * 100} % certainty, ${origin}${fit}`;
}

function accuracyText({ samples, right, agreeing }: NonNullable<Report['accuracy']>): string {
  const parts = [
    ...(right === null
      ? []
      : [
          `${share(right.now, right.of)} right${right.before === null ? '' : `, before ${share(right.before, right.of)}`}`,
        ]),
    ...(agreeing === null ? [] : [`${share(agreeing.same, agreeing.of)} the same answer as before`]),
  ];
  return parts.length === 0
    ? `${samples} samples, whose answers cannot be counted`
    : `${parts.join(', ')} (${samples} samples)`;
}

function stageText(before: ReportStage, now: ReportStage): string {
  const times = (was: number, is: number) => `${formatCount(was)} to ${formatCount(is)}`;
  return [
    `${times(before.macs, now.macs)} MACs`,
    `${times(before.parameterBytes, now.parameterBytes)} B of parameters`,
    `arena ${times(before.arenaBytes, now.arenaBytes)} B`,
  ].join(', ');
}

function share(part: number, of: number): string {
  return `${((100 * part) / Math.max(1, of)).toFixed(1)} %`;
}
