import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { qemuM4Engine } from '../../cli/engine/c.ts';
import type { DeviceUse } from '../../cli/engine/engine.ts';
import { cKernelNeeds } from '../../converter/backends/c/kernels.ts';
import { type Graph, typeOf } from '../../converter/ir/graph.ts';
import { opCost } from '../../converter/ops/registry.ts';
import { importModel, optimizeGraph, planProgram } from '../../converter/pipeline.ts';
import { balancedPlan } from '../../converter/plan/options.ts';
import type { Step } from '../../converter/plan/program.ts';
import { invariant } from '../../converter/problem.ts';
import { summarize } from '../../converter/summary.ts';
import { fromBytes, toBytes } from '../../converter/tensor/dtype.ts';
import { byteSize, type Tensor } from '../../converter/tensor/tensor.ts';
import type { Anchors, McuAnchor } from '../anchors.ts';
import { absent, locate } from '../places.ts';
import { randomBytes } from '../random-bytes.ts';
import { type LayerFigure, limitsOf, type McuFigure, type McuMeasured } from './figures.ts';
import type { McuModel } from './models.ts';

/** Measures the C packages of `models` one after the other; what cannot be measured carries its reason. */
export async function measureMcu(
  models: readonly McuModel[],
  anchors: Anchors['mcu'],
  note: (line: string) => void,
): Promise<readonly McuFigure[]> {
  const figures: McuFigure[] = [];
  const missing = qemuM4Engine.missing();
  for (const model of models) {
    note(`mcu: ${model.id}`);
    figures.push(await figureOf(model, anchors.models[model.id] ?? null, missing));
  }
  return figures;
}

async function figureOf(model: McuModel, anchor: McuAnchor | null, missing: string | null): Promise<McuFigure> {
  const { id, path } = model;
  const file = locate(path);
  if (file === undefined) return { id, path, skipped: absent(path) };
  if (missing !== null) return { id, path, skipped: missing };
  try {
    const measured = await measure(file, model, anchor);
    return { id, path, measured, anchor, limits: limitsOf(id, measured, anchor) };
  } catch (error) {
    return { id, path, skipped: error instanceof Error ? error.message : String(error) };
  }
}

async function measure(file: string, model: McuModel, anchor: McuAnchor | null): Promise<McuMeasured> {
  const imported = importModel(new Uint8Array(readFileSync(file)), basename(file));
  const { graph } = optimizeGraph(imported);
  const { program, plan } = planProgram(graph, cKernelNeeds, balancedPlan);
  const { inferences, device } = await qemuM4Engine.run(graph, [() => randomInputs(graph)], () => {});
  invariant(device !== null, 'the emulator measured nothing');
  return {
    instructions: device.instructions,
    counter: device.counter,
    layers: device.layers.map((layer) => layerFigure(layer, program.steps[layer.layer], anchor)),
    macs: summarize(imported).macs,
    macsLeft: summarize(graph).macs,
    arenaBytes: device.arenaBytes,
    lowerBoundBytes: plan.lowerBoundBytes,
    staticBytes: device.staticBytes,
    stackBytes: device.stackBytes,
    codeStackBytes: device.codeStackBytes,
    predicted: device.predicted,
    sramBytes: device.sramBytes,
    codeFlashBytes: device.codeFlashBytes,
    weightFlashBytes: device.weightFlashBytes,
    isExact: isGolden(model, inferences[0]?.outputs ?? []),
  };
}

/** The inputs that the published counts were made with. */
export function randomInputs(graph: Graph): Tensor[] {
  return graph.inputs.map(({ value }) => {
    const type = typeOf(graph, value);
    return { type, data: fromBytes(type.dtype, randomBytes(byteSize(type))) };
  });
}

function layerFigure(
  { name, instructions }: DeviceUse['layers'][number],
  step: Step | undefined,
  anchor: McuAnchor | null,
): LayerFigure {
  const row = anchor?.layers[operatorNumber(name) ?? -1];
  return { name, instructions, macs: macsOf(step), cmsisNn: row?.cmsisNn ?? null, reference: row?.reference ?? null };
}

/** `3` of `CONV_2D #3 "block1/conv"`: the place of the operator in the file. */
export function operatorNumber(name: string): number | null {
  const match = /#(\d+)/.exec(name);
  return match === null ? null : Number(match[1]);
}

/** Multiply-accumulates of a step of the program. */
export function macsOf(step: Step | undefined): number {
  if (step === undefined) return 0;
  const types = (operands: readonly { readonly type: Tensor['type'] }[]) => operands.map(({ type }) => type);
  return opCost(step.op, types(step.inputs), types(step.outputs)).macs;
}

/** Whether the outputs are byte-equal to the published ones of the same input; null where none are published. */
export function isGolden({ golden }: McuModel, outputs: readonly Tensor[]): boolean | null {
  const expected = golden === null ? undefined : locate(join(golden, 'output_1.bin'));
  const [first] = outputs;
  if (expected === undefined || first === undefined) return null;
  return Buffer.from(toBytes(first.data)).equals(readFileSync(expected));
}
