import { likelyRange } from '../../converter/estimate/distribution.ts';
import type { TargetEstimate } from '../../converter/estimate/estimated.ts';
import { checkJson } from '../target/check.ts';
import { type FleetEstimate, missedShare } from './fleet.ts';
import type { EstimateRow } from './rows.ts';

/** A model on a target as a part of what `--json` prints. */
export function rowJson(row: EstimateRow, deadlineUs: number | null) {
  const { profile, target, estimate, check, weakest, unknown } = row;
  const [core] = target.cores;
  return {
    target: profile.name,
    title: profile.title,
    core: core.name,
    clockHz: core.clockHz,
    estimate: estimate === null ? null : estimateJson(estimate),
    ...(estimate === null ? { unknown } : {}),
    weakestSource: weakest,
    energy: row.energy === null ? null : { ...row.energy, microjoules: round(row.energy.microjoules, 3) },
    ...(deadlineUs === null ? {} : { deadline: { us: deadlineUs, chance: row.chanceWithin(deadlineUs) } }),
    fit: check === null ? null : checkJson(check),
  };
}

/** An estimate as JSON, its times in us; cycles are rounded. */
export function estimateJson(estimate: TargetEstimate) {
  const { form, us, cycles, instructions, betweenCycles, error, layers } = estimate;
  const [low, high] = likelyRange({ us, relative: error.relative });
  return {
    form,
    us: round(us, 3),
    rangeUs: { low: round(low, 3), high: round(high, 3), certainty: 0.9 },
    cycles: Math.round(cycles),
    instructions: Math.round(instructions),
    betweenCycles: Math.round(betweenCycles),
    error,
    layers: layers.map(({ terms, ...layer }) => ({
      ...layer,
      instructions: Math.round(layer.instructions),
      cycles: Math.round(layer.cycles),
      cyclesPerMac: layer.macs === 0 ? null : round(layer.cycles / layer.macs, 4),
      terms:
        terms === null
          ? null
          : { compute: Math.round(terms.compute), flash: Math.round(terms.flash), ram: Math.round(terms.ram) },
    })),
  };
}

/** A fleet as JSON. */
export function fleetJson(fleet: FleetEstimate, deadlineUs: number | null) {
  const { rows, knownShare, quantiles, withinShare } = fleet;
  return {
    knownShare: round(knownShare, 6),
    quantilesUs: quantiles,
    ...(deadlineUs === null || withinShare === null
      ? {}
      : { deadline: { us: deadlineUs, within: round(withinShare, 6), missed: round(1 - withinShare, 6) } }),
    devices: rows.map((one) => ({
      target: one.row.profile.name,
      set: one.setting === '' ? null : one.setting,
      share: round(one.share, 6),
      us: one.row.estimate === null ? null : round(one.row.estimate.us, 3),
      fits: one.row.check === null ? null : one.row.check.fit.fits,
      ...(deadlineUs === null ? {} : { missed: round(missedShare(one, deadlineUs), 6) }),
    })),
  };
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
