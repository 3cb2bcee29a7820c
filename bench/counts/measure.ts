import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type KernelChoices, usualChoices } from '../../converter/backends/c/choice.ts';
import { emitC } from '../../converter/backends/c/emit.ts';
import { cKernelNeeds } from '../../converter/backends/c/kernels.ts';
import { type CPackageModel, packageModel } from '../../converter/backends/c/package.ts';
import { armClass } from '../../converter/estimate/instructions/arm.ts';
import { instructionMix, type MixClass } from '../../converter/estimate/instructions/mix.ts';
import { riscvClass } from '../../converter/estimate/instructions/riscv.ts';
import type { Graph } from '../../converter/ir/graph.ts';
import { lowerGraph } from '../../converter/plan/lower.ts';
import type { PlanOptions } from '../../converter/plan/options.ts';
import { planMemory } from '../../converter/plan/plan.ts';
import { planProgram } from '../../converter/plan/plan-program.ts';
import { randomInputs } from '../../converter/random-inputs.ts';
import { toBytes } from '../../converter/tensor/dtype.ts';
import { byteSize } from '../../converter/tensor/tensor.ts';
import { harnessFor, sampleFiles } from '../../targets/harness/files.ts';
import { isPackageSource, type PackageFile } from '../../targets/harness/package.ts';
import { layersOf } from '../../targets/qemu/executed.ts';
import { QEMU_MACHINES, type QemuCpu } from '../../targets/qemu/machines.ts';
import { runProgram } from '../../targets/qemu/program.ts';
import { root } from '../places.ts';

/** A package whose instructions are counted, layer by layer. */
export interface CountedPackage {
  readonly name: string;
  readonly model: CPackageModel;
  readonly files: readonly PackageFile[];
  readonly graph: Graph;
}

/** Executed instructions by class. */
export type Classes = Readonly<Partial<Record<MixClass, number>>>;

/** Executed instructions of one layer. */
export interface LayerMix {
  readonly total: number;
  readonly classes: Classes;
  /** By function as compiled, copies of the compiler together with what they are copies of. */
  readonly functions: Readonly<Record<string, Classes>>;
}

/** What the emulator counted in one inference. */
export interface MeasuredCounts {
  /** By step of the program; without instructions for a step that does nothing. */
  readonly layers: readonly LayerMix[];
  /** All of the call, without the hooks of the layers. */
  readonly total: number;
}

const prefix = 'counted';

/** The package of a graph: layers one after the other where `plan` is null, otherwise as planned. */
export function packaged(
  name: string,
  graph: Graph,
  plan: PlanOptions | null,
  choices: KernelChoices = usualChoices,
): CountedPackage {
  const planned = plan === null ? null : planProgram(graph, cKernelNeeds, plan);
  const program = planned?.program ?? lowerGraph(graph, cKernelNeeds);
  const memory = planned?.plan ?? planMemory(program);
  const options = {
    prefix,
    commandLine: '',
    toolVersion: '',
    modelSha256: null,
    labels: null,
    preprocessing: [],
    vectors: [],
    tolerance: 0,
    cpu: null,
    layouts: [],
    singleHeader: false,
    kernels: { choices, decisions: [] },
  };
  const files = emitC(program, memory, options).map(({ path, bytes }) => ({ path, contents: bytes }));
  return { name, graph, files, model: packageModel(program, memory, prefix, choices) };
}

const kept = join(root, 'out', 'counts');

/** Runs a package in the emulator. What has been counted once is kept in `out/counts`. */
export async function measuredCounts({ files, model, graph }: CountedPackage, cpu: QemuCpu): Promise<MeasuredCounts> {
  const hash = createHash('sha256').update(`${cpu} 2`);
  for (const { path, contents } of files) if (/\.[ch]$/.test(path)) hash.update(contents);
  const file = join(kept, `${hash.digest('hex').slice(0, 24)}.json`);
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8'));
  const samples = [{ inputs: randomInputs(graph, 1).map(({ data }) => toBytes(data)) }];
  const outputBytes = model.program.outputs.map(({ operand }) => byteSize(operand.type));
  const harness = { path: 'main.c', contents: harnessFor(prefix, samples, outputBytes) };
  const result = await runProgram({
    ...{ cpu, optimize: '-O2', timeoutMs: 300_000, counter: 'blocks' },
    files: [...files, harness],
    sources: files.map(({ path }) => path).filter(isPackageSource),
    harnessSources: [harness.path],
    inputFiles: sampleFiles(samples),
    outputFiles: [],
    defines: ['THIMBLE_PROFILE=1'],
  });
  const [call] = result.calls ?? [];
  const layers = model.program.steps.map((): LayerMix => ({ total: 0, classes: {}, functions: {} }));
  const classOf = QEMU_MACHINES[cpu].toolchain === 'arm' ? armClass : riscvClass;
  for (const { layer, instructions, blocks } of await layersOf(result, cpu)) {
    const names = [...new Set(blocks.map(({ name }) => plainName(name)))];
    const functions = names.map((name) => {
      const own = blocks.filter((block) => plainName(block.name) === name);
      return [name, Object.fromEntries(instructionMix(own, classOf))] as const;
    });
    layers[layer] = {
      total: instructions,
      classes: Object.fromEntries(instructionMix(blocks, classOf)),
      functions: Object.fromEntries(functions),
    };
  }
  const hooks = (call?.layers.length ?? 0) * HOOK_INSTRUCTIONS;
  const measured = { layers, total: (call?.instructions ?? 0) - hooks };
  mkdirSync(kept, { recursive: true });
  writeFileSync(file, JSON.stringify(measured));
  return measured;
}

/** A function's name in the support headers, without the package's prefix and what compilers put behind names of copies. */
function plainName(name: string): string {
  return name.replace(/\.(?:constprop|isra|part|cold)(?:\.\d+)*/g, '').replace(/^counted_/, 'thimble_');
}

/** Both hooks of a layer, with their calls: see targets/qemu/measure.ts. */
const HOOK_INSTRUCTIONS = 16;
