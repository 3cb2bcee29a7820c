import type { Features } from './features.ts';

/**
 * How files become the values of one input, as the user declared it. It is no part of what a model computes: it stands in what is written of
 * it, since whoever feeds the model has to do the same.
 */
export interface Preprocessing {
  /** The input, by its name. */
  readonly input: string;
  /** One sentence for comments: `(value * 0.0039 - 0.5) / 0.25, pixels as RGB`. */
  readonly sentence: string;
  /** For programs, in the words of a file of `--preprocess`. */
  readonly declared: Readonly<Record<string, unknown>>;
  /** The same in full; null for inputs that are neither a picture nor sound. */
  readonly feed: Feed | null;
}

/** (value * scale + offset - mean) / std; element i belongs to channel floor(i / stride) mod the number of means or deviations. */
export interface FeedArithmetic {
  readonly scale: number;
  readonly offset: number;
  readonly mean: readonly number[];
  readonly std: readonly number[];
  readonly stride: number;
}

/** How programs make the one input of a model of a picture or of sound; `runtime-wasm/feed.js` does it. */
export type Feed = {
  readonly input: string;
  /** Null where pixels are taken as they are. */
  readonly arithmetic: FeedArithmetic | null;
} & (
  | {
      readonly kind: 'picture';
      readonly width: number;
      readonly height: number;
      readonly channels: 1 | 3 | 4;
      readonly layout: 'nhwc' | 'nchw';
      readonly color: 'rgb' | 'bgr' | 'grey';
      readonly resize: 'antialias' | 'bilinear' | 'nearest';
      readonly fit: 'stretch' | 'centre-crop';
    }
  | {
      readonly kind: 'sound';
      /** How many the input needs. */
      readonly samples: number;
      readonly sampleRateHz: number | null;
      readonly length: 'exact' | 'fit';
      /** The spectra that the model takes; null where it takes the samples themselves. */
      readonly features: Features | null;
    }
);

/** The entry of `thimble.json`: by input what is declared. Nothing where nothing is known. */
export function preprocessingEntry(all: readonly Preprocessing[]): Readonly<Record<string, unknown>> {
  if (all.length === 0) return {};
  const inputs = Object.fromEntries(all.map(({ input, declared }) => [input, declared]));
  return { preprocessing: { version: 1, inputs } };
}
