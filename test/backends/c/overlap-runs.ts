import { emitC } from '../../../converter/backends/c/emit.ts';
import { cKernelNeeds } from '../../../converter/backends/c/kernels.ts';
import type { Graph } from '../../../converter/ir/graph.ts';
import { type KernelNeeds, lowerGraph } from '../../../converter/plan/lower.ts';
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

/** Layers side by side in one program; `input` is the input of each that overlaps its output. */
export interface Layers {
  readonly model: Case;
  readonly program: Program;
  readonly input: readonly number[];
  readonly names: readonly string[];
}

/** A layer and which of its inputs, counting constants, overlaps the output. */
export interface LayerCase {
  readonly layer: Case;
  readonly input: number;
}

export function layersOf(cases: readonly LayerCase[]): Layers {
  const model = joined(
    'layers',
    cases.map(({ layer }) => layer),
  );
  return {
    model,
    program: lowerGraph(model.graph, apartNeeds),
    input: cases.map(({ input }) => input),
    names: cases.map(({ layer }) => layer.name),
  };
}

/** What the kernel of a step states for the input that overlaps. */
export function statedDistance({ input }: Layers, step: Step): number | null {
  const types = step.inputs.map(({ type }) => type);
  const outputs = step.outputs.map(({ type }) => type);
  return cKernelNeeds.overlaps(step.op, types, outputs)[input[step.index] ?? 0] ?? null;
}

/** The stated distances, less `by` bytes. */
export function stated(layers: Layers, by = 0): Distances {
  return ({ index, inputs, ...step }) => {
    const distance = statedDistance(layers, { index, inputs, ...step });
    return inputs.map((_, i) => (i !== layers.input[index] || distance === null ? null : Math.max(0, distance - by)));
  };
}

const apart: Distances = ({ inputs }) => inputs.map(() => null);

export type Where =
  | { readonly kind: 'host'; readonly options: Partial<HostOptions> }
  | { readonly kind: 'cortex-m4'; readonly defines: readonly string[]; readonly optimize: '-O2' | '-Os' };

export const host: Where = { kind: 'host', options: { optimize: '-O1' } };
export const dsp: Where = { kind: 'cortex-m4', defines: [], optimize: '-O2' };
export const portable: Where = { kind: 'cortex-m4', defines: ['M_PORTABLE=1'], optimize: '-Os' };

/** Enough idle memory for every panel of four pixels; without any there are narrower ones. */
export const IDLE = 1 << 16;

/** The output of each layer. */
export async function runLayers(
  { model, program }: Layers,
  distances: Distances,
  idleBytes: number,
  where: Where,
): Promise<Uint8Array[]> {
  const plan = overlappedPlan(program, distances, idleBytes);
  const files = emitC(program, plan, plainOptions('m')).map(({ path, bytes }) => ({ path, contents: bytes }));
  const sample = { inputs: model.inputs.map(({ data }) => toBytes(data)) };
  const sizes = outputSizes(model.graph);
  const packaged = { prefix: 'm', files };
  const result =
    where.kind === 'host'
      ? await runOnHost(packaged, [sample], sizes, where.options)
      : await runInQemu(packaged, [sample], sizes, { ...where, cpu: 'cortex-m4', counter: 'icount' });
  const [run] = result.runs;
  if (run?.status !== 0) throw new Error(`status ${run?.status}`);
  return [...run.outputs];
}

function outputSizes(graph: Graph): number[] {
  return graph.outputs.map(({ value }) => {
    const type = graph.values.get(value)?.type;
    return type === undefined ? 0 : byteSize(type);
  });
}

/** The layers whose outputs differ from those in disjoint memory. */
export async function wrongLayers(layers: Layers, distances: Distances, where: Where, idle = 0): Promise<string[]> {
  const expected = await runLayers(layers, apart, idle, where);
  const actual = await runLayers(layers, distances, idle, where);
  return layers.names.filter((_, i) => Buffer.compare(actual[i] ?? Buffer.of(), expected[i] ?? Buffer.of()) !== 0);
}
