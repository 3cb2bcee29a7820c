import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { qemuMissing, runOnQemu } from '../../cli/engine/c.ts';
import type { DeviceUse } from '../../cli/engine/engine.ts';
import { cKernelNeeds } from '../../converter/backends/c/kernels.ts';
import type { Graph } from '../../converter/ir/graph.ts';
import { importModel, optimizeGraph, planProgram } from '../../converter/pipeline.ts';
import { balancedPlan } from '../../converter/plan/options.ts';
import { invariant } from '../../converter/problem.ts';
import { summarize } from '../../converter/summary.ts';
import type { QemuCpu } from '../../targets/qemu/machines.ts';
import { isGolden, macsOf, randomInputs } from '../mcu/measure.ts';
import { type McuModel, mcuModels } from '../mcu/models.ts';
import { absent, locate } from '../places.ts';

/** The models whose instructions are counted on every processor. */
export const processorModels: readonly McuModel[] = mcuModels.filter(({ id }) => /^(kws|vww|ic|ad|sww)$/.test(id));

/** What one inference costs on one processor. Memory in bytes. */
export interface ProcessorRun {
  readonly cpu: QemuCpu;
  readonly instructions: number;
  /** `plugin` is exact, `icount` good to a tick of the board's timer. */
  readonly counter: 'plugin' | 'icount';
  /** By step of the program; empty without the plugin. */
  readonly layers: readonly number[];
  readonly stackBytes: number;
  readonly codeFlashBytes: number;
  /** Whether the outputs are byte-equal to the published ones of the same input; null where none are published. */
  readonly isExact: boolean | null;
}

/** One model on the processors that were asked for; what could not run carries its reason. */
export interface ProcessorFigure {
  readonly id: string;
  readonly path: string;
  /** Multiply-accumulates of the model as imported. */
  readonly macs: number;
  readonly layers: readonly { readonly name: string; readonly macs: number }[];
  readonly runs: readonly ProcessorRun[];
  readonly skipped: readonly string[];
}

/** Counts the models on the processors, one after the other. */
export async function measureProcessors(
  models: readonly McuModel[],
  cpus: readonly QemuCpu[],
  note: (line: string) => void,
): Promise<readonly ProcessorFigure[]> {
  const figures: ProcessorFigure[] = [];
  for (const model of models) figures.push(await figureOf(model, cpus, note));
  return figures;
}

async function figureOf(
  model: McuModel,
  cpus: readonly QemuCpu[],
  note: (line: string) => void,
): Promise<ProcessorFigure> {
  const { id, path } = model;
  const file = locate(path);
  if (file === undefined) return { id, path, macs: 0, layers: [], runs: [], skipped: [absent(path)] };
  const imported = importModel(new Uint8Array(readFileSync(file)), basename(file));
  const { graph } = optimizeGraph(imported);
  const { program } = planProgram(graph, cKernelNeeds, balancedPlan);
  const runs: ProcessorRun[] = [];
  const skipped: string[] = [];
  for (const cpu of cpus) {
    note(`processors: ${id} on ${cpu}`);
    const missing = qemuMissing(cpu);
    try {
      if (missing === null) runs.push(await runOn(cpu, model, graph));
      else skipped.push(`${cpu}: ${missing}`);
    } catch (error) {
      skipped.push(`${cpu}: ${error instanceof Error ? error.message : error}`);
    }
  }
  const layers = program.steps.map((step) => ({ name: step.name, macs: macsOf(step) }));
  return { id, path, macs: summarize(imported).macs, layers, runs, skipped };
}

async function runOn(cpu: QemuCpu, model: McuModel, graph: Graph): Promise<ProcessorRun> {
  const { inferences, device } = await runOnQemu(cpu)(graph, [() => randomInputs(graph)], () => {});
  invariant(device !== null, 'the emulator measured nothing');
  const { instructions, counter, stackBytes, codeFlashBytes } = device;
  const isExact = isGolden(model, inferences[0]?.outputs ?? []);
  return { cpu, instructions, counter, layers: countsOf(device), stackBytes, codeFlashBytes, isExact };
}

function countsOf({ layers }: DeviceUse): number[] {
  const counts: number[] = [];
  for (const { layer, instructions } of layers) counts[layer] = instructions;
  return counts;
}
