import { chanceWithin } from '../../converter/estimate/distribution.ts';
import type { TargetEstimate } from '../../converter/estimate/estimated.ts';
import { energyOfTarget, microjoules } from '../../converter/estimate/silicon/energy.ts';
import type { Target } from '../../converter/plan/target.ts';
import type { TargetCheck } from '../target/check.ts';
import type { Profile } from '../target/schema.ts';
import { isSet } from './overrides.ts';
import { weakestSource } from './sources.ts';

/** A model on a target. */
export interface EstimateRow {
  readonly profile: Profile;
  readonly target: Target;
  /** Null where nothing is known of the core. */
  readonly estimate: TargetEstimate | null;
  /** Why there is no estimate; empty where there is one. */
  readonly unknown: string;
  /** Null where memory is no question. */
  readonly check: TargetCheck | null;
  readonly weakest: ReturnType<typeof weakestSource> | null;
  /** Of a run, where a figure is published of the part at this clock. */
  readonly energy: RunEnergy | null;
  /** How likely a run takes at most so long; null without an estimate. */
  chanceWithin(us: number): number | null;
}

/** Energy of one run. */
export interface RunEnergy {
  readonly microjoules: number;
  /** How the part was supplied when it was measured. */
  readonly supply: string;
  readonly source: string;
  readonly ref: string;
}

function energyOf(profile: Profile, cycles: number): RunEnergy | null {
  const part = energyOfTarget(profile.name);
  // The figures are those of the clock of the profile.
  if (part === null || isSet(profile.cores[0].clock)) return null;
  const { source, ref } = part.perCycle;
  return { microjoules: microjoules(cycles, part), supply: part.supply, source, ref };
}

/** Puts together what is known of a model on a target. */
export function estimateRow(
  profile: Profile,
  target: Target,
  estimate: TargetEstimate | null,
  check: TargetCheck | null,
  unknown: string,
): EstimateRow {
  return {
    ...{ profile, target, estimate, check, unknown: estimate === null ? unknown : '' },
    weakest: estimate === null ? null : weakestSource(profile, estimate),
    energy: estimate === null || estimate.form.kind !== 'c' ? null : energyOf(profile, estimate.cycles),
    chanceWithin: (us) =>
      estimate === null ? null : chanceWithin({ us: estimate.us, relative: estimate.error.relative }, us),
  };
}
