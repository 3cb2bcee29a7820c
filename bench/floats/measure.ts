import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { qemuMissing, runOnQemu } from '../../cli/engine/c.ts';
import { type Graph, typeOf } from '../../converter/ir/graph.ts';
import { importModel, optimizeGraph } from '../../converter/pipeline.ts';
import { invariant } from '../../converter/problem.ts';
import { summarize } from '../../converter/summary.ts';
import { elementCount } from '../../converter/tensor/shape.ts';
import { byteSize, type Tensor } from '../../converter/tensor/tensor.ts';
import type { Anchors, FloatAnchor } from '../anchors.ts';
import { absent, locate } from '../places.ts';
import { randomFloats } from '../random-bytes.ts';

/** A float32 model whose cost on a microcontroller is measured. */
export interface FloatModel {
  /** As in `anchors.json`. */
  readonly id: string;
  /** Below the test material. */
  readonly path: string;
}

const mlperf = (id: string, name: string): FloatModel => ({ id, path: `models/onnx/mlperf_${name}_torch_float.onnx` });

/** The networks of MLPerf Tiny in float32. */
export const floatModels: readonly FloatModel[] = [
  mlperf('kws_float', 'kws'),
  mlperf('ad_float', 'ad'),
  mlperf('ic_float', 'ic_resnet8'),
  mlperf('vww_float', 'vww'),
];

/** Processors with float32 in hardware of which there are figures. */
const cpus = ['cortex-m4', 'cortex-m7'] as const;

/** One inference on one processor. Memory in bytes; the arena holds inputs and outputs too. */
export interface FloatRun {
  readonly id: string;
  readonly cpu: (typeof cpus)[number];
  readonly macs: number;
  readonly instructions: number;
  readonly ramBytes: number;
  readonly stackBytes: number;
  /** Instructions of onnx2c, and its static memory with inputs and outputs. */
  readonly onnx2c: { readonly instructions: number; readonly ramBytes: number } | null;
}

export type FloatFigure = FloatRun | { readonly id: string; readonly skipped: string };

/** Counts `models` on the processors one after the other; what cannot be measured carries its reason. */
export async function measureFloats(
  models: readonly FloatModel[],
  anchors: Anchors['floats'],
  note: (line: string) => void,
): Promise<readonly FloatFigure[]> {
  const figures: FloatFigure[] = [];
  for (const { id, path } of models) {
    const file = locate(path);
    if (file === undefined) {
      figures.push({ id, skipped: absent(path) });
      continue;
    }
    const { graph } = optimizeGraph(importModel(new Uint8Array(readFileSync(file)), basename(file)));
    for (const cpu of cpus) {
      note(`floats: ${id} on ${cpu}`);
      figures.push(await figureOf(id, cpu, graph, anchors.models[id] ?? null));
    }
  }
  return figures;
}

async function figureOf(
  id: string,
  cpu: FloatRun['cpu'],
  graph: Graph,
  anchor: FloatAnchor | null,
): Promise<FloatFigure> {
  const missing = qemuMissing(cpu);
  if (missing !== null) return { id, skipped: `${cpu}: ${missing}` };
  try {
    const { device } = await runOnQemu(cpu)(graph, [() => inputsOf(graph)], () => {});
    invariant(device !== null, 'the emulator measured nothing');
    const { instructions, arenaBytes, staticBytes, stackBytes } = device;
    const ends = [...graph.inputs, ...graph.outputs];
    const endBytes = ends.reduce((sum, { value }) => sum + byteSize(typeOf(graph, value)), 0);
    return {
      ...{ id, cpu, macs: summarize(graph).macs, instructions, ramBytes: arenaBytes + staticBytes, stackBytes },
      onnx2c: anchor === null ? null : { instructions: anchor.instructions[cpu], ramBytes: anchor.ramBytes + endBytes },
    };
  } catch (error) {
    return { id, skipped: `${cpu}: ${error instanceof Error ? error.message : error}` };
  }
}

function inputsOf(graph: Graph): Tensor[] {
  return graph.inputs.map(({ value }) => {
    const type = typeOf(graph, value);
    return { type, data: randomFloats(elementCount(type.shape)) };
  });
}
