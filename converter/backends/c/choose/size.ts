import type { CLayer } from '../kernel.ts';
import { type CpuName, cpuFeatures } from '../narrow/cpu.ts';

/** A layer in the usual form and in that of small.h, with the bytes of its tables. */
export interface SmallOption {
  readonly index: number;
  readonly usual: CLayer;
  readonly small: CLayer;
  readonly usualTableBytes: number;
  readonly smallTableBytes: number;
}

/** Kernels that functions of the same kind share. */
interface Sizes {
  /** A layer function of one shape. */
  readonly functionBytes: number;
  /** What several layer functions call, by a name in their text. */
  readonly shared: readonly (readonly [RegExp, number])[];
  readonly smallBytes: { readonly convolution: number; readonly depthwise: number };
}

/**
 * Bytes of machine code by arm-none-eabi-gcc 12.2 -O2, rounded: of kws, vww, ic, ad and micro_speech on a Cortex-M4 and a Cortex-M0+. Only
 * their order matters: what is chosen is counted again when it is linked.
 */
const dspSizes: Sizes = {
  functionBytes: 200,
  shared: [
    [/thimble_tile4_\w+/, 1050],
    [/thimble_tile3_\w+/, 900],
    [/thimble_tile2_\w+/, 800],
    [/thimble_tile1_\w+/, 550],
    [/thimble_depthwise9_\w+/, 880],
  ],
  smallBytes: { convolution: 780, depthwise: 640 },
};

const otherSizes: Sizes = { functionBytes: 330, shared: [], smallBytes: { convolution: 880, depthwise: 700 } };

/** Bytes of a call with its arguments, and of the function that it calls. */
const [callBytes, wrapperBytes] = [12, 32];

/** The layers of which the kernel of small.h takes less flash in all, for convolutions and depthwise convolutions apart. */
export function smallLayers(options: readonly SmallOption[], cpu: CpuName | null): ReadonlySet<number> {
  const sizes = cpu === null || cpuFeatures[cpu].DSP === 1 ? dspSizes : otherSizes;
  const chosen = new Set<number>();
  for (const kind of ['convolution', 'depthwise'] as const) {
    const own = options.filter(({ small }) => small.stem === kind);
    if (own.length === 0) continue;
    const usual = usualBytes(own, sizes) + sum(own.map(({ usualTableBytes }) => usualTableBytes));
    const tables = sum(own.map(({ smallTableBytes }) => smallTableBytes));
    const small = sizes.smallBytes[kind] + wrapperBytes + own.length * callBytes + tables;
    if (small < usual) for (const { index } of own) chosen.add(index);
  }
  return chosen;
}

function usualBytes(options: readonly SmallOption[], { functionBytes, shared }: Sizes): number {
  const texts = new Set(
    options.map(({ usual }) => `${usual.parameters.map(({ declaration }) => declaration).join()}${usual.body}`),
  );
  const names = new Map<string, number>();
  for (const text of texts) {
    for (const [pattern, bytes] of shared) {
      for (const [name] of text.matchAll(new RegExp(pattern, 'g'))) names.set(name, bytes);
    }
  }
  return texts.size * functionBytes + sum([...names.values()]);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
