import { z } from 'zod';
import type { Cepstrum, Features, Logarithm, MelBands } from '../../converter/ir/features.ts';
import { type Problem, ProblemError } from '../../converter/problem.ts';

/**
 * Spectra of recordings as the file of `--preprocess` declares them. Keys are checked for their types here and for their meaning by
 * {@link featuresOf}; `docs/features.md` explains each.
 */
export const featuresSchema = z.strictObject({
  kind: z.string().max(64),
  'window-samples': z.number().optional(),
  'hop-samples': z.number().optional(),
  'fft-samples': z.number().optional(),
  'window-function': z.enum(['hann', 'hann-symmetric', 'hamming', 'hamming-symmetric', 'none']).optional(),
  padding: z.enum(['none', 'none-fft', 'end', 'centre', 'centre-reflect']).optional(),
  power: z.union([z.literal(1), z.literal(2)]).optional(),
  normalize: z.enum(['none', 'maximum', 'peak']).optional(),
  gain: z.number().optional(),
  'pre-emphasis': z.number().optional(),
  bands: z.number().optional(),
  'low-hz': z.number().optional(),
  'high-hz': z.number().optional(),
  'mel-scale': z.enum(['htk', 'slaney']).optional(),
  'mel-triangles': z.enum(['hz', 'mel']).optional(),
  'mel-norm': z.enum(['none', 'slaney']).optional(),
  log: z.enum(['none', 'ln', 'log10', '10log10', '20log10']).optional(),
  offset: z.number().optional(),
  floor: z.number().optional(),
  reference: z.enum(['one', 'maximum']).optional(),
  'top-db': z.number().optional(),
  coefficients: z.number().optional(),
  'dct-norm': z.enum(['ortho', 'htk']).optional(),
  axes: z.enum(['frames-first', 'bands-first']).optional(),
  'first-frame': z.number().optional(),
});

export type DeclaredFeatures = z.infer<typeof featuresSchema>;

/** {@link Features} of any input: how many frames it takes, and often the order of its axes (null), is told by its shape. */
export type FeatureSteps = Omit<Features, 'frames' | 'axes'> & { readonly axes: Features['axes'] | null };

type Key = keyof DeclaredFeatures;
type Report = (key: Key | '', what: string, advice: string) => void;

const kinds = ['spectrogram', 'mel', 'log-mel', 'mfcc'] as const;

/** What is needed by each kind, since libraries differ in it and a wrong guess would be a wrong answer without a word. */
const always: readonly Key[] = ['window-samples', 'hop-samples', 'window-function', 'padding', 'power'];
const ofMel: readonly Key[] = ['bands', 'mel-scale', 'mel-triangles', 'mel-norm', 'low-hz', 'high-hz'];
const ofLog: readonly Key[] = ['log', 'offset', 'floor', 'reference', 'top-db'];
const ofCepstrum: readonly Key[] = ['coefficients', 'dct-norm'];

/** The largest transform, and with it the largest window, in samples. */
const mostFftSamples = 65536;
const mostBands = 1024;
/** Beyond these numbers leave the range of float64. */
const mostRate = 10_000_000;
const mostGain = 2 ** 32;

const noRate: Problem = {
  code: 'preprocess-features',
  where: '"features"',
  what: 'the rate of the sound is not declared',
  advice: 'add "sample-rate" beside "features"',
};

/** The meaning of a declaration. Throws ProblemError with everything that is impossible, missing, or without a meaning for the kind. */
export function featuresOf(declared: DeclaredFeatures, sampleRateHz: number | null): FeatureSteps {
  const problems: Problem[] = [];
  const report: Report = (key, what, advice) => {
    const where = key === '' ? '"features"' : `"features", "${key}"`;
    problems.push({ code: 'preprocess-features', where, what, advice });
  };
  const kind = kinds.find((name) => name === declared.kind);
  if (kind === undefined) throw new ProblemError(unknownKind(declared.kind));
  checkKeys(kind, declared, report);
  if (sampleRateHz === null) throw new ProblemError(problems.concat(noRate));
  const steps = {
    kind,
    sampleRateHz,
    normalize: declared.normalize ?? 'none',
    gain: declared.gain ?? 1,
    preEmphasis: declared['pre-emphasis'] ?? 0,
    ...framesOf(declared, report),
    power: declared.power ?? 2,
    mel: kind === 'spectrogram' ? null : melOf(declared, sampleRateHz, report),
    log: kind === 'mel' ? null : logOf(declared, kind, report),
    cepstrum: kind === 'mfcc' ? cepstrumOf(declared, report) : null,
    firstFrame: whole('first-frame', declared['first-frame'] ?? 0, 0, 1_000_000, report),
    axes: declared.axes ?? null,
  } as const;
  if (sampleRateHz > mostRate || sampleRateHz < 1)
    report('', `the rate of the sound is ${sampleRateHz}`, `declare a "sample-rate" of 1 to ${mostRate}`);
  if (!(Math.abs(steps.gain) <= mostGain) || steps.gain === 0) {
    report('gain', `it is ${steps.gain}`, 'give the factor on samples of -1 to 1, for instance 32768');
  }
  if (Math.abs(steps.preEmphasis) > 1) report('pre-emphasis', `it is ${steps.preEmphasis}`, 'give a number of 0 to 1');
  if (problems.length > 0) throw new ProblemError(problems);
  return steps;
}

