import { likelyRange } from '../../converter/estimate/distribution.ts';
import { durationText, rangeText } from '../../converter/estimate/duration.ts';
import type { LayerEstimate } from '../../converter/estimate/estimated.ts';
import { type NarrowColumn, renderNarrowTable } from '../output/narrow-table.ts';
import { type Cell, renderPairs } from '../output/table.ts';
import { formatBytes, formatCount } from '../output/text.ts';
import { flashText, shareText, sramText } from '../target/render-fit.ts';
import { deadlineText } from './duration.ts';
import type { EstimateRow } from './rows.ts';

/** How wide and how coloured text may be. */
export interface TextStyle {
  readonly color: boolean;
  readonly columns: number;
}

const column = (title: string, align: NarrowColumn['align'], drop = 0, least?: number): NarrowColumn => {
  return least === undefined ? { title, align, drop } : { title, align, drop, least };
};

/** One model on one target: layer by layer, and in all. */
export function targetText(model: string, row: EstimateRow, deadlineUs: number | null, style: TextStyle): string {
  const { profile, estimate } = row;
  const [core] = row.target.cores;
  const form = estimate?.form.kind === 'wasm' ? `, as ${formText(row)}` : '';
  const head = `${model} on ${profile.name}: ${profile.title}, ${core.name} at ${core.clockHz / 1e6} MHz${form}`;
  if (estimate === null)
    return [head, renderPairs([['time', `not known: ${row.unknown}`], ...memoryPairs(row)])].join('\n\n');
  return [head, layerTable(row, style), renderPairs(totalPairs(row, deadlineUs))].join('\n\n');
}

/** The layers with what they take. */
function layerTable({ estimate }: EstimateRow, style: TextStyle): string {
  if (estimate === null) return '';
  const part = (cycles: number) => `${((100 * cycles) / estimate.cycles).toFixed(1)} %`;
  const rows = estimate.layers.map((layer): Cell[] => [
    layer.index,
    layer.name,
    layer.operator,
    layer.macs,
    layer.weightBytes,
    layer.activationBytes,
    Math.round(layer.cycles),
    perMac(layer),
    part(layer.cycles),
    layer.bound === 'ram' ? 'RAM' : layer.bound,
  ]);
  if (estimate.betweenCycles > 0) {
    const cycles = Math.round(estimate.betweenCycles);
    rows.push([null, 'between the layers', null, null, null, null, cycles, null, part(cycles), null]);
  }
  const header = [
    column('#', 'right'),
    column('layer', 'left', 0, 20),
    column('operator', 'left', 3),
    column('MACs', 'right'),
    column('weights B', 'right', 1),
    column('data B', 'right', 4),
    column('cycles', 'right'),
    column('per MAC', 'right'),
    column('share', 'right', 2),
    column('bound', 'left'),
  ];
  return renderNarrowTable(header, rows, style.columns, { color: style.color });
}

function perMac({ cycles, macs }: Pick<LayerEstimate, 'cycles' | 'macs'>): string {
  return macs === 0 ? '-' : (cycles / macs).toFixed(2);
}

function totalPairs(row: EstimateRow, deadlineUs: number | null): (readonly [string, Cell])[] {
  const { estimate, weakest } = row;
  if (estimate === null) return [];
  const macs = estimate.layers.reduce((sum, layer) => sum + layer.macs, 0);
  const perEach = macs === 0 ? '' : `, ${(estimate.cycles / macs).toFixed(2)} per MAC`;
  return [
    ['time', `${durationText(estimate.us)}, ${likelyText(row)} with 90 % certainty`],
    ['cycles', `${formatCount(Math.round(estimate.cycles))}${perEach}`],
    ['instructions', formatCount(Math.round(estimate.instructions))],
    ['error bar', `${percent(estimate.error.relative)}: ${estimate.error.source}${countText(estimate.error.n)}`],
    ...(weakest === null
      ? []
      : [
          [
            'weakest source',
            `${weakest.source}: ${weakest.of}${weakest.ref === null ? '' : ` (${weakest.ref})`}`,
          ] as const,
        ]),
    ...(row.energy === null
      ? []
      : [
          [
            'energy',
            `${formatCount(Math.round(row.energy.microjoules))} uJ at ${row.energy.supply} (${row.energy.ref})`,
          ] as const,
        ]),
    ...(deadlineUs === null ? [] : [['deadline', chanceOf(row, deadlineUs)] as const]),
    ...memoryPairs(row),
  ];
}

const countText = (results: number): string => (results === 0 ? '' : `, ${results} results`);

/** `C`, or `WASM dot`. */
export function formText({ estimate }: EstimateRow): string | null {
  if (estimate === null) return null;
  return estimate.form.kind === 'c' ? 'C' : `WASM ${estimate.form.variant}`;
}

