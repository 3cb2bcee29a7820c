import { statSync } from 'node:fs';
import { packageOptions } from '../../converter/package-options.ts';
import { convertToWasm } from '../../converter/pipeline.ts';
import type { ServeArguments } from '../commands/serve.ts';
import { type Declared, mergeDeclared, withoutArithmetic } from '../input/declared.ts';
import { readClassNames } from '../input/labels.ts';
import { readPreprocessFile } from '../input/preprocess-file.ts';
import { type CommandIo, resolvePath } from '../io.ts';
import { loadModel } from '../model-file.ts';
import { declaredFrom } from '../options/input.ts';
import { packagePreprocessing, preprocessingFor } from '../options/preprocessing.ts';
import { variantsOf } from '../options/variants.ts';
import { reportNotes } from '../report-error.ts';
import { UsageError } from '../usage.ts';
import { thimbleVersion } from '../version.ts';
import { type Bundle, type BundleManifest, folderBundle, readManifest } from './bundle.ts';
import { ReferenceRuns } from './reference.ts';
import { referenceOf } from './reference-model.ts';

/** What is served: a bundle, what it is compared with, and what the options say beyond it. */
export interface Site {
  readonly bundle: Bundle;
  /** Whether a model file was given, and converted for this. */
  readonly isConverted: boolean;
  /** Null where there is no model to compare with; `why` says what is missing. */
  readonly reference: ReferenceRuns | null;
  readonly why: string;
  /** Of the model that the reference computes; null where it is not known. */
  readonly modelSha256: string | null;
  /** Class names of `--labels`; null for those of the bundle. */
  readonly labels: readonly string[] | null;
  /** What the options declare of an input, over what the bundle does; null where they declare nothing. */
  readonly declaredOf: (manifest: BundleManifest, input: string) => Declared | null;
}

/** Reads what is to be served. Throws UsageError and ProblemError with all that is wrong. */
export function openSite(args: ServeArguments, io: CommandIo): Site {
  const isFolder = statSync(resolvePath(io, args.out), { throwIfNoEntry: false })?.isDirectory() === true;
  const labels = args.labels === undefined ? null : readClassNames(resolvePath(io, args.labels));
  return isFolder ? folderSite(args, labels, io) : modelSite(args, labels, io);
}

function folderSite(args: ServeArguments, labels: readonly string[] | null, io: CommandIo): Site {
  if (args.variants !== undefined) {
    throw new UsageError(
      '--variants goes with a model file alone',
      'leave it out: the page offers those of the bundle',
    );
  }
  const bundle = folderBundle(resolvePath(io, args.out), args.out);
  const manifest = readManifest(bundle);
  const { model, why } = referenceOf(manifest, args, io);
  const declared = overOptions(args, manifest, io);
  const reference = model === null ? null : new ReferenceRuns(model.imported);
  const { modelSha256 } = manifest;
  return { bundle, isConverted: false, reference, why, modelSha256, labels, declaredOf: declared };
}

/** What options and the file of `--preprocess` say of inputs, over what the bundle says. */
function overOptions(args: ServeArguments, { inputs }: BundleManifest, io: CommandIo): Site['declaredOf'] {
  const given = declaredFrom(args);
  const names = inputs.map(({ name }) => name);
  const file = args.preprocess === undefined ? null : readPreprocessFile(resolvePath(io, args.preprocess), names);
  if (file === null && Object.keys(given).length === 0 && !args.raw) return () => null;
  return ({ declared }, input) => {
    const under = mergeDeclared(declared.get(input) ?? {}, file?.get(input) ?? {});
    return mergeDeclared(args.raw ? withoutArithmetic(under) : under, given);
  };
}

function modelSite(args: ServeArguments, labels: readonly string[] | null, io: CommandIo): Site {
  if (args.model !== undefined) {
    throw new UsageError('--model goes with a folder alone', `leave it out: ${args.out} is the model itself`);
  }
  const variants = variantsOf(args.variants, 'wasm');
  const model = loadModel(args.out, io, args);
  if (!args.json) reportNotes(model.notes, io);
  const { stored } = preprocessingFor(model, args, io);
  const { artifacts } = convertToWasm(
    model.graph,
    packageOptions(model.graph.name, {
      commandLine: `thimble serve ${model.fileName}`,
      toolVersion: thimbleVersion(),
      modelSha256: model.sha256,
      labels,
      preprocessing: packagePreprocessing(model.graph, stored),
      wasmVariants: variants,
    }),
  );
  const files = new Map(artifacts.map(({ path, bytes }) => [path, bytes]));
  const bundle: Bundle = { title: model.fileName, read: (name) => files.get(name) ?? null };
  const reference = new ReferenceRuns(model.imported);
  return { bundle, isConverted: true, reference, why: '', modelSha256: model.sha256, labels, declaredOf: () => null };
}
