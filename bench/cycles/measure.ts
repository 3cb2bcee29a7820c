import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { qemuMissing } from '../../cli/engine/c.ts';
import { boundOf, componentsOf } from '../../converter/estimate/cores/components.ts';
import type { BlockCost, CoreModel } from '../../converter/estimate/cores/core.ts';
import { coreModels, type ModelledCpu } from '../../converter/estimate/cores/cores.ts';
import { blockCosts, totalCost } from '../../converter/estimate/cores/cycles.ts';
import { instructionMix } from '../../converter/estimate/instructions/mix.ts';
import { packageOptions } from '../../converter/package-options.ts';
import { type CConversion, convertToC, importModel, optimizeGraph } from '../../converter/pipeline.ts';
import { summarize } from '../../converter/summary.ts';
import { toBytes } from '../../converter/tensor/dtype.ts';
import { byteSize } from '../../converter/tensor/tensor.ts';
import { type ExecutedBlock, type ExecutedRun, runBlocks } from '../../targets/qemu/executed.ts';
import type { QemuCpu } from '../../targets/qemu/machines.ts';
import { findTool } from '../../targets/tools.ts';
import { macsOf, randomInputs } from '../mcu/measure.ts';
import { type McuModel, mcuModels } from '../mcu/models.ts';
import { absent, locate } from '../places.ts';

/** The models whose cycles are modelled on every core. */
export const cycleModels: readonly McuModel[] = mcuModels.filter(({ id }) => /^(kws|vww|ic|ad|sww)$/.test(id));

/** What a part of an inference costs. */
export interface CycleFigure extends BlockCost {
  readonly instructions: number;
  /** Executed instructions by class. */
  readonly classes: Readonly<Record<string, number>>;
  /** What takes the most of the cycles. */
  readonly bound: string;
}

/** One layer; one that a stream runs in parts is summed up. */
export interface LayerCycles extends CycleFigure {
  readonly name: string;
  readonly macs: number;
}

/** One model on one core. */
export interface CoreRun extends CycleFigure {
  readonly cpu: ModelledCpu;
  readonly layers: readonly LayerCycles[];
}

/** One model on the cores that were asked for; what could not run carries its reason. */
export interface CyclesOfModel {
  readonly id: string;
  readonly path: string;
  /** Multiply-accumulates of the model as imported. */
  readonly macs: number;
  readonly runs: readonly CoreRun[];
  readonly skipped: readonly string[];
}

const isModelled = (cpu: QemuCpu): cpu is ModelledCpu => cpu in coreModels;

/** Models the cycles of `models` on those of `cpus` that have a core model, one after the other. */
export async function measureCycles(
  models: readonly McuModel[],
  cpus: readonly QemuCpu[],
  note: (line: string) => void,
): Promise<readonly CyclesOfModel[]> {
  const figures: CyclesOfModel[] = [];
  for (const model of models) figures.push(await cyclesOf(model, cpus.filter(isModelled), note));
  return figures;
}

async function cyclesOf(
  { id, path }: McuModel,
  cpus: readonly ModelledCpu[],
  note: (line: string) => void,
): Promise<CyclesOfModel> {
  const file = locate(path);
  if (file === undefined) return { id, path, macs: 0, runs: [], skipped: [absent(path)] };
  const imported = importModel(new Uint8Array(readFileSync(file)), basename(file));
  const { graph } = optimizeGraph(imported);
  const conversion = convertToC(graph, packageOptions(graph.name, { plan: null }));
  const inputs = randomInputs(graph).map((tensor) => toBytes(tensor.data));
  const runs: CoreRun[] = [];
  const skipped: string[] = [];
  for (const cpu of cpus) {
    note(`cycles: ${id} on ${cpu}`);
    try {
      const missing = cyclesMissing(cpu);
      if (missing === null) runs.push(await runOn(cpu, conversion, inputs));
      else skipped.push(`${cpu}: ${missing}`);
    } catch (error) {
      skipped.push(`${cpu}: ${error instanceof Error ? error.message : error}`);
    }
  }
  return { id, path, macs: summarize(imported).macs, runs, skipped };
}

/** Why cycles on a processor cannot be modelled on this computer; null where they can. */
export function cyclesMissing(cpu: ModelledCpu): string | null {
  const objdump = findTool(cpu === 'rv32imc' ? 'riscv64-unknown-elf-objdump' : 'arm-none-eabi-objdump');
  return qemuMissing(cpu) ?? (objdump?.found === false ? objdump.reason : null);
}

async function runOn(cpu: ModelledCpu, conversion: CConversion, inputs: readonly Uint8Array[]): Promise<CoreRun> {
  const { program, prefix, artifacts } = conversion;
  const files = artifacts.map(({ path, bytes }) => ({ path, contents: bytes }));
  const outputBytes = program.outputs.map(({ operand }) => byteSize(operand.type));
  const run: ExecutedRun = await runBlocks({ prefix, files }, { inputs }, outputBytes, { cpu });
  const core = coreModels[cpu];
  const layers = run.layers.map(({ layer, instructions, blocks }): LayerCycles => {
    const step = program.steps[layer];
    return { name: step?.name ?? `layer ${layer}`, macs: macsOf(step), ...figureOf(core, instructions, blocks) };
  });
  return { cpu, ...figureOf(core, run.instructions, run.blocks), layers };
}

function figureOf(core: CoreModel, instructions: number, blocks: readonly ExecutedBlock[]): CycleFigure {
  const costs = blockCosts(core, blocks);
  const classes = Object.fromEntries(instructionMix(blocks, (instruction) => core.decode(instruction).class));
  return { instructions, ...totalCost(costs), classes, bound: boundOf(componentsOf(core, costs)) };
}