/** Features that look alike and are computed otherwise. */
function unknownKind(kind: string): Problem {
  const where = '"features", "kind"';
  const shown = JSON.stringify(kind);
  if (/micro|pcan|front-?end/i.test(kind)) {
    const what = `${shown} looks like the audio front end of TFLite Micro (micro_speech, microWakeWord): fixed point, noise reduction and gain control (PCAN), which none of these features are near enough to`;
    const advice =
      'make its features with the code of the training (or thimble run audio_preprocessor_int8.tflite on each window) and give them as .npy or .bin';
    return { code: 'preprocess-features', where, what, advice };
  }
  if (/kaldi|fbank/i.test(kind)) {
    const what = `${shown} of Kaldi is not computed: it dithers, removes the mean of each window and pre-emphasizes within it`;
    return {
      code: 'preprocess-features',
      where,
      what,
      advice: 'give features as .npy, made by the code of the training',
    };
  }
  return { code: 'preprocess-features', where, what: `${shown} is not known`, advice: `use ${kinds.join(', ')}` };
}

function checkKeys(kind: (typeof kinds)[number], declared: DeclaredFeatures, report: Report): void {
  const isDeclared = (key: Key) => declared[key] !== undefined;
  const needed = [...always];
  const foreign: Key[] = [];
  if (kind === 'spectrogram') foreign.push(...ofMel);
  else needed.push('bands', 'mel-scale', 'mel-triangles', 'mel-norm');
  if (kind === 'mel') foreign.push(...ofLog);
  else if (kind !== 'spectrogram') needed.push('log');
  if (kind === 'mfcc') needed.push(...ofCepstrum);
  else foreign.push(...ofCepstrum);
  const missing = needed.filter((key) => !isDeclared(key));
  if (missing.length > 0) {
    const what = `${missing.map((key) => `"${key}"`).join(', ')} ${missing.length === 1 ? 'is' : 'are'} not declared, and libraries differ in it`;
    report('', what, 'say what the training did; docs/features.md has it for librosa, torchaudio and tf.signal');
  }
  for (const key of foreign.filter(isDeclared)) report(key, `it has no meaning for "${kind}"`, 'leave it out');
}

function whole(key: Key, value: number | undefined, least: number, most: number, report: Report): number {
  if (value === undefined) return least;
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  report(key, `it is ${value}`, `give a whole number of ${least} to ${most}`);
  return least;
}

function framesOf(declared: DeclaredFeatures, report: Report) {
  const windowSamples = whole('window-samples', declared['window-samples'], 1, mostFftSamples, report);
  const hopSamples = whole('hop-samples', declared['hop-samples'], 1, mostFftSamples, report);
  const enclosing = 2 ** Math.max(1, Math.ceil(Math.log2(windowSamples)));
  const fftSamples = whole('fft-samples', declared['fft-samples'] ?? enclosing, 2, mostFftSamples, report);
  if (windowSamples > fftSamples) {
    const what = `a window of ${windowSamples} samples does not fit into a transform of ${fftSamples}`;
    report('fft-samples', what, `give ${enclosing}, or leave it out`);
  } else if (fftSamples % 2 !== 0) report('fft-samples', `${fftSamples} is odd`, `give ${fftSamples + 1}`);
  const windowFunction = declared['window-function'] ?? 'hann';
  return { windowSamples, hopSamples, fftSamples, windowFunction, padding: declared.padding ?? 'none' } as const;
}

