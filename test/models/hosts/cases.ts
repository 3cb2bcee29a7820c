import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { noImportOptions } from '../../../converter/frontends/options.ts';
import type { Graph } from '../../../converter/ir/graph.ts';
import { importModel, optimizeGraph } from '../../../converter/pipeline.ts';
import { ProblemError } from '../../../converter/problem.ts';
import { randomInputs } from '../../../converter/random-inputs.ts';
import type { Job } from '../../conformance/job.ts';
import { type CaseRow, caseRows } from '../../conformance/rows.ts';
import { jobsOf } from '../../conformance/run.ts';
import { goldenConversions } from '../../frontends/onnx/models.ts';
import { tiedAverages } from '../../frontends/onnx/tied-averages.ts';
import { type ModelRow, modelIndex } from '../../support/models.ts';
import { readShared, sharedDir } from '../../support/shared.ts';
import { type GoldenStep, goldenSteps } from '../golden-files.ts';
import { goldenRuns } from '../golden-runs.ts';

/** Inputs without what they must give. */
export interface OpenStep {
  readonly inputs: GoldenStep['inputs'];
  readonly outputs: null;
}

/** A converted model with runs, one after another from its first state. */
export interface ModelCase {
  /** Of the file, from the folder of test material. */
  readonly path: string;
  /** After the passes. */
  readonly graph: Graph;
  /** Expected outputs of another runtime, or, where there are none, inputs alone. */
  readonly steps: readonly GoldenStep[] | readonly [OpenStep];
  /** The part of the largest magnitude by which floats may differ, where it is more than that of the expected outputs. */
  readonly tolerance: number;
  /** What judges the outputs of an operator case; null for a whole model. */
  readonly job: Job | null;
}

/** The cases of test/conformance but for those of the ONNX project, which are many. */
export function operatorRows(): readonly CaseRow[] {
  return caseRows().filter(({ folder }) => !folder.startsWith('onnx_con'));
}

/** The cases of an operator or a small graph of which something is left to run; none where it is refused. */
export function operatorCasesOf(row: CaseRow): readonly ModelCase[] {
  try {
    return jobsOf(row).flatMap((job): ModelCase[] => {
      const { graph } = optimizeGraph(job.graph);
      const steps = job.steps.map(({ inputs }) => ({ inputs, outputs: [] }));
      return graph.nodes.length === 0 ? [] : [{ path: row.path, graph, steps, tolerance: 0, job }];
    });
  } catch (error) {
    if (error instanceof ProblemError) return [];
    throw error;
  }
}

/** Folders of whole models. Operators and small graphs are among the cases of test/conformance. */
const modelFile =
  /^(?:models\/(?:tflite\/.*\.tflite|onnx(?:_export|_ml)?\/.*\.onnx|keras\/.*\.(?:h5|json)|tfjs\/.*\.json)|examples\/.*\.(?:tflite|onnx))$/;

/** The whole models of the test material, in the order of their paths. */
export function modelRows(): readonly ModelRow[] {
  return [...modelIndex().values()]
    .filter(({ path }) => modelFile.test(path) && !path.endsWith('_weights.h5'))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** The cases of a model, one for each conversion that its inputs need; none where it is refused. */
export function casesOf(row: ModelRow): readonly ModelCase[] {
  try {
    const tolerance = tiedAverages.get(row.path) ?? 0;
    const runs = row.path.endsWith('.tflite') ? goldenRuns(row.path) : [];
    const cases = runs.length > 0 ? runs : convertedRuns(row);
    return cases.map((one) => ({ ...one, path: row.path, tolerance, job: null }));
  } catch (error) {
    if (error instanceof ProblemError) return [];
    throw error;
  }
}

function convertedRuns(row: ModelRow): readonly Pick<ModelCase, 'graph' | 'steps'>[] {
  const { path, golden } = row;
  return goldenConversions(row).map(({ shapes, only }) => {
    const options = { ...noImportOptions, shapes: new Map(shapes), sideFile: sideFileOf(path) };
    const { graph } = optimizeGraph(importModel(readShared(path), path, 'default', options));
    if (golden === undefined) return { graph, steps: [{ inputs: randomInputs(graph, 1), outputs: null }] };
    return { graph, steps: goldenSteps(graph, golden).filter((_, step) => only === null || step === only) };
  });
}

/** The files beside a model. */
function sideFileOf(path: string): (name: string) => Uint8Array | null {
  const folder = dirname(path);
  return (name) => (existsSync(`${sharedDir}${folder}/${name}`) ? readShared(`${folder}/${name}`) : null);
}
