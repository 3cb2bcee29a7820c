import { emitC } from '../../../converter/backends/c/emit.ts';
import { cKernelNeeds } from '../../../converter/backends/c/kernels.ts';
import type { Graph } from '../../../converter/ir/graph.ts';
import { type KernelNeeds, lowerGraph } from '../../../converter/plan/lower.ts';
import { leastCommonMultiple, roundUp } from '../../../converter/plan/memory/instance.ts';
import { disjoint } from '../../../converter/plan/overlap.ts';
import type { Program, Step } from '../../../converter/plan/program.ts';
import { toBytes } from '../../../converter/tensor/dtype.ts';
import { byteSize } from '../../../converter/tensor/tensor.ts';
import { type HostOptions, runOnHost } from '../../../targets/host/run.ts';
import { runInQemu } from '../../../targets/qemu/run.ts';
import { type Distances, overlappedPlan } from '../../plan/overlapped.ts';
import { type Case, plainOptions } from './batch.ts';
import { joined } from './models.ts';

/** The C kernels, every buffer apart unless the plan says otherwise. */
const apartNeeds: KernelNeeds = { ...cKernelNeeds, overlaps: (_, inputs) => disjoint(inputs) };

/** A layer and which of its inputs, counting constants, overlaps the output. */
export interface LayerCase {
  readonly layer: Case;
  readonly input: number;
}

/** How far from the stated distance the output of each copy of the layers is; null for disjoint memory. */
const COPIES = [null, 0, 20, -8] as const;

/** Copies of all layers side by side in one program, which share their functions and tables. */
export interface Layers {
  readonly model: Case;
  readonly program: Program;
  readonly cases: readonly LayerCase[];
}

export function layersOf(cases: readonly LayerCase[]): Layers {
  const all = COPIES.flatMap(() => cases.map(({ layer }) => layer));
  const model = joined('layers', all);
  return { model, program: lowerGraph(model.graph, apartNeeds), cases };
}

/** What the kernel of a step states for input `index`. */
function statedDistance({ op, inputs, outputs }: Step, index: number): number | null {
  const types = inputs.map(({ type }) => type);
  const outputTypes = outputs.map(({ type }) => type);
  return cKernelNeeds.overlaps(op, types, outputTypes)[index] ?? null;
}

function unitOf({ op, inputs, outputs }: Step): number {
  return cKernelNeeds.overlapUnit(
    op,
    inputs.map(({ type }) => type),
    outputs.map(({ type }) => type),
  );
}

/** The layers whose stated distance is at least `bytes`. */
export function farLayers({ cases, program }: Layers, bytes: number): string[] {
  return cases.flatMap(({ layer, input }, i) => {
    const step = program.steps[i];
    return step !== undefined && (statedDistance(step, input) ?? 0) >= bytes ? [layer.name] : [];
  });
}

function distancesOf(cases: readonly LayerCase[]): Distances {
  return (step) => {
    const { input = 0 } = cases[step.index % cases.length] ?? {};
    const by = COPIES[Math.floor(step.index / cases.length)] ?? null;
    const distance = statedDistance(step, input);
    const unit = leastCommonMultiple(cKernelNeeds.alignment, unitOf(step));
    return step.inputs.map((_, i) =>
      i !== input || by === null || distance === null ? null : Math.max(0, by < 0 ? distance + by : roundUp(distance + by, unit)),
    );
  };
}

export type Where =
  | { readonly kind: 'host'; readonly options: Partial<HostOptions> }
  | {
      readonly kind: 'cortex-m4' | 'cortex-m55';
      readonly defines: readonly string[];
      readonly optimize: '-O2' | '-Os';
    };

export const host: Where = { kind: 'host', options: { optimize: '-O1' } };
export const dsp: Where = { kind: 'cortex-m4', defines: [], optimize: '-O2' };
export const portable: Where = { kind: 'cortex-m4', defines: ['M_PORTABLE=1'], optimize: '-Os' };
export const helium: Where = { kind: 'cortex-m55', defines: [], optimize: '-O2' };

/** The layers whose outputs differ from those in disjoint memory: at the stated distance, 20 bytes behind it, 8 bytes closer. */
export interface Wrong {
  readonly stated: readonly string[];
  readonly behind: readonly string[];
  readonly closer: readonly string[];
}

/** Runs the copies of all layers with so many bytes of the arena idle. */
export async function wrongLayers({ model, program, cases }: Layers, where: Where, idleBytes = 0): Promise<Wrong> {
  const plan = overlappedPlan(program, distancesOf(cases), idleBytes);
  const files = emitC(program, plan, plainOptions('m')).map(({ path, bytes }) => ({ path, contents: bytes }));
  const sample = { inputs: model.inputs.map(({ data }) => toBytes(data)) };
  const sizes = outputSizes(model.graph);
  const packaged = { prefix: 'm', files };
  const result =
    where.kind === 'host'
      ? await runOnHost(packaged, [sample], sizes, where.options)
      : await runInQemu(packaged, [sample], sizes, { ...where, cpu: where.kind, counter: 'icount' });
  const [run] = result.runs;
  if (run?.status !== 0) throw new Error(`status ${run?.status}`);
  const wrong = (copy: number) =>
    cases.flatMap(({ layer }, i) => {
      const [expected, actual] = [run.outputs[i], run.outputs[copy * cases.length + i]];
      if (expected === undefined || actual === undefined) throw new Error(`${layer.name} has no output`);
      return Buffer.compare(expected, actual) === 0 ? [] : [layer.name];
    });
  return { stated: wrong(1), behind: wrong(2), closer: wrong(3) };
}

function outputSizes(graph: Graph): number[] {
  return graph.outputs.map(({ value }) => {
    const type = graph.values.get(value)?.type;
    return type === undefined ? 0 : byteSize(type);
  });
}
