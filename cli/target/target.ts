import type { Target } from '../../converter/plan/target.ts';
import { baseValue } from './quantity.ts';
import type { McuProfile, Profile } from './schema.ts';

/** The plain numbers of a profile, in base units. */
export function targetOf(profile: Profile): Target {
  const { name, kind, title } = profile;
  const [first, ...others] = profile.cores;
  const identity = { name, kind, title, cores: [coreOf(first), ...others.map(coreOf)] } as const;
  if (profile.kind !== 'mcu') return { ...identity, banks: [], flash: null };
  const { waitStates, cache, line, read } = profile.flash;
  return {
    ...identity,
    banks: profile.banks.map((bank) => ({
      ...bank,
      bytes: baseValue(bank.bytes),
      accessCycles: baseValue(bank.accessCycles),
    })),
    flash: {
      kind: profile.flash.kind,
      bytes: baseValue(profile.flash.bytes),
      waitStates: waitStates === undefined ? null : baseValue(waitStates),
      cacheBytes: cache === undefined ? null : baseValue(cache),
      ...(line === undefined ? {} : { lineBytes: baseValue(line) }),
      ...(read === undefined ? {} : { readNsPerByte: baseValue(read) }),
    },
    ...measuredOf(profile.layerCycles),
  };
}

/** What an emulator counted says nothing of cycles. */
function measuredOf(measured: McuProfile['layerCycles']): Pick<Target, 'measured'> {
  if (measured === undefined || measured.counter !== 'cycles') return {};
  const kinds = measured.kinds.map(({ kind, cycles, error }) => {
    return { kind, cycles: baseValue(cycles), error: baseValue(error) };
  });
  return { measured: { processor: measured.processor, kinds, ref: measured.kinds[0]?.cycles.ref ?? '' } };
}

function coreOf({ name, count, isa, clock, fpu, extensions }: Profile['cores'][0]): Target['cores'][0] {
  return { name, count: baseValue(count), isa, clockHz: baseValue(clock), fpu, extensions };
}
