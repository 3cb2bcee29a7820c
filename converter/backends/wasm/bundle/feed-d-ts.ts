import type { Feed } from '../../../ir/preprocessing.ts';

/** What can be classified, and what comes of it; empty for a model whose input is neither a picture nor sound. */
export function feedTypes(feed: Feed | null): string {
  if (feed === null) return '';
  const sources = {
    picture: [
      '/** Rows from the top, of red, green, blue and opacity, a byte each: what decoders of pictures give. */',
      'export interface Pixels {',
      '  readonly width: number;',
      '  readonly height: number;',
      '  readonly data: Uint8Array | Uint8ClampedArray;',
      '}',
      '',
      '/** Pixels, or what a page can draw: frames of a video may be drawn smaller first. */',
      'export type Source_ = Pixels | ImageData | HTMLCanvasElement | OffscreenCanvas | HTMLVideoElement | HTMLImageElement | ImageBitmap | VideoFrame;',
    ],
    sound: [
      '/** A recording, its channels and samples a second, or mono samples of -1 to 1 at the rate of the model. */',
      'export type Source_ = AudioBuffer | { readonly sampleRate: number; readonly channels: readonly Float32Array[] } | Float32Array;',
    ],
  }[feed.kind];
  return `${sources.join('\n').replace('Source_', sourceType(feed))}

/** A class of output 0, with its score as a real number. */
export interface Classification {
  readonly index: number;
  /** Its name, or the index as a text where the model has no labels. */
  readonly label: string;
  readonly score: number;
}

`;
}

/** The name of the type of what can be classified. */
export function sourceType({ kind }: Feed): string {
  return kind === 'picture' ? 'PictureSource' : 'SoundSource';
}

/** Members of a model that takes pictures or sound, in a package of several widths or of one. */
export function feedMembers(feed: Feed | null, hasWidths: boolean): string {
  if (feed === null) return '';
  const widthOption = hasWidths ? '; readonly width?: Width' : '';
  return `  /** The input that is made of a source, as the model was declared: the same numbers that \`thimble run\` makes of a file. */
  prepare(source: ${sourceType(feed)}): Inputs[${JSON.stringify(feed.input)}];
  /** Prepares, runs, and gives the classes of output 0, the best first: five, or \`top\`. */
  classify(source: ${sourceType(feed)}, options?: { readonly top?: number${widthOption} }): Classification[];
`;
}

/** The same for a model in a worker. */
export function workerFeedMembers(feed: Feed | null, hasWidths: boolean): string {
  if (feed === null) return '';
  const widthOption = hasWidths ? '; readonly width?: Width' : '';
  return `  /** Prepares, runs, and gives the classes of output 0, the best first: five, or \`top\`. An ImageBitmap stays the caller's. */
  classify(
    source: ${sourceType(feed)},
    options?: { readonly top?: number; readonly signal?: AbortSignal${widthOption} },
  ): Promise<Classification[]>;
`;
}
