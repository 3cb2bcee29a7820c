import { ProblemError } from '../../converter/problem.ts';
import { parseBytes } from '../options/bytes.ts';
import { parseProfile } from '../target/parse.ts';
import { baseValue, type Quantity, type Unit } from '../target/quantity.ts';
import type { Profile } from '../target/schema.ts';
import { nearest, UsageError } from '../usage.ts';

/** `--set` and `--clock`: what if a part were another. */
export const overrideOptions = {
  set: {
    type: 'string',
    array: true,
    nargs: 1,
    describe:
      'What if: clock=80MHz, sram=128k, flash=512k, wait-states=2, flash-cache=8k in place of the numbers of the targets; commas or repeat for more',
  },
  clock: {
    type: 'string',
    nargs: 1,
    describe: 'What if: clock of the core, such as 80MHz; the same as --set clock=80MHz',
  },
} as const;

/** A number that takes the place of one of a profile. */
export interface Override {
  readonly name: OverrideName;
  /** As it was given: `80MHz`. */
  readonly text: string;
  readonly value: number;
  readonly unit: Unit;
}

export const overrideNames = ['clock', 'sram', 'flash', 'wait-states', 'flash-cache'] as const;

export type OverrideName = (typeof overrideNames)[number];

const examples: { readonly [N in OverrideName]: string } = {
  clock: '80MHz',
  sram: '128k',
  flash: '512k',
  'wait-states': '2',
  'flash-cache': '8k',
};

/** The overrides of a command line; a later one of the same name holds. Throws UsageError for what is none. */
export function overridesOf(args: {
  readonly set: readonly string[] | undefined;
  readonly clock: string | undefined;
}): readonly Override[] {
  const texts = (args.set ?? []).flatMap((text) => text.split(',')).map((text) => text.trim());
  const all = [...texts, ...(args.clock === undefined ? [] : [`clock=${args.clock}`])].map(parseOverride);
  return [...new Map(all.map((one) => [one.name, one])).values()];
}

/** `clock=80MHz`. Throws UsageError. */
export function parseOverride(text: string): Override {
  const at = text.indexOf('=');
  const word = at === -1 ? text : text.slice(0, at).trim().toLowerCase();
  const value = at === -1 ? '' : text.slice(at + 1).trim();
  const name = overrideNames.find((one) => one === word);
  if (name === undefined || value === '') {
    const near = name ?? overrideNames.find((one) => one === nearest(word, overrideNames));
    const hint = near === undefined ? '' : `did you mean ${near}=${examples[near]}? `;
    const known = overrideNames.map((one) => `${one}=${examples[one]}`).join(', ');
    throw new UsageError(`--set ${JSON.stringify(text)} sets nothing`, `${hint}write one of ${known}`);
  }
  return { name, text: value, ...numberOf(name, value) };
}

function numberOf(name: OverrideName, text: string): Pick<Override, 'value' | 'unit'> {
  switch (name) {
    case 'clock': {
      const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?) ?([kMG]Hz)$/i.exec(text) ?? [];
      const known = (['kHz', 'MHz', 'GHz'] as const).find((one) => one.toLowerCase() === unit.toLowerCase());
      if (known === undefined) throw new UsageError(`--set clock=${text} is no clock`, 'write it as clock=80MHz');
      return { value: Number(number), unit: known };
    }
    case 'wait-states':
      if (!/^\d+$/.test(text))
        throw new UsageError(`--set wait-states=${text} is no count`, 'write it as wait-states=2');
      return { value: Number(text), unit: 'cycles' };
    case 'flash-cache':
      if (/^0+$/.test(text)) return { value: 0, unit: 'B' };
      return { value: parseBytes(text, '--set flash-cache='), unit: 'B' };
    case 'sram':
    case 'flash':
      return { value: parseBytes(text, `--set ${name}=`), unit: 'B' };
    default:
      return name satisfies never;
  }
}

/**
 * A profile with other numbers, which are assumed then. `sram` leaves one bank, the first for data, with so many bytes. Throws ProblemError
 * with the path of the field where a number is absurd, or where the target has none of this kind.
 */
export function withOverrides(profile: Profile, overrides: readonly Override[]): Profile {
  if (overrides.length === 0) return profile;
  const where = `target ${profile.name} with ${overrides.map(({ name, text }) => `${name}=${text}`).join(', ')}`;
  const changed = overrides.reduce<Profile>((before, override) => changedBy(before, override, where), profile);
  const parsed = parseProfile(changed, where);
  return overrides.some(({ name }) => name === 'wait-states') ? parsed : withScaledWaitStates(profile, parsed);
}

/** At another clock the flash, which needs the same time for a read, has other wait states. */
function withScaledWaitStates(before: Profile, after: Profile): Profile {
  if (after.kind !== 'mcu' || after.flash.waitStates === undefined) return after;
  const [old, clock] = [baseValue(before.cores[0].clock), baseValue(after.cores[0].clock)];
  if (clock === old) return after;
  const { waitStates } = after.flash;
  const value = Math.max(0, Math.ceil(((waitStates.value + 1) * clock) / old) - 1);
  const ref = `${waitStates.value} at ${old / 1e6} MHz, for a read that takes as long`;
  return { ...after, flash: { ...after.flash, waitStates: { ...waitStates, value, source: 'assumed', ref } } };
}

function changedBy(profile: Profile, override: Override, where: string): Profile {
  const { name } = override;
  if (name === 'clock') {
    const [first, ...others] = profile.cores;
    return { ...profile, cores: [{ ...first, clock: { ...assumed(override), unit: clockUnit(override) } }, ...others] };
  }
  if (profile.kind !== 'mcu') {
    throw new ProblemError({
      code: 'target-set',
      where,
      what: `--set ${name} has no meaning for a ${profile.kind === 'phone' ? 'phone' : 'single-board computer'}`,
      advice: 'set the clock alone, or name microcontrollers',
    });
  }
  const bytes = { ...assumed(override), unit: 'B' } as const;
  switch (name) {
    case 'sram': {
      const first = profile.banks.find(({ use }) => use === 'data') ?? profile.banks[0];
      return first === undefined ? profile : { ...profile, banks: [{ ...first, bytes }] };
    }
    case 'flash':
      return { ...profile, flash: { ...profile.flash, bytes } };
    case 'flash-cache':
      return { ...profile, flash: { ...profile.flash, cache: bytes } };
    case 'wait-states':
      return { ...profile, flash: { ...profile.flash, waitStates: { ...assumed(override), unit: 'cycles' } } };
    default:
      return name satisfies never;
  }
}

function clockUnit({ unit }: Override): 'kHz' | 'MHz' | 'GHz' {
  return unit === 'kHz' || unit === 'GHz' ? unit : 'MHz';
}

/** Whether a number of a profile is one that an override has set. */
export const isSet = ({ ref }: Pick<Quantity, 'ref'>): boolean => ref.startsWith('--set ');

function assumed({ value, name, text }: Override): Pick<Quantity, 'value' | 'source' | 'ref'> {
  return { value, source: 'assumed', ref: `--set ${name}=${text}` };
}
