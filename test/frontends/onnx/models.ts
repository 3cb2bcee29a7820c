import { noImportOptions } from '../../../converter/frontends/options.ts';
import { type Graph, isNode } from '../../../converter/ir/graph.ts';
import { importModel, optimizeGraph } from '../../../converter/pipeline.ts';
import { type Problem, ProblemError } from '../../../converter/problem.ts';
import type { Tensor } from '../../../converter/tensor/tensor.ts';
import { expectGolden, goldenSteps } from '../../models/golden-files.ts';
import type { ModelRow } from '../../support/models.ts';
import { readShared } from '../../support/shared.ts';

/** Computes the outputs of an optimized graph for the inputs of each step. */
export type Run = (graph: Graph, steps: readonly (readonly Tensor[])[]) => Promise<readonly (readonly Tensor[])[]>;

/** What became of a model with expected outputs: `transposes` are those that the passes leave. */
export type ModelResult =
  | { readonly kind: 'pass'; readonly transposes: number; readonly why: string }
  | { readonly kind: 'wrong'; readonly transposes: number; readonly why: string }
  | { readonly kind: 'refused'; readonly problems: readonly Problem[] };

/**
 * Converts a model and compares what `run` computes with its expected outputs, floats within `tolerance` of the largest at least; steps of other
 * shapes are conversions of their own.
 */
export async function runModel(row: ModelRow, run: Run, tolerance: number): Promise<ModelResult> {
  const results: ModelResult[] = [];
  for (const { shapes, only } of goldenConversions(row)) {
    results.push(await runSteps(row, run, shapes, only, tolerance));
  }
  return results.find(({ kind }) => kind !== 'pass') ?? results[0] ?? { kind: 'pass', transposes: 0, why: 'no steps' };
}

/** The conversions that the steps of a model need, by the shapes that they fix: for one step each, or for all where `only` is null. */
export function goldenConversions(row: ModelRow): readonly { readonly shapes: Shapes; readonly only: number | null }[] {
  const steps = Array.from({ length: row.golden?.steps ?? 1 }, (_, step) => goldenShapes(row, step));
  const distinct = new Map(steps.map((shapes, step) => [JSON.stringify(shapes), { shapes, step }]));
  return [...distinct.values()].map(({ shapes, step }) => ({ shapes, only: distinct.size === 1 ? null : step }));
}

/** Runs one step of the expected outputs, or all where `only` is null. */
async function runSteps(
  row: ModelRow,
  run: Run,
  shapes: Shapes,
  only: number | null,
  tolerance: number,
): Promise<ModelResult> {
  try {
    const options = { ...noImportOptions, shapes: new Map(shapes) };
    const { graph } = optimizeGraph(importModel(readShared(row.path), row.path, 'default', options));
    const transposes = graph.nodes.filter((node) => isNode(node, 'transpose')).length;
    if (row.golden === undefined) return { kind: 'pass', transposes, why: 'no expected outputs' };
    const steps = goldenSteps(graph, row.golden).filter((_, step) => only === null || step === only);
    const results = await run(
      graph,
      steps.map(({ inputs }) => inputs),
    );
    try {
      steps.forEach(({ outputs }, i) => {
        expectGolden([...(results[i] ?? [])], outputs, tolerance);
      });
    } catch (failure) {
      return { kind: 'wrong', transposes, why: failure instanceof Error ? failure.message : String(failure) };
    }
    return { kind: 'pass', transposes, why: '' };
  } catch (error) {
    if (error instanceof ProblemError) return { kind: 'refused', problems: error.problems };
    throw error;
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
