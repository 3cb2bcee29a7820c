import { noImportOptions } from '../../../converter/frontends/options.ts';
import { type Graph, isNode } from '../../../converter/ir/graph.ts';
import { importModel, optimizeGraph } from '../../../converter/pipeline.ts';
import { type Problem, ProblemError } from '../../../converter/problem.ts';
import type { Tensor } from '../../../converter/tensor/tensor.ts';
import { expectGolden, type GoldenStep, goldenSteps } from '../../models/golden-files.ts';
import type { ModelRow } from '../../support/models.ts';
import { readShared } from '../../support/shared.ts';

/** Computes the outputs of an optimized graph for the inputs of each step. */
export type Run = (graph: Graph, steps: readonly (readonly Tensor[])[]) => Promise<readonly (readonly Tensor[])[]>;

/** What became of a model with expected outputs: `transposes` are those that the passes leave. */
export type ModelResult =
  | { readonly kind: 'pass'; readonly transposes: number; readonly why: string }
  | { readonly kind: 'wrong'; readonly transposes: number; readonly why: string }
  | { readonly kind: 'refused'; readonly problems: readonly Problem[] };

/** A model as it is converted for its steps, or for one of them, with their expected outputs, if there are any; or why it is refused. */
export type Converted =
  | { readonly graph: Graph; readonly transposes: number; readonly steps: readonly GoldenStep[] | null }
  | { readonly problems: readonly Problem[] };

/** Converts a model once, for all that run it: steps of other shapes are conversions of their own. */
export function convertModel(row: ModelRow): readonly Converted[] {
  return goldenConversions(row).map(({ shapes, only }) => convertSteps(row, shapes, only));
}

/** Compares what `run` computes with the expected outputs, floats within `tolerance` of the largest at least. */
export async function runModel(models: readonly Converted[], run: Run, tolerance: number): Promise<ModelResult> {
  const results: ModelResult[] = [];
  for (const model of models) results.push(await runSteps(model, run, tolerance));
  return results.find(({ kind }) => kind !== 'pass') ?? results[0] ?? { kind: 'pass', transposes: 0, why: 'no steps' };
}

/** The conversions that the steps of a model need, by the shapes that they fix: for one step each, or for all where `only` is null. */
export function goldenConversions(row: ModelRow): readonly { readonly shapes: Shapes; readonly only: number | null }[] {
  const steps = Array.from({ length: row.golden?.steps ?? 1 }, (_, step) => goldenShapes(row, step));
  const distinct = new Map(steps.map((shapes, step) => [JSON.stringify(shapes), { shapes, step }]));
  return [...distinct.values()].map(({ shapes, step }) => ({ shapes, only: distinct.size === 1 ? null : step }));
}

/** For one step of the expected outputs, or all where `only` is null. */
function convertSteps(row: ModelRow, shapes: Shapes, only: number | null): Converted {
  try {
    const options = { ...noImportOptions, shapes: new Map(shapes) };
    const { graph } = optimizeGraph(importModel(readShared(row.path), row.path, 'default', options));
    const transposes = graph.nodes.filter((node) => isNode(node, 'transpose')).length;
    if (row.golden === undefined) return { graph, transposes, steps: null };
    const steps = goldenSteps(graph, row.golden).filter((_, step) => only === null || step === only);
    return { graph, transposes, steps };
  } catch (error) {
    if (error instanceof ProblemError) return { problems: error.problems };
    throw error;
  }
}

async function runSteps(model: Converted, run: Run, tolerance: number): Promise<ModelResult> {
  if ('problems' in model) return { kind: 'refused', problems: model.problems };
  const { graph, transposes, steps } = model;
  if (steps === null) return { kind: 'pass', transposes, why: 'no expected outputs' };
  try {
    const results = await run(
      graph,
      steps.map(({ inputs }) => inputs),
    );
    steps.forEach(({ outputs }, i) => {
      expectGolden([...(results[i] ?? [])], outputs, tolerance);
    });
    return { kind: 'pass', transposes, why: '' };
  } catch (error) {
    if (error instanceof ProblemError) return { kind: 'refused', problems: error.problems };
    return { kind: 'wrong', transposes, why: error instanceof Error ? error.message : String(error) };
  }
}

export type Shapes = readonly (readonly [string, readonly number[]])[];

/** The shapes of the stored inputs of a step, for inputs that the file leaves open: their .npy headers say it. */
function goldenShapes({ golden, inputs }: ModelRow, step: number): Shapes {
  if (golden === undefined) return [];
  return golden.input_order.flatMap((name, i) => {
    const declared: readonly unknown[] = inputs.find((input) => input.name === name)?.shape ?? [];
    if (declared.every((size) => typeof size === 'number' && size > 0)) return [];
    const prefix = `models/golden/${golden.dir.replace(/^models\/golden\//, '')}/`.replace('//', '/');
    const file = readFirst([`${prefix}input_${i}.npy`, `${prefix}step${step}_input_${i}.npy`]);
    const header = /'shape': \(([^)]*)\)/.exec(new TextDecoder('latin1').decode(file.subarray(0, 256)))?.[1] ?? '';
    return [
      [
        name,
        header
          .split(',')
          .map((part) => part.trim())
          .filter((part) => part !== '')
          .map(Number),
      ] as const,
    ];
  });
}

function readFirst(paths: readonly string[]): Uint8Array {
  for (const path of paths) {
    try {
      return readShared(path);
    } catch {}
  }
  return new Uint8Array(0);
}
