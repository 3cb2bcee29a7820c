import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { channelsOf, type GraphOrigin } from '../converter/backends/program-graph.ts';
import type { Graph } from '../converter/ir/graph.ts';
import type { AppliedPatch } from '../converter/ir/rewrite.ts';
import { narrowWeights } from '../converter/passes/narrow-weights.ts';
import { importModelWithNotes, optimizeGraph } from '../converter/pipeline.ts';
import { preprocessingText } from '../converter/preprocessing-metadata.ts';
import type { Note } from '../converter/problem.ts';
import type { Rounding } from '../converter/tensor/requantize.ts';
import { readInputFile } from './input/file.ts';
import { type DeclaredInputs, parseStored } from './input/preprocess-file.ts';
import { sideFileReader } from './input/side-file.ts';
import { type CommandIo, resolvePath } from './io.ts';
import { importOptionsOf, type ShapeArguments } from './options/shapes.ts';

/** A model file that has been read. */
export interface LoadedModel {
  /** File name without folders. */
  readonly fileName: string;
  readonly fileBytes: number;
  /** Of the file, in hexadecimal. */
  readonly sha256: string;
  /** As imported; with rounded weights the same as `graph`, since only what the passes leave is rounded. */
  readonly imported: Graph;
  /** After the passes; as imported without them. Weights are rounded where this was wished. */
  readonly graph: Graph;
  /** `graph` before its weights were rounded; null where they are not. */
  readonly unrounded: Graph | null;
  readonly applied: readonly AppliedPatch[];
  /** What the user should know about the model although it works. */
  readonly notes: readonly Note[];
  /** How inputs are prepared, where the file says so; null where it does not. */
  readonly preprocessing: DeclaredInputs | null;
}

/** Largest model file that is read: 2 GiB, FlatBuffers' own limit. */
const maxModelBytes = 2 ** 31;

/** How a model is read and prepared. */
export interface LoadOptions extends ShapeArguments {
  readonly passes: boolean;
  readonly rounding: Rounding | 'default';
  readonly weights: 'f32' | 'f16' | 'int8';
}

/** Reads and imports `path`, and runs the passes. Throws ProblemError with everything that is wrong with the file. */
export function loadModel(path: string, io: CommandIo, options: LoadOptions): LoadedModel {
  const { passes, rounding } = options;
  const file = resolvePath(io, path);
  const importOptions = { ...importOptionsOf(options), sideFile: sideFileReader(file) };
  const bytes = readInputFile(file, maxModelBytes);
  const fileName = basename(path);
  const { graph: imported, notes } = importModelWithNotes(bytes, fileName, rounding, importOptions);
  const { graph, applied } = passes ? optimizeGraph(imported) : { graph: imported, applied: [] };
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const text = preprocessingText(bytes, fileName);
  const preprocessing = text === null ? null : parseStored(text);
  const damaged = text !== null && preprocessing === null ? [damagedNote] : [];
  const read = { fileName, fileBytes: bytes.length, sha256, imported, graph, unrounded: null, applied };
  const model = { ...read, notes: [...notes, ...damaged], preprocessing };
  if (options.weights === 'f32') return model;
  const rounded = narrowWeights(graph, options.weights === 'f16' ? 'float16' : 'int8');
  return { ...model, imported: rounded, graph: rounded, unrounded: graph, applied: [] };
}

/** What became of the operators of a file; `model` is made of `whole`, or is the same. */
export function originOf(whole: LoadedModel, model: LoadedModel): GraphOrigin {
  const channels = new Map([...channelsOf(model.imported), ...channelsOf(whole.imported)]);
  return { took: model.applied.flatMap(({ took }) => took), channels };
}

const damagedNote: Note = {
  code: 'preprocessing-damaged',
  where: 'the model file',
  what: 'what it says of the preparation of its inputs is not understood, and passed over',
};
