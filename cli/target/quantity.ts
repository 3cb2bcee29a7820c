import { z } from 'zod';

/** Text that says something. */
export const text = z.string().trim().min(1);

/** How a number came to be known, the most reliable first. */
export const sources = ['datasheet', 'measured', 'fitted', 'assumed'] as const;

export type Source = (typeof sources)[number];

/** A number of a profile. */
export interface Quantity {
  readonly value: number;
  readonly unit: Unit;
  readonly source: Source;
  /** Where the number stands, or what it is assumed from. */
  readonly ref: string;
}

/** Each unit in its base unit: bytes, hertz, cycles, cores, bytes per second, nanoseconds, ratios. */
const unitFactors = {
  B: 1,
  KiB: 1024,
  MiB: 1024 ** 2,
  kHz: 1e3,
  MHz: 1e6,
  GHz: 1e9,
  cycles: 1,
  cores: 1,
  'GB/s': 1e9,
  ns: 1,
  ratio: 1,
} as const;

export type Unit = keyof typeof unitFactors;

/** The number in its base unit. */
export function baseValue({ value, unit }: Pick<Quantity, 'value' | 'unit'>): number {
  return value * unitFactors[unit];
}

/** What a number may be, in its base unit, both ends included. */
interface Limits {
  readonly from: number;
  readonly to: number;
  /** `between 16 B and 16 MiB`. */
  readonly told: string;
  readonly whole?: boolean;
}

/** A number in one of `units`, with the source that a profile owes for it. */
function quantity<const U extends readonly [Unit, ...Unit[]]>(units: U, { from, to, told, whole = false }: Limits) {
  return z
    .strictObject({
      value: z.number(),
      unit: z.enum(units),
      source: z.enum(sources),
      ref: text.describe('Where the number stands, or what it is assumed from'),
    })
    .superRefine(({ value, unit }, context) => {
      const base = baseValue({ value, unit });
      if (base >= from && base <= to && (!whole || Number.isInteger(base))) return;
      const message = `${value} ${unit} is not ${told}${whole ? ', or no whole number' : ''}`;
      context.addIssue({ code: 'custom', path: ['value'], message });
    });
}

const byteUnits = ['B', 'KiB', 'MiB'] as const;

export const sramBytes = quantity(byteUnits, { from: 16, to: 2 ** 24, told: 'between 16 B and 16 MiB', whole: true });

export const flashBytes = quantity(byteUnits, {
  from: 1024,
  to: 2 ** 30,
  told: 'between 1 KiB and 1 GiB',
  whole: true,
});

/** 0 where there is no cache. */
export const cacheBytes = quantity(byteUnits, { from: 0, to: 2 ** 28, told: 'between 0 and 256 MiB', whole: true });

export const clock = quantity(['kHz', 'MHz', 'GHz'], { from: 1e5, to: 1e10, told: 'between 100 kHz and 10 GHz' });

/** What one access to flash brings. */
export const lineBytes = quantity(['B'], { from: 1, to: 1024, told: 'between 1 and 1024 B', whole: true });

export const waitStates = quantity(['cycles'], { from: 0, to: 1000, told: 'between 0 and 1000 cycles', whole: true });

export const accessCycles = quantity(['cycles'], { from: 0.25, to: 1000, told: 'between 0.25 and 1000 cycles' });

export const coreCount = quantity(['cores'], { from: 1, to: 64, told: 'between 1 and 64', whole: true });

export const bandwidth = quantity(['GB/s'], { from: 1e7, to: 1e12, told: 'between 0.01 and 1000 GB/s' });

/** What something costs each time. */
export const price = quantity(['ns', 'cycles'], { from: 0, to: 1e9, told: 'between 0 and 1e9' });

export const nanoseconds = quantity(['ns'], { from: 0, to: 1e9, told: 'between 0 and 1e9 ns' });

export const ratio = quantity(['ratio'], { from: 0, to: 100, told: 'between 0 and 100' });
