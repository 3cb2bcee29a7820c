import { importOnnx } from '../../../converter/frontends/onnx/import.ts';
import { type ImportOptions, noImportOptions } from '../../../converter/frontends/options.ts';
import { evaluateGraph } from '../../../converter/ir/evaluate.ts';
import { typeOf } from '../../../converter/ir/graph.ts';
import { verifyGraph } from '../../../converter/ir/verify.ts';
import { type Problem, ProblemError } from '../../../converter/problem.ts';
import { type ModelDraft, writeModel } from './draft.ts';

/** The outputs of a model for its only input or none, as lists of numbers. */
export function outputsOf(
  model: ModelDraft | Uint8Array,
  values: readonly number[],
  options: ImportOptions = noImportOptions,
): number[][] {
  const graph = importOnnx(model instanceof Uint8Array ? model : writeModel(model), 'm', options);
  verifyGraph(graph, 'import');
  const inputs = graph.inputs.map(({ value }) => ({ type: typeOf(graph, value), data: Float32Array.from(values) }));
  return evaluateGraph(graph, inputs).map(({ data }) => Array.from(data as ArrayLike<number | bigint>, Number));
}

/** What is wrong with a model; empty where nothing is. */
export function problemsOf(
  model: ModelDraft | Uint8Array,
  options: ImportOptions = noImportOptions,
): readonly Problem[] {
  try {
    importOnnx(model instanceof Uint8Array ? model : writeModel(model), 'm', options);
  } catch (error) {
    if (error instanceof ProblemError) return error.problems;
    throw error;
  }
  return [];
}
