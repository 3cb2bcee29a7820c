import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import type { Graph } from '../../converter/ir/graph.ts';
import { ProblemError } from '../../converter/problem.ts';
import type { ServeArguments } from '../commands/serve.ts';
import { fail, fileWhere, readInputFile } from '../input/file.ts';
import { showSpec } from '../input/sample.ts';
import { type CommandIo, resolvePath } from '../io.ts';
import { type LoadedModel, loadModel } from '../model-file.ts';
import { inputSpecs, outputSpecs } from '../ports.ts';
import type { BundleManifest, BundlePort } from './bundle.ts';

/** The model that a bundle was made of, or why there is none. */
export interface ReferenceModel {
  readonly model: LoadedModel | null;
  readonly why: string;
}

/** Options of `convert` that change what a model computes by samples, which a bundle does not have. */
const changing = /--(quantize|prune|nested)\b/;

/** Options of `convert` that cut or shape a model; they have to be given again. */
const shaping = /--(shape|dim|fix|inputs|outputs|input-layout)\b/;

/**
 * The model of `--model`, or the file that the bundle names where it lies beside the bundle or in the current folder. It is known by its SHA-256, and read as
 * `convert` did. Throws ProblemError for a `--model` that the bundle was not made of.
 */
export function referenceOf(manifest: BundleManifest, args: ServeArguments, io: CommandIo): ReferenceModel {
  const { command } = manifest;
  const changed = changing.exec(command)?.[0];
  if (changed !== undefined) {
    const why = `the bundle was made with ${changed}, so that no model file computes what it does; write one with thimble quantize or thimble prune, and convert that`;
    return args.model === undefined
      ? { model: null, why }
      : fail('serve-model', fileWhere(args.model), why, 'leave out --model');
  }
  const path = args.model ?? found(manifest, args, io);
  const advice = 'start again with --model MODEL, the file that was converted';
  if (path === null)
    return { model: null, why: `the bundle does not have its model, which the reference needs; ${advice}` };
  if (args.model !== undefined) checkDigest(args.model, manifest, io);
  const shaped = shaping.exec(command)?.[0];
  if (shaped !== undefined && args.shape === undefined && args.dim === undefined && args.fix === undefined) {
    if (args.inputs === undefined && args.outputs === undefined && args['input-layout'] === undefined) {
      const why = `the bundle was made with ${shaped}; give --model and that option here, too`;
      return args.model === undefined ? { model: null, why } : fail('serve-model', fileWhere(path), why, 'repeat it');
    }
  }
  const model = loadModel(path, io, { ...args, ...asConverted(command, args) });
  checkPorts(model.graph, manifest, path);
  return { model, why: '' };
}

/** How the command that wrote the bundle read its model. */
function asConverted(command: string, args: ServeArguments): Pick<ServeArguments, 'passes' | 'rounding' | 'weights'> {
  const rounding = (['exact', 'single', 'float'] as const).find((name) => command.includes(`--rounding ${name}`));
  const weights = (['f16', 'int8'] as const).find((name) => command.includes(`--weights ${name}`));
  return {
    passes: args.passes && !command.includes('--no-passes'),
    rounding: args.rounding === 'default' ? (rounding ?? 'default') : args.rounding,
    weights: args.weights === 'f32' ? (weights ?? 'f32') : args.weights,
  };
}

/** The file of the bundle's command, where it is near and has the digest that the bundle tells. */
function found({ command, modelSha256 }: BundleManifest, { out }: ServeArguments, io: CommandIo): string | null {
  const name = /^thimble convert (.+?) --to /.exec(command)?.[1];
  if (name === undefined || modelSha256 === null) return null;
  const places = [name, join(dirname(out), name), join(out, name)];
  return places.find((path) => digestOf(resolvePath(io, path)) === modelSha256) ?? null;
}

/** Largest model file: that of `loadModel`. */
const maxModelBytes = 2 ** 31;

/** Null where there is no such file. */
function digestOf(path: string): string | null {
  try {
    return createHash('sha256').update(readInputFile(path, maxModelBytes)).digest('hex');
  } catch (error) {
    if (error instanceof ProblemError) return null;
    throw error;
  }
}

function checkDigest(path: string, { modelSha256 }: BundleManifest, io: CommandIo): void {
  const digest = createHash('sha256')
    .update(readInputFile(resolvePath(io, path), maxModelBytes))
    .digest('hex');
  if (modelSha256 === null || digest === modelSha256) return;
  const what = `it is not the model that the bundle was made of: its SHA-256 begins with ${digest.slice(0, 12)}, not ${modelSha256.slice(0, 12)}`;
  fail('serve-model', fileWhere(path), what, 'give the file that was converted, or convert this one again');
}

/** The model must take and give what the bundle does. */
function checkPorts(graph: Graph, { inputs, outputs }: BundleManifest, path: string): void {
  const spec = ({ name, dtype, shape, scale, zeroPoint }: BundlePort) =>
    `"${name}" ${showSpec({ name, dtype, shape, scale: scale ?? null, zeroPoint: zeroPoint ?? null })}`;
  const ours = [...inputSpecs(graph), ...outputSpecs(graph)].map((one) => `"${one.name}" ${showSpec(one)}`);
  const theirs = [...inputs, ...outputs].map(spec);
  const at = theirs.findIndex((text, i) => text !== ours[i]);
  if (at < 0 && ours.length === theirs.length) return;
  const what = `read so it has ${ours[at] ?? 'other tensors'}, the bundle ${theirs[at] ?? 'has not'}`;
  fail('serve-model', fileWhere(path), what, 'give the options that thimble convert was given, such as --shape');
}
