import type { WebCore, WebPrices, WebProfile, WebQuantity } from './profile.ts';

/**
 * First profiles of phones and boards that nobody has timed: throughputs of a core, times a factor that makes MobileNetV2 1.0 224 in float32
 * take what published engines took on one core of the kind. The same core differs by 2x between the tables, and so may these.
 */

/** What is known of a core. */
interface Seed {
  /** Vectors of 128 bits that are computed in a cycle. */
  readonly vectors: number;
  /** Vectors that are loaded in a cycle. */
  readonly loads: number;
  /** Whether instructions wait for those before them. */
  readonly inOrder: boolean;
  /** Cycles that published runs took, in parts of what throughputs alone would say. */
  readonly factor: number;
  readonly source: WebQuantity['source'];
  readonly ref: string;
}

const pixel2 = 'XNNPACK README, MobileNetV2 float32, 1 thread, Pixel 2: 53 ms at 2.35 GHz';
const pixel3a = 'XNNPACK README, MobileNetV2 float32, 1 thread, Pixel 3a: 55 ms at 2.0 GHz';
const pi4 = 'ncnn benchmark README, MobileNetV2 float32, 1 thread, Raspberry Pi 4: 93.0 ms at 1.8 GHz';
const a53 = 'ncnn benchmark README, MobileNetV2 float32, 1 thread, Raspberry Pi 3 B+: 158.7 ms at 1.4 GHz';
const a76 = 'ncnn benchmark README, MobileNetV2 float32, 1 thread, Snapdragon 675: 38.6 ms at 2.0 GHz';

const fitted = (vectors: number, loads: number, inOrder: boolean, factor: number, ref: string): Seed => {
  return { vectors, loads, inOrder, factor, source: 'fitted', ref };
};

/** Cores without a published time that could be had take the middle factor of those with one. */
const middleFactor = 1.2;

const assumed = (vectors: number, loads: number, inOrder = false): Seed => {
  const ref = `${vectors} vector${vectors === 1 ? '' : 's'} a cycle, as is said of the core; the factor is that of other cores`;
  return { vectors, loads, inOrder, factor: middleFactor, source: 'assumed', ref };
};

const seeds: ReadonlyMap<string, Seed> = new Map(
  Object.entries({
    'Cortex-A53': fitted(0.5, 1, true, 1.17, a53),
    'Cortex-A55': assumed(1, 1, true),
    'Cortex-A510': assumed(1, 1, true),
    'Cortex-A520': assumed(1, 1, true),
    'Cortex-A72': fitted(1, 1, false, 1.52, pi4),
    'Cortex-A73': fitted(1, 1, false, 1.13, pixel2),
    'Cortex-A75': fitted(1, 1, false, 1, pixel3a),
    'Cortex-A76': fitted(2, 2, false, 1.28, a76),
    'Cortex-A77': assumed(2, 2),
    'Cortex-A78': assumed(2, 2),
    'Cortex-A710': assumed(2, 2),
    'Cortex-A715': assumed(2, 2),
    'Cortex-A720': assumed(2, 2),
    'Cortex-X1': assumed(4, 2),
    'Cortex-X2': assumed(4, 2),
    'Cortex-X3': assumed(4, 2),
    'Cortex-X4': assumed(4, 3),
    'Exynos M4': assumed(2, 2),
    Lightning: assumed(3, 2),
    Thunder: assumed(2, 1),
    Avalanche: assumed(4, 3),
    Blizzard: assumed(2, 2),
    'A17 performance': assumed(4, 3),
    'A17 efficiency': assumed(2, 2),
    RV64GCVB: assumed(0.5, 0.5, true),
  }),
);

/** The names of the cores that {@link seededWebProfile} knows. */
export const seededCores: readonly string[] = [...seeds.keys()];

/** What {@link seededWebProfile} takes of a chip. */
export interface SeededChip {
  readonly name: string;
  readonly cores: readonly { readonly name: string; readonly count: number; readonly clockHz: number }[];
  /** Of the main memory; null where nobody says. */
  readonly dramBytesPerSecond: number | null;
}

/** How far public tables are apart for one core (`docs/profile.md`): a factor of two. */
const tableNoise: WebQuantity = {
  value: 1,
  unit: 'ratio',
  source: 'assumed',
  ref: 'one Cortex-A76 at 2.4 GHz has 20.2 ms and 41.2 ms in the same public table: a factor of 2',
};

/** The profile of a chip from what is published of its cores; null where none of them is known. Cores that are not known are left out. */
export function seededWebProfile({ name, cores, dramBytesPerSecond }: SeededChip): WebProfile | null {
  const known = cores.flatMap(({ name: core, count, clockHz }): (WebCore & { readonly speed: number })[] => {
    const seed = seeds.get(core);
    if (seed === undefined) return [];
    const speed = (clockHz * seed.vectors) / seed.factor;
    return [{ name: core, count, clockHz, prices: [pricesOf(seed, dramBytesPerSecond)], speed }];
  });
  const [first, ...others] = known.sort((a, b) => b.speed - a.speed);
  if (first === undefined) return null;
  const assume = (value: number, unit: WebQuantity['unit'], ref: string): WebQuantity => {
    return { value, unit, source: 'assumed', ref };
  };
  return {
    name,
    cores: [first, ...others],
    entry: assume(50, 'ns', 'a call from JavaScript'),
    threadEfficiency: assume(0.75, 'ratio', 'TF.js blog, 2020-09: threads give 1.8x to 2.9x'),
    threadWait: assume(2000, 'ns', 'waking a thread that spins'),
    slowRuns: assume(1.2, 'ratio', 'other work of the device'),
  };
}

/** One cycle for a vector on a pipe of its own; half of the loads and a part of what surrounds them stay behind the arithmetic. */
function pricesOf(
  { vectors, loads, inOrder, factor, source, ref }: Seed,
  dramBytesPerSecond: number | null,
): WebPrices {
  const cycles = (value: number): WebQuantity => {
    return { value: Number((value * factor).toPrecision(3)), unit: 'cycles', source, ref };
  };
  const scalar = inOrder ? 0.5 : 0.25;
  const dram: WebQuantity =
    dramBytesPerSecond === null
      ? { value: 0.2, unit: 'ns', source: 'assumed', ref: '5 GB/s for one core' }
      : {
          value: Number((4e9 / dramBytesPerSecond).toPrecision(3)),
          unit: 'ns',
          source: 'assumed',
          ref: 'a quarter of the bandwidth of the memory for one core',
        };
  return {
    kind: 'any',
    arithmetic: 'any',
    variant: 'any',
    terms: {
      call: cycles(100),
      multiplies: cycles(1 / vectors),
      arithmetic: cycles(1 / vectors),
      loads: cycles((inOrder ? 0.6 : 0.4) / loads),
      stores: cycles(0.5),
      branches: cycles(0.5),
      scalars: cycles(scalar),
      control: cycles(1),
      movedBytes: cycles(1 / 16),
      beyond32KiB: cycles(1 / 16),
      beyond256KiB: cycles(1 / 16),
      beyond4MiB: dram,
    },
    error: tableNoise,
  };
}
