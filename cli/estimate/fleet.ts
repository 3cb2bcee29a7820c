import { type FleetPart, latencyQuantile, shareWithin } from '../../converter/estimate/distribution.ts';
import { durationText } from '../../converter/estimate/duration.ts';
import { type NarrowColumn, renderNarrowTable } from '../output/narrow-table.ts';
import { type Cell, renderPairs } from '../output/table.ts';
import { deadlineText } from './duration.ts';
import { likelyText, percent, type TextStyle } from './render.ts';
import type { EstimateRow } from './rows.ts';

/** A kind of devices with the model on it. */
export interface FleetRow {
  readonly row: EstimateRow;
  readonly setting: string;
  /** Of 1. */
  readonly share: number;
}

/** The latency of a model over a fleet. */
export interface FleetEstimate {
  readonly rows: readonly FleetRow[];
  /** Part of the fleet that the model fits and whose latency can be told. */
  readonly knownShare: number;
  /** Latencies in us that such a part of those devices keeps to; null where there are none. */
  readonly quantiles: { readonly p50: number; readonly p90: number; readonly p95: number; readonly p99: number } | null;
  /** Part of the whole fleet that keeps to the deadline; null without one. Devices that the model does not fit never do. */
  readonly withinShare: number | null;
}

/** Puts the latencies of the devices of a fleet together. */
export function fleetEstimate(rows: readonly FleetRow[], deadlineUs: number | null): FleetEstimate {
  const parts = rows.flatMap(({ row: { estimate, check }, share }): FleetPart[] => {
    if (estimate === null || check?.fit.fits === false) return [];
    return [{ share, us: estimate.us, relative: estimate.error.relative }];
  });
  const knownShare = parts.reduce((sum, { share }) => sum + share, 0);
  const known = parts.map((part) => ({ ...part, share: part.share / knownShare }));
  const at = (quantile: number) => latencyQuantile(known, quantile);
  return {
    rows,
    knownShare,
    quantiles: known.length === 0 ? null : { p50: at(0.5), p90: at(0.9), p95: at(0.95), p99: at(0.99) },
    withinShare: deadlineUs === null ? null : shareWithin(parts, deadlineUs),
  };
}

/** The part of the devices of a row that misses the deadline. */
export function missedShare({ row }: FleetRow, deadlineUs: number): number {
  if (row.check?.fit.fits === false) return 1;
  return 1 - (row.chanceWithin(deadlineUs) ?? 0);
}

/** A fleet as text: quantiles, then its devices, those that miss the deadline most first. */
export function fleetText(model: string, fleet: FleetEstimate, deadlineUs: number | null, style: TextStyle): string {
  const { rows, quantiles, knownShare, withinShare } = fleet;
  const badness = (one: FleetRow) =>
    deadlineUs === null ? (one.row.estimate?.us ?? Number.MAX_VALUE) : one.share * missedShare(one, deadlineUs);
  const sorted = [...rows].sort((a, b) => badness(b) - badness(a));
  const cells = sorted.map((one): Cell[] => [
    one.row.profile.name,
    one.setting === '' ? null : one.setting,
    percent(one.share),
    one.row.estimate === null ? null : durationText(one.row.estimate.us),
    likelyText(one.row),
    ...(deadlineUs === null ? [] : [percent(missedShare(one, deadlineUs))]),
    stateText(one.row),
  ]);
  const column = (title: string, align: NarrowColumn['align'], drop = 0): NarrowColumn => ({ title, align, drop });
  const header = [
    column('device', 'left'),
    column('set', 'left', 2),
    column('share', 'right'),
    column('time', 'right'),
    column('90 % range', 'right', 1),
    ...(deadlineUs === null ? [] : [column(`misses ${deadlineText(deadlineUs)}`, 'right')]),
    column('fits', 'left'),
  ];
  const shown = sorted.some(({ setting }) => setting !== '') ? header : header.filter(({ title }) => title !== 'set');
  const used = cells.map((row) => (shown === header ? row : row.filter((_, i) => i !== 1)));
  const known = quantiles === null ? 'not known' : Object.entries(quantiles).map(quantileText).join(', ');
  return [
    `${model} on a fleet of ${rows.length} kinds of devices`,
    renderPairs([
      ['time', known],
      ...(knownShare > 0.9995
        ? []
        : [
            [
              'told of',
              `${percent(knownShare)} of the devices: the others do not hold it, or their time is not known`,
            ] as const,
          ]),
      ...(deadlineUs === null || withinShare === null
        ? []
        : [
            [
              'deadline',
              `${deadlineText(deadlineUs)}: ${percent(withinShare)} of the devices keep to it, ${percent(1 - withinShare)} miss it`,
            ] as const,
          ]),
    ]),
    renderNarrowTable(shown, used, style.columns, { color: style.color }),
    'The distribution is that of the devices and of the error bars of their estimates.',
  ].join('\n\n');
}

function quantileText([name, us]: readonly [string, number]): string {
  return `${name} ${durationText(us)}`;
}

function stateText({ check, estimate }: EstimateRow): string {
  if (check?.fit.fits === false) {
    return `no, ${check.fit.rows.find(({ missingBytes }) => missingBytes > 0)?.memory ?? ''}`;
  }
  return estimate === null ? 'time not known' : 'yes';
}
