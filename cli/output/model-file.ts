import { existsSync } from 'node:fs';
import { extname } from 'node:path';
import { exportOnnx } from '../../converter/exporters/onnx/export.ts';
import { exportTflite } from '../../converter/exporters/tflite/export.ts';
import { roundingMetadata } from '../../converter/frontends/rounding-metadata.ts';
import type { Graph } from '../../converter/ir/graph.ts';
import { preprocessingMetadata } from '../../converter/preprocessing-metadata.ts';
import { fail, fileWhere, readInputFile } from '../input/file.ts';
import { type DeclaredInputs, storedText } from '../input/preprocess-file.ts';
import { type CommandIo, resolvePath } from '../io.ts';
import { UsageError } from '../usage.ts';
import { thimbleVersion } from '../version.ts';
import { writeFileAtomically } from './single-file.ts';

/** A graph as the bytes of a model file. Throws ProblemError with every operator that the format does not have. */
type ExportModel = (graph: Graph, toolVersion: string, metadata: ReadonlyMap<string, string>) => Uint8Array;

/** Model formats that are written, by the ending of the file. */
const exporters: ReadonlyMap<string, ExportModel> = new Map([
  ['.tflite', exportTflite],
  ['.onnx', exportOnnx],
]);

/** The endings of model files that are written, for help texts. */
export const writtenEndings: string = [...exporters.keys()].join(' or ');

/**
 * Refuses, before any work, a file that {@link writeModel} would not write: another ending (UsageError), or a file that is there, that
 * thimble did not write and that is no copy of the `source` (ProblemError), unless `force`.
 */
export function checkModelOutput(path: string, force: boolean, io: CommandIo, source: string): void {
  exporterFor(path);
  const file = resolvePath(io, path);
  if (force || !existsSync(file)) return;
  const found = Buffer.from(readInputFile(file));
  const model = resolvePath(io, source);
  if (found.includes(roundingMetadata) || (existsSync(model) && found.equals(readInputFile(model)))) return;
  fail('output-exists', fileWhere(file), 'thimble did not write it', 'choose another name, or add --force');
}

/**
 * Writes the graph as a model file, TFLite or ONNX by the ending of `path`, with what is declared of its inputs.
 *
 * @throws UsageError for another ending; ProblemError with every operator that the format does not have, or where the file cannot be written
 */
export function writeModel(graph: Graph, path: string, io: CommandIo, preprocessing: DeclaredInputs | null): void {
  const text = preprocessing === null ? null : storedText(preprocessing);
  const metadata = new Map(text === null ? [] : [[preprocessingMetadata, text]]);
  writeFileAtomically(resolvePath(io, path), exporterFor(path)(graph, thimbleVersion(), metadata));
}

function exporterFor(path: string): ExportModel {
  const exporter = exporters.get(extname(path).toLowerCase());
  if (exporter !== undefined) return exporter;
  throw new UsageError(`--out ${path} does not end in ${writtenEndings}`, `name a ${writtenEndings} file`);
}
