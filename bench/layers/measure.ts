import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { arithmeticOf } from '../../converter/backends/kernel.ts';
import { instructionTotal } from '../../converter/backends/wasm/counts/instructions.ts';
import { moduleInstructions } from '../../converter/backends/wasm/counts/module.ts';
import { emitWasmModule } from '../../converter/backends/wasm/emit-module.ts';
import { wasmKernelNeeds } from '../../converter/backends/wasm/needs.ts';
import { type Variant, variants } from '../../converter/backends/wasm/variant.ts';
import { loadProbe } from '../../converter/estimate/web/probes.ts';
import { opCost } from '../../converter/ops/registry.ts';
import { importModel, optimizeGraph, planProgram } from '../../converter/pipeline.ts';
import type { Program, Step } from '../../converter/plan/program.ts';
import { runProcess } from '../../targets/process.ts';
import type { BenchOptions, Host } from '../options.ts';
import { locate, root, scratch } from '../places.ts';
import { median } from '../statistics.ts';
import { floatTwin } from '../wasm/float-twin.ts';
import type { WasmModel } from '../wasm/models.ts';
import { installNode24 } from '../wasm/peers.ts';
import { type Arithmetic, rooflineOf } from './roofline.ts';

export interface LayerFigure {
  readonly name: string;
  readonly type: string;
  readonly macs: number;
  /** Instructions of WebAssembly, as predicted. */
  readonly instructions: number;
  readonly us: number;
  readonly macsPerNs: number;
  /** Part of what a loop in registers reaches in the same process. */
  readonly roofline: number;
  /** Bytes of its constants, of which each is read at least once, and the part of what a loop of loads reaches in the same process. */
  readonly constantBytes: number;
  readonly ofLoads: number;
}

/** A model in one variant and one JavaScript engine: medians. */
export interface LayersFigure {
  readonly id: string;
  readonly host: Host;
  readonly variant: Variant;
  readonly runUs: number;
  readonly rooflineMacsPerNs: number;
  /** What a loop of loads reads that goes over as many bytes as the constants of the model. */
  readonly loadBytesPerNs: number;
  readonly layers: readonly LayerFigure[];
}

const samples = z.object({
  runMs: z.array(z.number()),
  stepMs: z.array(z.array(z.number())),
  macsPerNs: z.array(z.array(z.number())),
  bytesPerNs: z.array(z.number()),
});

/** Times every layer of every variant that an engine runs; pages are left out. What cannot be had is noted and skipped. */
export async function measureLayers(
  models: readonly WasmModel[],
  { rounds, hosts }: BenchOptions,
  note: (line: string) => void,
): Promise<readonly LayersFigure[]> {
  const figures: LayersFigure[] = [];
  for (const model of models) {
    const file = locate(model.tflite);
    if (file === undefined) continue;
    const bytes = new Uint8Array(readFileSync(file));
    const name = basename(file);
    const graph = importModel(model.isTwin ? floatTwin(bytes, name).tflite : bytes, name);
    const planned = planProgram(optimizeGraph(graph).graph, wasmKernelNeeds);
    for (const host of hosts.filter((one) => one !== 'chromium')) {
      for (const variant of variants) {
        note(`layers: ${model.id}, ${variant} in ${host}`);
        const node = host === 'node24' ? await installNode24() : { path: process.execPath };
        if ('reason' in node) continue;
        const measured = await measureOne(node.path, { ...model, variant, rounds }, planned);
        if (measured === null) note(`layers: ${host} does not run ${variant}`);
        else figures.push({ id: model.id, host, variant, ...measured });
      }
    }
  }
  return figures;
}

interface Job {
  readonly id: string;
  readonly isFloat: boolean;
  readonly variant: Variant;
  readonly rounds: number;
}

/** Null where the engine does not run the module. */
async function measureOne(
  node: string,
  { id, isFloat, variant, rounds }: Job,
  { program, plan }: ReturnType<typeof planProgram>,
): Promise<Pick<LayersFigure, 'runUs' | 'rooflineMacsPerNs' | 'loadBytesPerNs' | 'layers'> | null> {
  const folder = join(scratch, 'layers');
  mkdirSync(folder, { recursive: true });
  const write = (name: string, bytes: Uint8Array) => {
    writeFileSync(join(folder, name), bytes);
    return join(folder, name);
  };
  const emitted = emitWasmModule(program, plan, variant);
  const arithmetic: Arithmetic = isFloat ? 'float32' : 'int8';
  const roofline = rooflineOf(arithmetic, variant);
  const loads = loadProbe(program.steps.reduce((sum, step) => sum + constantBytesOf(step), 0));
  const job = {
    module: write(`${id}.${variant}.wasm`, emitted.bytes),
    steps: program.steps.length,
    inputs: emitted.layout.inputs.map(({ address, bytes, type }) => ({
      address,
      bytes,
      isFloat: type.dtype === 'float32',
    })),
    rooflines: [{ file: write(`roofline.${arithmetic}.${variant}.wasm`, roofline.module), macs: roofline.macs }],
    loads: { file: write(`loads.${id}.wasm`, loads.module), bytes: loads.amount },
    rounds,
  };
  const script = join(root, 'bench/layers/page/layers.js');
  const ended = await runProcess(node, [script, JSON.stringify(job)], { cwd: scratch, timeoutMs: 600_000 });
  if (ended.exitCode !== 0) {
    if (ended.stderr.includes('CompileError')) return null;
    throw new Error(ended.stderr.trim().slice(-2000));
  }
  const { runMs, stepMs, macsPerNs, bytesPerNs } = samples.parse(JSON.parse(ended.stdout));
  const most = median(macsPerNs[0] ?? []);
  const executed = moduleInstructions(emitted.module, program.steps.length).map(instructionTotal);
  const loaded = median(bytesPerNs);
  const layers = program.steps.map((step, i) => {
    return { ...layerFigure(step, median(stepMs[i] ?? []), most, loaded), instructions: Math.round(executed[i] ?? 0) };
  });
  return { runUs: 1000 * median(runMs), rooflineMacsPerNs: most, loadBytesPerNs: loaded, layers };
}

/** Bytes of the weights and tables of a step. */
function constantBytesOf({ inputs }: Step): number {
  return inputs.reduce((sum, operand) => sum + (operand.kind === 'constant' ? operand.data.byteLength : 0), 0);
}

function layerFigure(step: Step, ms: number, most: number, loaded: number): Omit<LayerFigure, 'instructions'> {
  const types = (operands: Program['steps'][number]['inputs']) => operands.map(({ type }) => type);
  const { macs } = opCost(step.op, types(step.inputs), types(step.outputs));
  const macsPerNs = macs / (ms * 1e6);
  const isInteger = arithmeticOf(types(step.inputs)) === 'int8';
  const type = isInteger ? `${step.op.type} int8` : step.op.type;
  const constantBytes = constantBytesOf(step);
  const ofLoads = constantBytes / (ms * 1e6) / loaded;
  return { name: step.name, type, macs, us: 1000 * ms, macsPerNs, roofline: macsPerNs / most, constantBytes, ofLoads };
}