function melOf(declared: DeclaredFeatures, rate: number, report: Report): MelBands {
  const [lowHz, highHz] = [declared['low-hz'] ?? 0, declared['high-hz'] ?? rate / 2];
  if (lowHz < 0) report('low-hz', `it is ${lowHz}`, 'give 0 or more');
  if (highHz > rate / 2) {
    report(
      'high-hz',
      `sound of ${rate} samples a second has nothing above ${rate / 2} Hz, it is ${highHz}`,
      'give less',
    );
  } else if (highHz <= lowHz) report('high-hz', `it is ${highHz}, "low-hz" is ${lowHz}`, 'give more');
  return {
    bands: whole('bands', declared.bands, 1, mostBands, report),
    lowHz,
    highHz,
    scale: declared['mel-scale'] ?? 'htk',
    triangles: declared['mel-triangles'] ?? 'hz',
    norm: declared['mel-norm'] ?? 'none',
  };
}

function logOf(declared: DeclaredFeatures, kind: string, report: Report): Logarithm | null {
  const base = declared.log ?? 'none';
  const [offset, floor, topDb] = [declared.offset ?? 0, declared.floor ?? 0, declared['top-db'] ?? null];
  if (base === 'none') {
    if (declared.log === 'none' && kind !== 'spectrogram')
      report('log', `"${kind}" is a logarithm`, 'use "ln" or the like');
    const unused = ofLog.filter((key) => key !== 'log' && declared[key] !== undefined);
    if (kind === 'spectrogram') for (const key of unused) report(key, 'there is no logarithm', 'leave it out');
    return null;
  }
  if (offset < 0) report('offset', `it is ${offset}`, 'give 0 or more');
  if (offset <= 0 && floor <= 0) {
    report(
      'log',
      'silence has no logarithm',
      'declare "offset" (1e-6), which is added, or "floor" (1e-10), the least value',
    );
  }
  if (topDb !== null && !base.endsWith('0log10')) report('top-db', `"${base}" is no dB`, 'use "10log10" or "20log10"');
  if (topDb !== null && topDb < 0) report('top-db', `it is ${topDb}`, 'give 0 or more');
  return { base, offset, floor, reference: declared.reference ?? 'one', topDb };
}

function cepstrumOf(declared: DeclaredFeatures, report: Report): Cepstrum {
  const coefficients = whole('coefficients', declared.coefficients, 1, mostBands, report);
  const { bands = mostBands } = declared;
  if (coefficients > bands)
    report('coefficients', `${bands} bands have no ${coefficients} of them`, `give ${bands} or less`);
  return { coefficients, norm: declared['dct-norm'] ?? 'ortho' };
}

/** Values of a frame. */
export function frameWidth({ mel, cepstrum, fftSamples }: Pick<Features, 'mel' | 'cepstrum' | 'fftSamples'>): number {
  return cepstrum?.coefficients ?? mel?.bands ?? fftSamples / 2 + 1;
}

/** The features in one sentence. */
export function featuresSentence(steps: FeatureSteps): string {
  const { kind, mel, log, cepstrum, windowSamples, hopSamples, fftSamples, windowFunction, padding } = steps;
  const { normalize, gain, preEmphasis, power, firstFrame, axes } = steps;
  const what = cepstrum === null ? '' : `${cepstrum.coefficients} coefficients (${cepstrum.norm}) of `;
  const bands =
    mel === null
      ? `${fftSamples / 2 + 1} frequencies`
      : `${mel.bands} bands of ${mel.lowHz} to ${mel.highHz} Hz (${mel.scale} scale, ${mel.triangles} triangles, norm ${mel.norm})`;
  return [
    ...(normalize === 'none' ? [] : [`divided by the ${normalize}`]),
    ...(gain === 1 ? [] : [`times ${gain}`]),
    ...(preEmphasis === 0 ? [] : [`pre-emphasis ${preEmphasis}`]),
    `${kind}: ${what}${bands}`,
    `windows of ${windowSamples} samples (${windowFunction}) each ${hopSamples}, padding ${padding}, ${fftSamples} points, power ${power}`,
    ...(log === null ? [] : [logSentence(log)]),
    ...(firstFrame === 0 ? [] : [`from frame ${firstFrame} on`]),
    ...(axes === null ? [] : [axes.replace('-', ' ')]),
  ].join(', ');
}

function logSentence({ base, offset, floor, reference, topDb }: Logarithm): string {
  const value = offset === 0 ? 'value' : `value + ${offset}`;
  const largest = reference === 'maximum' ? ' below the largest' : '';
  return `${base}(${floor <= 0 ? value : `max(${value}, ${floor})`})${largest}${topDb === null ? '' : `, at most ${topDb} dB below it`}`;
}
