import type { WebLayer } from './layers.ts';

/**
 * What the time of a layer is a sum of: entering its code once, instructions by class (`counts/instructions.ts`), and bytes that come from
 * beyond a cache of so many bytes. Each has a price in a profile, none of which is negative.
 */
export const webTerms = [
  'call',
  'loads',
  'stores',
  'multiplies',
  'arithmetic',
  'branches',
  'scalars',
  'control',
  'movedBytes',
  'beyond32KiB',
  'beyond256KiB',
  'beyond1MiB',
  'beyond4MiB',
] as const;

export type WebTerm = (typeof webTerms)[number];

/** Sizes of caches between which devices differ: first-level caches end about the first, second-level ones between the others. */
export const cacheSteps = {
  beyond32KiB: 2 ** 15,
  beyond256KiB: 2 ** 18,
  beyond1MiB: 2 ** 20,
  beyond4MiB: 2 ** 22,
} as const satisfies Partial<Record<WebTerm, number>>;

export type CacheStep = keyof typeof cacheSteps;

/** How often a layer does each thing that has a price. */
export type TermAmounts = { readonly [T in WebTerm]: number };

/**
 * The amounts of a layer. From run to run constants stay in the caches that hold all constants of the model, `modelConstantBytes`; activations
 * stay in those that hold the tensors of the layer.
 */
export function termsOf(layer: WebLayer, modelConstantBytes: number): TermAmounts {
  const { counts, constantBytes, activationBytes } = layer;
  const { loads, stores, multiplies, arithmetic, branches, scalars, control, movedBytes } = counts;
  const own = constantBytes + activationBytes;
  const whole = Math.max(own, modelConstantBytes);
  const beyond = (step: CacheStep) =>
    (whole > cacheSteps[step] ? constantBytes : 0) + (own > cacheSteps[step] ? activationBytes : 0);
  return {
    call: 1,
    ...{ loads, stores, multiplies, arithmetic, branches, scalars, control, movedBytes },
    beyond32KiB: beyond('beyond32KiB'),
    beyond256KiB: beyond('beyond256KiB'),
    beyond1MiB: beyond('beyond1MiB'),
    beyond4MiB: beyond('beyond4MiB'),
  };
}

/** Bytes of all weights and tables. */
export function constantBytesOf(layers: readonly WebLayer[]): number {
  return layers.reduce((sum, { constantBytes }) => sum + constantBytes, 0);
}
