import type { Variant } from '../../backends/wasm/variant.ts';
import type { WebLayer } from './layers.ts';
import type { WebTerm } from './terms.ts';

/** How a number came to be known, the most reliable first. */
export const webSources = ['datasheet', 'measured', 'fitted', 'assumed'] as const;

export type WebSource = (typeof webSources)[number];

/** A number with its source, as in profile files. `ratio` is without a unit: 0.15 are 15 %. */
export interface WebQuantity {
  readonly value: number;
  readonly unit: 'ns' | 'cycles' | 'ratio';
  readonly source: WebSource;
  readonly ref: string;
}

/** What layers of a kind cost on a core. `any` stands for what has no prices of its own. */
export interface WebPrices {
  readonly kind: WebLayer['kind'] | 'any';
  readonly arithmetic: WebLayer['arithmetic'] | 'any';
  readonly variant: Variant | 'any';
  /** Nanoseconds or cycles for one of each; what is absent costs nothing. */
  readonly terms: { readonly [T in WebTerm]?: WebQuantity };
  /** The part of the time by which 95 % of layers are off at most. */
  readonly error: WebQuantity;
}

/** Cores of one kind. */
export interface WebCore {
  readonly name: string;
  readonly count: number;
  readonly clockHz: number;
  readonly prices: readonly WebPrices[];
}

/** What {@link estimateWeb} needs to know of a phone, a board or a computer with its JavaScript engine. */
export interface WebProfile {
  readonly name: string;
  /** The quickest cores first. */
  readonly cores: readonly [WebCore, ...WebCore[]];
  /** What a run costs before its first layer: the call from JavaScript. */
  readonly entry: WebQuantity;
  /** The part of its time that a second thread, and each further one, adds to the first. */
  readonly threadEfficiency: WebQuantity;
  /** How long threads wait for each other after a layer. */
  readonly threadWait: WebQuantity;
  /** How much longer than the median the run takes that 95 % of runs are quicker than, as a ratio to the median. */
  readonly slowRuns: WebQuantity;
}
