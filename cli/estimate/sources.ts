import type { TargetEstimate } from '../../converter/estimate/estimated.ts';
import { weakestOf } from '../../converter/estimate/sourced.ts';
import type { Quantity, Source } from '../target/quantity.ts';
import type { Profile } from '../target/schema.ts';

/** A number of a profile that an estimate rests on. */
export interface UsedNumber {
  /** Its path: `cores[0].clock`. */
  readonly path: string;
  readonly source: Source;
  readonly ref: string;
}

/** The numbers of a profile that decide on the time of a run. */
export function usedNumbers(profile: Profile): readonly UsedNumber[] {
  const number = (path: string, quantity: Quantity | undefined): readonly UsedNumber[] =>
    quantity === undefined ? [] : [{ path, source: quantity.source, ref: quantity.ref }];
  const clock = number('cores[0].clock', profile.cores[0].clock);
  if (profile.kind !== 'mcu') return clock;
  const { waitStates, cache, line, read } = profile.flash;
  const ofFlash = [
    ...number('flash.waitStates', waitStates),
    ...number('flash.cache', cache),
    ...number('flash.line', line),
  ];
  return [...clock, ...(read === undefined ? ofFlash : number('flash.read', read))];
}

/** The weakest source of an estimate: of the model of the core, or of a number of the profile, which is named then. */
export function weakestSource(profile: Profile, { weakestSource: own, ref }: TargetEstimate) {
  const used = usedNumbers(profile);
  const weakest = weakestOf([own, ...used.map(({ source }) => source)]);
  const number = used.find(({ source }) => source === weakest && source !== own);
  return {
    source: weakest,
    of: number === undefined ? 'the model of the core' : number.path,
    ref: number === undefined ? ref : number.ref,
  };
}
