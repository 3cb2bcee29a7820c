import { z } from 'zod';
import { type FeatureSteps, featuresOf, featuresSchema, featuresSentence } from './declared-features.ts';
import { type Preprocess, parsePreprocess, pixelRanges } from './preprocess.ts';
import { defaultReadOptions, type ReadOptions } from './read-sample.ts';

const numbers = z.union([z.number(), z.array(z.number()).min(1).max(4096)]);

/** How files become values of an input: every step that is declared, in the words of the options. */
export const declaredSchema = z.strictObject({
  pixels: z.enum(pixelRanges).optional(),
  scale: z.number().optional(),
  offset: z.number().optional(),
  mean: numbers.optional(),
  std: numbers.optional(),
  color: z.enum(['rgb', 'bgr', 'grey']).optional(),
  resize: z.enum(['antialias', 'bilinear', 'nearest']).optional(),
  fit: z.enum(['stretch', 'centre-crop']).optional(),
  layout: z.enum(['nhwc', 'nchw']).optional(),
  'audio-length': z.enum(['exact', 'fit']).optional(),
  'sample-rate': z.number().positive().optional(),
  'raw-type': z.enum(['float32', 'int8', 'uint8', 'int16', 'int32']).optional(),
  features: featuresSchema.optional(),
});

export type Declared = z.infer<typeof declaredSchema>;

/** The steps that are arithmetic: they are declared together. */
const arithmetic = ['pixels', 'scale', 'offset', 'mean', 'std'] as const;

/** What `over` declares, and of `under` what it leaves open. Arithmetic is taken whole from one of them, so that no half of each is mixed. */
export function mergeDeclared(under: Declared, over: Declared): Declared {
  const declared = Object.fromEntries(Object.entries(over).filter(([, value]) => value !== undefined));
  const replaces = arithmetic.some((name) => over[name] !== undefined);
  return { ...(replaces ? withoutArithmetic(under) : under), ...declared };
}

export function withoutArithmetic(declared: Declared): Declared {
  return declaredSchema.parse(
    Object.fromEntries(Object.entries(declared).filter(([name]) => !arithmetic.some((step) => step === name))),
  );
}

/** The declared steps as the readers want them. `raw` takes integers as they are. Throws ProblemError with all contradictions. */
export function readOptionsOf(declared: Declared, raw: boolean): ReadOptions {
  return {
    preprocess: arithmeticOf(declared, raw),
    raw,
    rawType: declared['raw-type'] ?? defaultReadOptions.rawType,
    color: declared.color ?? defaultReadOptions.color,
    resize: declared.resize ?? defaultReadOptions.resize,
    fit: declared.fit ?? defaultReadOptions.fit,
    layout: declared.layout ?? defaultReadOptions.layout,
    audioLength: declared['audio-length'] ?? defaultReadOptions.audioLength,
    sampleRateHz: declared['sample-rate'] ?? defaultReadOptions.sampleRateHz,
    features: featureSteps(declared),
  };
}

function featureSteps({ features, 'sample-rate': rate }: Declared): FeatureSteps | null {
  return features === undefined ? null : featuresOf(features, rate ?? null);
}

function arithmeticOf({ pixels, scale, offset, mean, std }: Declared, raw: boolean): Preprocess | null {
  return parsePreprocess({ pixels, scale, offset, mean: list(mean), std: list(std), raw });
}

const list = (value: number | readonly number[] | undefined) => (typeof value === 'number' ? [value] : value);

/** The declared steps in one sentence. */
export function declaredSentence(declared: Declared): string {
  const steps = arithmeticOf(declared, false);
  const { color, resize, fit, layout } = declared;
  const features = featureSteps(declared);
  const asTheyAre = features === null ? ['values as they are in the file'] : [];
  const words = [
    ...(features === null ? [] : [featuresSentence(features)]),
    ...(steps === null ? asTheyAre : [formula(steps)]),
    ...(color === undefined ? [] : [`pixels as ${color.toUpperCase()}`]),
    ...(resize === undefined ? [] : [`resized by ${resize}`]),
    ...(fit === undefined ? [] : [fit === 'stretch' ? 'stretched to the size' : 'the square in the middle']),
    ...(layout === undefined ? [] : [`axes ${layout.toUpperCase()}`]),
    ...(declared['sample-rate'] === undefined ? [] : [`${declared['sample-rate']} samples a second`]),
    ...(declared['audio-length'] === undefined ? [] : [`length: ${declared['audio-length']}`]),
    ...(declared['raw-type'] === undefined ? [] : [`raw files hold ${declared['raw-type']}`]),
  ];
  return words.join(', ');
}

function formula({ scale, offset, mean, std }: Preprocess): string {
  const show = (values: readonly number[]) => (values.length === 1 ? String(values[0]) : `[${values.join(', ')}]`);
  const isAll = (values: readonly number[], wanted: number) => values.every((value) => value === wanted);
  const signed = (value: number) => (value < 0 ? `- ${-value}` : `+ ${value}`);
  const scaled = `value${scale === 1 ? '' : ` * ${scale}`}${offset === 0 ? '' : ` ${signed(offset)}`}`;
  const centred = isAll(mean, 0) ? scaled : `${scaled} - ${show(mean)}`;
  return isAll(std, 1) ? centred : `(${centred}) / ${show(std)}`;
}
