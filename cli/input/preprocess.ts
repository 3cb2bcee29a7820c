import { ProblemError } from '../../converter/problem.ts';

/**
 * Declared arithmetic on the values of a file, before any quantization: (value * scale + offset - mean) / std.
 * `mean` and `std` have one element, or one for each channel.
 */
export interface Preprocess {
  readonly scale: number;
  readonly offset: number;
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** Names of the usual ranges of pixel values. */
export const pixelRanges = ['0..1', '-1..1', '0..255', '-128..127'] as const;

export type PixelRange = (typeof pixelRanges)[number];

const rangeArithmetic: { readonly [R in PixelRange]: { readonly scale: number; readonly offset: number } } = {
  '0..1': { scale: 1 / 255, offset: 0 },
  '-1..1': { scale: 2 / 255, offset: -1 },
  '0..255': { scale: 1, offset: 0 },
  '-128..127': { scale: 1, offset: -128 },
};

/** The options as the command line gives them; undefined where an option is absent. */
export interface PreprocessOptions {
  readonly pixels?: string | undefined;
  readonly scale?: number | undefined;
  readonly offset?: number | undefined;
  readonly mean?: readonly number[] | undefined;
  readonly std?: readonly number[] | undefined;
  readonly raw?: boolean | undefined;
}

/**
 * The declared arithmetic, null where none is declared. `pixels` stands for a scale and an offset.
 * Throws ProblemError with all contradictions at once.
 */
export function parsePreprocess(options: PreprocessOptions): Preprocess | null {
  const { pixels, scale, offset, mean, std, raw = false } = options;
  const problems: { code: string; where: string; what: string; advice: string }[] = [];
  const report = (where: string, what: string, advice: string): void => {
    problems.push({ code: 'preprocess-options', where, what, advice });
  };
  const range = pixelRanges.find((name) => name === pixels);
  if (pixels !== undefined && range === undefined) {
    report('--pixels', `${JSON.stringify(pixels)} is not known`, `use one of ${pixelRanges.join(', ')}`);
  }
  if (pixels !== undefined && (scale !== undefined || offset !== undefined)) {
    report('--pixels', 'it stands for a scale and an offset, which are given too', 'leave out one of them');
  }
  const numbers = { scale: [scale ?? 1], offset: [offset ?? 0], mean: mean ?? [0], std: std ?? [1] };
  for (const [name, values] of Object.entries(numbers)) {
    if (values.length === 0 || !values.every(Number.isFinite))
      report(`--${name}`, 'it is not a number', 'give a number');
  }
  if (numbers.std.includes(0)) report('--std', 'it is 0, and values are divided by it', 'give a value above 0');
  if (numbers.mean.length > 1 && numbers.std.length > 1 && numbers.mean.length !== numbers.std.length) {
    const what = `${numbers.mean.length} means but ${numbers.std.length} standard deviations`;
    report('--mean', what, 'give one value each, or one for each channel');
  }
  const declared = [pixels, scale, offset, mean, std].some((option) => option !== undefined);
  if (raw && declared)
    report('--raw', 'values are taken as they are, yet arithmetic is declared', 'leave out one of them');
  if (problems.length > 0) throw new ProblemError(problems);
  if (!declared) return null;
  const shortcut = range === undefined ? { scale: scale ?? 1, offset: offset ?? 0 } : rangeArithmetic[range];
  return { ...shortcut, mean: numbers.mean, std: numbers.std };
}

/**
 * `values` after the declared arithmetic, in float64. Element i belongs to channel floor(i / channelStride) mod the
 * number of channels, where mean or std have one value for each.
 */
export function applyPreprocess(values: Float64Array, preprocess: Preprocess, channelStride: number): Float64Array {
  const { scale, offset, mean, std } = preprocess;
  return values.map((value, i) => {
    const channel = Math.floor(i / channelStride);
    const centre = mean[channel % mean.length] ?? 0;
    const spread = std[channel % std.length] ?? 1;
    return (value * scale + offset - centre) / spread;
  });
}