/** `33.9 to 50.1 ms`. */
export function likelyText({ estimate }: EstimateRow): string {
  if (estimate === null) return '-';
  return rangeText(likelyRange({ us: estimate.us, relative: estimate.error.relative }));
}

function chanceOf(row: EstimateRow, deadlineUs: number): string {
  const chance = row.chanceWithin(deadlineUs);
  return `${deadlineText(deadlineUs)}: kept with a chance of ${percent(chance ?? 0)}`;
}

function memoryPairs({ check }: EstimateRow): (readonly [string, Cell])[] {
  if (check === null) return [];
  const { fit, footprint } = check;
  return [
    ['SRAM', sramText(footprint)],
    ['flash', flashText(footprint)],
    ['fits', fit.fits ? `yes: ${fit.rows.map(shareText).join(', ')}` : `no: ${missingText(row(check))}`],
  ];
}

const row = (check: NonNullable<EstimateRow['check']>) => check.fit.rows;

function missingText(rows: ReturnType<typeof row>): string {
  return rows
    .filter(({ missingBytes }) => missingBytes > 0)
    .map(({ memory, missingBytes }) => `${memory} lacks ${formatBytes(missingBytes)}`)
    .join(', ');
}

/** One model on several targets, a row each; the quickest that fit come first. */
export function comparisonText(
  model: string,
  rows: readonly EstimateRow[],
  deadlineUs: number | null,
  style: TextStyle,
): string {
  const sorted = [...rows].sort((a, b) => orderOf(a) - orderOf(b));
  const isMixed = rows.some(({ estimate }) => estimate?.form.kind === 'wasm');
  const cells = sorted.map((one): Cell[] => [
    one.profile.name,
    one.target.cores[0].name,
    one.target.cores[0].clockHz / 1e6,
    ...(isMixed ? [formText(one)] : []),
    one.estimate === null ? null : durationText(one.estimate.us),
    one.estimate === null ? null : likelyText(one),
    one.estimate === null ? null : Math.round(one.estimate.cycles / 1000),
    one.weakest?.source ?? null,
    ...(deadlineUs === null ? [] : [chanceText(one, deadlineUs)]),
    ...fitCells(one),
  ]);
  const header = [
    column('target', 'left'),
    column('core', 'left', 3),
    column('MHz', 'right', 2),
    ...(isMixed ? [column('as', 'left')] : []),
    column('time', 'right'),
    column('90 % range', 'right', 1),
    column('kcycles', 'right', 5),
    column('source', 'left', 4),
    ...(deadlineUs === null ? [] : [column(`in ${deadlineText(deadlineUs)}`, 'right')]),
    column('SRAM', 'right'),
    column('flash', 'right'),
    column('fits', 'left', 0, 12),
  ];
  const held = rows.filter(({ check }) => check === null || check.fit.fits).length;
  const unknown = sorted.filter(({ estimate }) => estimate === null);
  return [
    `${model} on ${rows.length} targets; it fits ${held}`,
    renderNarrowTable(header, cells, style.columns, { color: style.color }),
    ...(unknown.length === 0
      ? []
      : [`No time for ${unknown.map(({ profile, unknown: why }) => `${profile.name} (${why})`).join(', ')}.`]),
  ].join('\n\n');
}

/** What fits comes first, then what is quick. */
function orderOf({ check, estimate }: EstimateRow): number {
  const time = estimate === null ? 1e12 : Math.min(estimate.us, 1e11);
  return check === null || check.fit.fits ? time : 1e13 + time;
}

function fitCells({ check }: EstimateRow): Cell[] {
  if (check === null) return [null, null, 'yes'];
  const { fit } = check;
  const shareOf = (memory: string) => {
    const found = fit.rows.find((one) => one.memory === memory);
    return found === undefined ? null : `${Math.ceil((100 * found.needBytes) / Math.max(1, found.haveBytes))} %`;
  };
  const fits = fit.fits ? 'yes' : `no, ${fit.rows.find(({ missingBytes }) => missingBytes > 0)?.memory ?? ''}`;
  return [shareOf('SRAM'), shareOf('flash'), fits];
}

function chanceText(one: EstimateRow, deadlineUs: number): Cell {
  const chance = one.chanceWithin(deadlineUs);
  return chance === null ? null : percent(chance);
}

/** `12 %`; what is nearly none or nearly all keeps a digit. */
export function percent(share: number): string {
  const value = share * 100;
  return `${value === 0 || value >= 99.95 ? value.toFixed(0) : value < 1 || value > 99 ? value.toFixed(1) : value.toFixed(0)} %`;
}
