import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { emitWasmModule } from '../../converter/backends/wasm/emit-module.ts';
import { wasmKernelNeeds } from '../../converter/backends/wasm/needs.ts';
import { type Variant, variants } from '../../converter/backends/wasm/variant.ts';
import { opCost } from '../../converter/ops/registry.ts';
import { importModel, optimizeGraph, planProgram } from '../../converter/pipeline.ts';
import { latencyPlan } from '../../converter/plan/options.ts';
import { formatShape } from '../../converter/tensor/shape.ts';
import { runProcess } from '../../targets/process.ts';
import { locate, root, scratch } from '../places.ts';
import { summarize } from '../statistics.ts';
import { type WasmModel, wasmModels } from '../wasm/models.ts';
import { installNode24 } from '../wasm/peers.ts';
import { roofline, roofMacs } from './roofline.ts';

/** One step of a model in one variant. */
export interface LayerFigure {
  readonly name: string;
  readonly macs: number;
  /** In µs, a median: information about this machine at this moment. */
  readonly us: number;
  /** The part of the multiplications that the bare instruction does in that time; null without any. */
  readonly share: number | null;
}

export interface LayersFigure {
  readonly id: string;
  readonly variant: Variant;
  /** Multiplications of the bare loop, in 10^9 per second. */
  readonly roofGmacs: number;
  readonly layers: readonly LayerFigure[];
}

/** int8 models, whose multiplications the loop compares with. */
export const layerModels = wasmModels.filter(({ isFloat }) => !isFloat);

const measured = z.object({ stepMs: z.array(z.array(z.number())), roofMs: z.array(z.number()) });

/** Times each step of each model by itself in Node 24, in every variant whose instructions int8 layers use. */
export async function measureLayers(
  models: readonly WasmModel[],
  rounds: number,
  note: (line: string) => void,
): Promise<readonly LayersFigure[]> {
  const node = await installNode24();
  if ('reason' in node) throw new Error(node.reason);
  mkdirSync(join(scratch, 'layers'), { recursive: true });
  const figures: LayersFigure[] = [];
  for (const model of models) {
    for (const variant of variants.filter((name) => name !== 'madd')) {
      note(`layers: ${model.id} ${variant}`);
      const figure = await measureModel(model, variant, rounds, node.path);
      if (figure !== null) figures.push(figure);
    }
  }
  return figures;
}

async function measureModel(
  { id, tflite }: WasmModel,
  variant: Variant,
  rounds: number,
  node: string,
): Promise<LayersFigure | null> {
  const file = locate(tflite);
  if (file === undefined) return null;
  const { graph } = optimizeGraph(importModel(new Uint8Array(readFileSync(file)), basename(file)));
  const { program, plan } = planProgram(graph, wasmKernelNeeds, latencyPlan);
  const { bytes, layout } = emitWasmModule(program, plan, variant);
  const [input] = layout.inputs;
  const work = {
    code: Buffer.from(bytes).toString('base64'),
    roof: Buffer.from(roofline(variant)).toString('base64'),
    input: { address: input?.address ?? 0, bytes: input?.bytes ?? 0 },
    ...{ steps: program.steps.length, rounds },
  };
  const path = join(scratch, `layers/${id}.${variant}.json`);
  writeFileSync(path, JSON.stringify(work));
  const script = join(root, 'bench/layers/page/layers.js');
  const ended = await runProcess(node, [script, path], { cwd: scratch, timeoutMs: 600_000 });
  if (ended.exitCode !== 0) throw new Error(ended.stderr.trim().slice(-2000));
  const { stepMs, roofMs } = measured.parse(JSON.parse(ended.stdout));
  const roofGmacs = roofMacs(variant) / summarize(roofMs).median / 1e6;
  const layers = program.steps.map((step, i): LayerFigure => {
    const inputs = step.inputs.map(({ type }) => type);
    const { macs } = opCost(
      step.op,
      inputs,
      step.outputs.map(({ type }) => type),
    );
    const ms = summarize(stepMs[i] ?? [0]).median;
    return {
      name: `${i} ${step.op.type} to ${step.outputs.map(({ type }) => formatShape(type.shape)).join(', ')}`,
      macs,
      us: 1000 * ms,
      share: macs === 0 ? null : macs / ms / 1e6 / roofGmacs,
    };
  });
  return { id, variant, roofGmacs, layers };
}
