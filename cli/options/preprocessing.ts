import type { Graph } from '../../converter/ir/graph.ts';
import type { Feed, Preprocessing } from '../../converter/ir/preprocessing.ts';
import { ProblemError } from '../../converter/problem.ts';
import { samplesNeeded } from '../../runtime-wasm/features.js';
import { type Declared, declaredSentence, mergeDeclared, readOptionsOf, withoutArithmetic } from '../input/declared.ts';
import type { FeatureSteps } from '../input/declared-features.ts';
import { bandStride, fitFeatures } from '../input/fit-features.ts';
import { channelStride } from '../input/layout.ts';
import { type DeclaredInputs, readPreprocessFile } from '../input/preprocess-file.ts';
import { pictureFeed, type ReadOptions } from '../input/read-sample.ts';
import { countElements, type InputSpec } from '../input/sample.ts';
import type { ReadOptionsOf } from '../input/sample-item.ts';
import { type CommandIo, resolvePath } from '../io.ts';
import type { LoadedModel } from '../model-file.ts';
import { printable } from '../output/text.ts';
import { inputSpecs } from '../ports.ts';
import { declaredFrom, type ReadArguments } from './input.ts';

/** How the files for each input of a model are read. */
export interface GivenPreprocessing {
  readonly optionsOf: ReadOptionsOf;
  /** For what is written of the model. */
  readonly stored: DeclaredInputs;
}

/**
 * What options say, then the file of `--preprocess`, then the model file itself if we wrote it. `--raw` takes no arithmetic from the last
 * two. Throws ProblemError with everything that contradicts.
 */
export function preprocessingFor(
  model: Pick<LoadedModel, 'graph' | 'preprocessing'>,
  args: ReadArguments,
  io: CommandIo,
): GivenPreprocessing {
  const names = model.graph.inputs.map(({ name }) => name);
  const given = declaredFrom(args);
  const file = args.preprocess === undefined ? null : readPreprocessFile(resolvePath(io, args.preprocess), names);
  const stored = new Map(
    names.map((name): [string, Declared] => {
      const under = mergeDeclared(model.preprocessing?.get(name) ?? {}, file?.get(name) ?? {});
      return [name, mergeDeclared(args.raw ? withoutArithmetic(under) : under, given)];
    }),
  );
  const read = new Map([...stored].map(([name, declared]) => [name, readOptionsOf(declared, args.raw)]));
  return { optionsOf: (name) => read.get(name) ?? readOptionsOf(given, args.raw), stored };
}

/** Says on standard error that a model file prepares its own inputs, where nothing else was said. */
export function tellStored(model: LoadedModel, args: ReadArguments, io: CommandIo): void {
  const { preprocessing } = model;
  if (preprocessing === null || args.raw || args.preprocess !== undefined) return;
  if (Object.keys(declaredFrom(args)).length > 0) return;
  for (const [name, declared] of preprocessing) {
    const what = `${declaredSentence(declared)}, as the model file says; options say otherwise`;
    io.stderr.write(`note input "${printable(name)}": ${printable(what)}\n`);
  }
}

/** How the files for an input become its values, for people and for programs. */
export interface ShownPreprocessing {
  readonly input: string;
  readonly sentence: string;
  readonly declared: Declared;
}

/** Of each input for which any step is declared. */
export function shownPreprocessing(inputs: DeclaredInputs): readonly ShownPreprocessing[] {
  return [...inputs]
    .filter(([, declared]) => Object.keys(declared).length > 0)
    .map(([input, declared]) => ({ input, sentence: declaredSentence(declared), declared }));
}

/** The same as lines of what a model has. */
export function preparedLines(shown: readonly ShownPreprocessing[]): readonly (readonly [string, string])[] {
  return shown.map(({ input, sentence }) => ['prepared', printable(`"${input}": ${sentence}`)]);
}

/** The declared steps for the files of a package: of inputs that have any. */
export function packagePreprocessing(graph: Graph, stored: DeclaredInputs): readonly Preprocessing[] {
  return inputSpecs(graph).flatMap((spec): Preprocessing[] => {
    const shown = shownPreprocessing(new Map([[spec.name, stored.get(spec.name) ?? {}]]));
    return shown.map((one) => ({ ...one, feed: feedOf(spec, one.declared) }));
  });
}

/** What programs do with pictures or sound for an input; null for one that is neither. Throws ProblemError for spectra that it does not take. */
export function feedOf(spec: InputSpec, declared: Declared): Feed | null {
  const { name: input } = spec;
  const options = readOptionsOf(declared, false);
  if (options.features !== null) return featureFeed(spec, options, options.features);
  const { preprocess, layout, audioLength, sampleRateHz } = options;
  try {
    const channels = channelsOf(options);
    const stride = channels > 1 ? channelStride(spec, channels, layout) : 1;
    const arithmetic = preprocess === null ? null : { ...preprocess, stride };
    const isSound = declared['sample-rate'] !== undefined || declared['audio-length'] !== undefined;
    if (!isSound) return { kind: 'picture', input, arithmetic, ...pictureFeed(spec, options) };
    const samples = countElements(spec.shape);
    return { kind: 'sound', input, arithmetic, samples, sampleRateHz, length: audioLength, features: null };
  } catch (error) {
    if (error instanceof ProblemError) return null;
    throw error;
  }
}

function featureFeed(spec: InputSpec, options: ReadOptions, steps: FeatureSteps): Feed {
  const { preprocess, audioLength: length, sampleRateHz } = options;
  const features = fitFeatures(steps, spec);
  const channels = channelsOf(options);
  const arithmetic = preprocess && { ...preprocess, stride: channels > 1 ? bandStride(features, channels) : 1 };
  return {
    kind: 'sound',
    input: spec.name,
    arithmetic,
    samples: samplesNeeded(features),
    sampleRateHz,
    length,
    features,
  };
}

/** How many channels have a mean or deviation of their own. */
function channelsOf({ preprocess }: ReadOptions): number {
  return Math.max(preprocess?.mean.length ?? 1, preprocess?.std.length ?? 1);
}
