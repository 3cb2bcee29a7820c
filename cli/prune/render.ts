import type { DescribedGroups } from '../../converter/compress/prune/groups/describe.ts';
import type { CurvePoint } from '../../converter/compress/prune/report/judge.ts';
import { type Cell, renderPairs, renderTable } from '../output/table.ts';
import { formatBytes } from '../output/text.ts';
import { goalNumber } from './prune-model.ts';
import type { PruneResult } from './result.ts';

const left = (title: string) => ({ title, align: 'left' }) as const;
const right = (title: string) => ({ title, align: 'right' }) as const;

/** The report as text. */
export function pruningText(file: string, result: PruneResult, color: boolean): string {
  const { pruned, sampleCount, judgedCount } = result;
  const { groups, outcomes, curve, unjudged } = pruned;
  const [before, after] = [
    groups.reduce((sum, group) => sum + group.unitsBefore, 0),
    groups.reduce((sum, group) => sum + group.unitsAfter, 0),
  ];
  const parts = [
    `${file}: ${after} of ${before} prunable channels stay, ranked and repaired on ${sampleCount} samples, judged by ${judgedCount}`,
    `Groups of channels\n${groupTable(result, color)}`,
    ...(result.layers.length === 0
      ? []
      : [`Layers (squared error of their results before the clamp over their variance)\n${layerTable(result, color)}`]),
    `From the whole model to the pruned one\n${curveTable(curve, color)}`,
    ...(outcomes.length === 0
      ? []
      : [
          `Bounds\n${renderPairs(
            outcomes.map(({ goal, before: from, after: to, met }) => {
              return [
                goal.text,
                `${goalNumber(goal, from)} became ${goalNumber(goal, to)}${met ? '' : ', which is too much'}`,
              ] as const;
            }),
            2,
          )}`,
        ]),
    ...(unjudged.length === 0 ? [] : [`Not judged by the importance, and whole: ${unjudged.join(', ')}`]),
  ];
  return parts.join('\n\n');
}

function groupTable({ pruned, byClass }: PruneResult, color: boolean): string {
  const rows = pruned.groups.map(({ name, unitsBefore, unitsAfter, curve, byClass: classes }): Cell[] => [
    name,
    unitsBefore,
    unitsAfter,
    sparkline(curve),
    number(curve[0]),
    number(curve.at(-1)),
    ...(byClass
      ? [classes === null ? '-' : classes.map(({ answer, scores }) => `${answer}:${mostRelevant(scores)}`).join(' ')]
      : []),
  ]);
  const columns = [
    left('made by'),
    right('channels'),
    right('stay'),
    left('importance as they left'),
    right('first'),
    right('last'),
  ];
  return renderTable(byClass ? [...columns, left('class:most relevant channel')] : columns, rows, { color, indent: 2 });
}

const mostRelevant = (scores: readonly number[]) => String(scores.indexOf(Math.max(...scores)));

/** A line of block characters, each a part of the values. */
function sparkline(values: readonly number[]): string {
  const blocks = '▁▂▃▄▅▆▇█';
  const width = Math.min(16, values.length);
  const most = Math.max(0, ...values);
  return Array.from({ length: width }, (_, i) => {
    const value = values[Math.floor((i * values.length) / width)] ?? 0;
    return blocks[most === 0 ? 0 : Math.min(7, Math.floor((8 * value) / most))] ?? '';
  }).join('');
}

function layerTable({ layers }: PruneResult, color: boolean): string {
  const rows = layers.map(({ name, channelsBefore, channelsAfter, errorAdded, errorLeft }): Cell[] => [
    name,
    channelsBefore,
    channelsAfter,
    percent(errorAdded),
    percent(errorLeft),
  ]);
  const columns = [left('layer'), right('channels'), right('stay'), right('error added'), right('after repair')];
  return renderTable(columns, rows, { color, indent: 2 });
}

function curveTable(curve: readonly CurvePoint[], color: boolean): string {
  const [whole] = curve;
  const hasSram = curve.some(({ sramBytes }) => sramBytes !== null);
  const rows = curve.map(({ macs, parameterBytes, sramBytes, outputError, agreement, accuracy }): Cell[] => [
    macs,
    whole === undefined || whole.macs === 0 ? '-' : percent(macs / whole.macs),
    formatBytes(parameterBytes),
    ...(hasSram ? [sramBytes === null ? '-' : formatBytes(sramBytes)] : []),
    percent(outputError),
    agreement === null ? '-' : percent(agreement),
    accuracy === null ? '-' : percent(accuracy),
  ]);
  const columns = [
    right('MACs'),
    right('share'),
    right('parameters'),
    ...(hasSram ? [right('SRAM')] : []),
    right('output error'),
    right('agrees with float'),
    right('right'),
  ];
  return renderTable(columns, rows, { color, indent: 2 });
}

/** `thimble prune --list`. */
export function groupsText(file: string, { groups, barriers }: DescribedGroups, color: boolean): string {
  const rows = groups.map(({ name, units, producers, consumers, constantsPerUnit }): Cell[] => [
    name,
    units,
    producers
      .filter(({ role }) => role === 'carries')
      .map(({ name: node }) => node)
      .join(', ') || '-',
    consumers.map(({ name: node }) => node).join(', '),
    Math.round(constantsPerUnit),
  ]);
  const columns = [left('made by'), right('channels'), left('goes through'), left('read by'), right('parameters each')];
  return [
    `${file}: ${groups.length} groups of channels that leave together`,
    renderTable(columns, rows, { color, indent: 2 }),
    barriers.length === 0
      ? 'Nothing else has channels.'
      : `Channels that stay\n${barriers.map(({ name, reason }) => `  ${name}: ${reason}`).join('\n')}`,
  ].join('\n\n');
}

function percent(share: number): string {
  return Number.isFinite(share) ? `${(100 * share).toFixed(1)} %` : '-';
}

function number(value: number | undefined): string {
  return value === undefined ? '-' : value.toPrecision(2);
}
