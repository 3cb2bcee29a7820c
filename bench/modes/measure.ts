import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { usualSelection } from '../../converter/backends/c/choice.ts';
import { emitPackage } from '../../converter/backends/c/emit.ts';
import { cKernelNeeds } from '../../converter/backends/c/kernels.ts';
import { floatTolerance } from '../../converter/compare.ts';
import type { Graph } from '../../converter/ir/graph.ts';
import { importModel, optimizeGraph, planProgram } from '../../converter/pipeline.ts';
import { lowerGraph } from '../../converter/plan/lower.ts';
import { latencyPlan } from '../../converter/plan/options.ts';
import { disjoint } from '../../converter/plan/overlap.ts';
import { planMemory } from '../../converter/plan/plan.ts';
import type { PlannedProgram } from '../../converter/plan/plan-program.ts';
import { invariant } from '../../converter/problem.ts';
import { toBytes } from '../../converter/tensor/dtype.ts';
import { byteSize } from '../../converter/tensor/tensor.ts';
import { runInQemu } from '../../targets/qemu/run.ts';
import { randomInputs } from '../mcu/measure.ts';
import { absent, locate } from '../places.ts';
import type { ModeModel } from './models.ts';

/** How a model is planned: `layer-wise` keeps all tensors of a step apart, as TFLite Micro does. */
export const modes = ['layer-wise', 'latency', 'balanced', 'sram'] as const;

export type Mode = (typeof modes)[number];

/** One model in one mode, on an emulated Cortex-M4. Memory in bytes. */
export interface ModeRun {
  readonly mode: Mode;
  readonly arenaBytes: number;
  readonly lowerBoundBytes: number;
  readonly stackBytes: number;
  readonly instructions: number;
  readonly codeFlashBytes: number;
  /** Streams, as `first..last` steps. */
  readonly streams: readonly string[];
}

export interface ModeFigure {
  readonly model: ModeModel;
  readonly runs: readonly ModeRun[];
  /** Why there are no runs, or null. */
  readonly skipped: string | null;
}

/** Plans, compiles and counts the models in every mode. */
export async function measureModes(
  models: readonly ModeModel[],
  note: (line: string) => void,
): Promise<readonly ModeFigure[]> {
  const figures: ModeFigure[] = [];
  for (const model of models) {
    note(`modes: ${model.id}`);
    figures.push(await figureOf(model));
  }
  return figures;
}

async function figureOf(model: ModeModel): Promise<ModeFigure> {
  const file = locate(model.path);
  if (file === undefined) return { model, runs: [], skipped: absent(model.path) };
  try {
    const { graph } = optimizeGraph(importModel(new Uint8Array(readFileSync(file)), basename(file)));
    const runs: ModeRun[] = [];
    for (const mode of modes) runs.push(await runOf(graph, mode));
    return { model, runs, skipped: null };
  } catch (error) {
    return { model, runs: [], skipped: error instanceof Error ? error.message : String(error) };
  }
}

function planned(graph: Graph, mode: Mode): PlannedProgram {
  if (mode !== 'layer-wise') return planProgram(graph, cKernelNeeds, { ...latencyPlan, optimize: mode });
  const program = lowerGraph(graph, { ...cKernelNeeds, overlaps: (_, inputs) => disjoint(inputs) });
  return { program, plan: planMemory(program) };
}

async function runOf(graph: Graph, mode: Mode): Promise<ModeRun> {
  const { program, plan } = planned(graph, mode);
  const origin = { commandLine: '', toolVersion: '', modelSha256: null, cpu: null, labels: null, preprocessing: [] };
  const { files } = emitPackage(program, plan, {
    prefix: 'm',
    ...origin,
    vectors: [],
    tolerance: floatTolerance,
    kernels: usualSelection,
    layouts: [],
    singleHeader: false,
  });
  const model = { prefix: 'm', files: files.map(({ path, bytes }) => ({ path, contents: bytes })) };
  const sample = { inputs: randomInputs(graph).map(({ data }) => toBytes(data)) };
  const outputs = program.outputs.map(({ operand }) => byteSize(operand.type));
  const { runs, use } = await runInQemu(model, [sample], outputs, {});
  const [run] = runs;
  invariant(run !== undefined && run.status === 0, 'the emulated program failed');
  return {
    mode,
    arenaBytes: plan.arenaBytes,
    lowerBoundBytes: plan.lowerBoundBytes,
    stackBytes: run.stackBytes,
    instructions: run.instructions,
    codeFlashBytes: use.codeFlashBytes,
    streams: program.streams.map(({ first, end }) => `${first}..${end - 1}`),
  };
}
